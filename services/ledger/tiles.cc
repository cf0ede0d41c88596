#include "services/ledger/tiles.h"

#include <utility>

#include "services/domain/chain_rules.h"
#include "services/ledger/convert.h"
#include "services/tlog/tile_path.h"
#include "storage/base/status.h"
#include "suyuan/ledger/v1/ledger.pb.h"

namespace suyuan::ledger {
namespace {

absl::Status CheckPublished(const tlog::TilePath& tile, const absl::StatusOr<uint64_t>& size) {
  RETURN_IF_ERROR(size.status());
  if (tile.width <= tlog::TileWidthIn(*size, tile.level, tile.index)) return absl::OkStatus();
  return domain::NotFound(tlog::FormatTilePath(tile));
}

}  // namespace

void AddTiles(rpc::Handlers& handlers, Client* log,
              std::function<absl::StatusOr<uint64_t>()> published_size) {
  handlers.Query<v1::GetTileRequest, v1::GetTileResponse>(
      "GetTile",
      [log, published_size](const rpc::Call&,
                            const auto& request) -> absl::StatusOr<v1::GetTileResponse> {
        const tlog::TilePath tile{false, request.level(), FromWire(request.index()),
                                  request.width()};
        RETURN_IF_ERROR(CheckPublished(tile, published_size()));
        ASSIGN_OR_RETURN(const std::vector<Hash> hashes,
                         log->LoadTile(tile.level, tile.index, tile.width));
        v1::GetTileResponse response;
        for (const Hash& hash : hashes) response.mutable_hashes()->append(AsBytes(hash));
        return response;
      });
  handlers.Query<v1::GetEntryBundleRequest, v1::GetEntryBundleResponse>(
      "GetEntryBundle",
      [log, published_size](const rpc::Call&,
                            const auto& request) -> absl::StatusOr<v1::GetEntryBundleResponse> {
        const tlog::TilePath bundle{true, 0, FromWire(request.index()), request.width()};
        RETURN_IF_ERROR(CheckPublished(bundle, published_size()));
        ASSIGN_OR_RETURN(const std::vector<std::string> leaves,
                         log->LoadLeaves(bundle.index, bundle.width));
        v1::GetEntryBundleResponse response;
        response.set_entries(tlog::EncodeBundle(leaves));
        return response;
      });
}

}  // namespace suyuan::ledger
