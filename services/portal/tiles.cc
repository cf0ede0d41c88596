#include "services/portal/tiles.h"

#include <utility>

#include "services/domain/error.h"
#include "services/portal/connect.h"
#include "services/tlog/tile_path.h"
#include "storage/base/text.h"
#include "suyuan/ledger/v1/ledger.pb.h"

namespace suyuan::portal {
namespace {

constexpr char kCheckpointPath[] = "/checkpoint";
constexpr char kTilePrefix[] = "/tile/";
constexpr char kText[] = "text/plain; charset=utf-8";
constexpr char kBytes[] = "application/octet-stream";
constexpr char kForMoments[] = "public, max-age=1";
constexpr char kForEver[] = "public, max-age=31536000, immutable";

http::Response Refusal(const absl::Status& status) {
  http::Response response = ErrorResponse(status);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

// One internal call of the ledger, whose answer becomes a response.
template <typename Answer, typename Show>
void Ask(const rpc::Router& router, std::string_view method,
         const google::protobuf::Message& request, http::Respond respond, Show show) {
  rpc::Incoming incoming;
  incoming.method = StrCat("/suyuan.ledger.v1.LedgerService/", method);
  incoming.body = request.SerializeAsString();
  incoming.internal = true;
  router.Call(std::move(incoming),
              [respond = std::move(respond), show](absl::StatusOr<std::string> bytes) {
                if (!bytes.ok()) return respond(Refusal(bytes.status()));
                Answer answer;
                if (answer.ParseFromString(*bytes)) return respond(show(answer));
                respond(Refusal(absl::DataLossError("the ledger's answer cannot be read")));
              });
}

// Hashes do not compress; leaves do.
http::Response Entries(const std::string& entries, bool gzip) {
  http::Response response{200, {{"Content-Type", kBytes}, {"Cache-Control", kForEver}}, ""};
  response.headers.emplace_back("Vary", "Accept-Encoding");
  if (gzip) response.headers.emplace_back("Content-Encoding", "gzip");
  response.body = gzip ? http::Gzip(entries) : entries;
  return response;
}

}  // namespace

bool Tiles::Serves(std::string_view path) {
  return path == kCheckpointPath || path.starts_with(kTilePrefix);
}

void Tiles::Handle(const http::Request& request, http::Respond respond) const {
  if (request.path() == kCheckpointPath) return Checkpoint(std::move(respond));
  const auto path = tlog::ParseTilePath(request.path().substr(1));
  if (!path.ok()) {
    return respond(Refusal(domain::Error(v1::REASON_FIELD_MALFORMED, {{"field", "path"}})));
  }
  if (path->entries) {
    ledger::v1::GetEntryBundleRequest bundle;
    bundle.set_index(static_cast<int64_t>(path->index));
    bundle.set_width(path->width);
    return Ask<ledger::v1::GetEntryBundleResponse>(
        *router_, "GetEntryBundle", bundle, std::move(respond),
        [gzip = http::TakesGzip(request)](const auto& answer) {
          return Entries(answer.entries(), gzip);
        });
  }
  ledger::v1::GetTileRequest tile;
  tile.set_level(path->level);
  tile.set_index(static_cast<int64_t>(path->index));
  tile.set_width(path->width);
  Ask<ledger::v1::GetTileResponse>(
      *router_, "GetTile", tile, std::move(respond), [](const auto& answer) {
        return http::Response{
            200, {{"Content-Type", kBytes}, {"Cache-Control", kForEver}}, answer.hashes()};
      });
}

void Tiles::Checkpoint(http::Respond respond) const {
  Ask<ledger::v1::GetSignedCheckpointResponse>(
      *router_, "GetSignedCheckpoint", ledger::v1::GetSignedCheckpointRequest(), std::move(respond),
      [](const auto& answer) {
        return http::Response{
            200, {{"Content-Type", kText}, {"Cache-Control", kForMoments}}, answer.note()};
      });
}

}  // namespace suyuan::portal
