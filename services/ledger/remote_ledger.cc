#include "services/ledger/remote_ledger.h"

#include <utility>

#include "services/ledger/convert.h"
#include "services/rpc/waiting.h"
#include "services/tlog/tile_path.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::ledger {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(30);
constexpr absl::Duration kConnectTry = absl::Milliseconds(200);

rpc::Incoming CallOf(std::string_view method, const google::protobuf::Message& request) {
  rpc::Incoming incoming;
  incoming.method = StrCat("/suyuan.ledger.v1.LedgerService/", method);
  incoming.body = request.SerializeAsString();
  return incoming;
}

template <typename Response>
absl::StatusOr<Response> Parse(const absl::StatusOr<std::string>& bytes) {
  if (!bytes.ok()) return bytes.status();
  Response response;
  if (response.ParseFromString(*bytes)) return response;
  return absl::DataLossError("the ledger's answer cannot be read");
}

template <typename Response>
absl::StatusOr<Response> Ask(rpc::Channel& channel, std::string_view method,
                             const google::protobuf::Message& request,
                             absl::Duration timeout = kTimeout) {
  return Parse<Response>(rpc::WaitForAnswer([&](rpc::Answer answer) {
    channel.Call(CallOf(method, request), timeout, std::move(answer));
  }));
}

absl::StatusOr<Records> RecordsOf(
    const google::protobuf::RepeatedPtrField<v1::StoredRecord>& stored) {
  Records records;
  for (const v1::StoredRecord& bytes : stored) {
    ASSIGN_OR_RETURN(Record record, FromStored(bytes));
    records.push_back(std::make_shared<const Record>(std::move(record)));
  }
  return records;
}

}  // namespace

absl::StatusOr<std::unique_ptr<RemoteLedger>> RemoteLedger::Connect(
    std::shared_ptr<rpc::Channel> channel, absl::Duration timeout) {
  absl::StatusOr<v1::GetIdentityResponse> identity = absl::UnavailableError("the ledger is away");
  for (absl::Duration left = timeout; left > absl::ZeroDuration(); left -= kConnectTry) {
    identity = Ask<v1::GetIdentityResponse>(*channel, "GetIdentity", v1::GetIdentityRequest(),
                                            kConnectTry);
    if (identity.ok()) break;
    if (absl::IsUnavailable(identity.status())) absl::SleepFor(kConnectTry);
  }
  if (!identity.ok()) return identity.status();
  return std::unique_ptr<RemoteLedger>(
      new RemoteLedger(std::move(channel), {identity->origin(), identity->ledger_id(),
                                            identity->demo(), identity->utc_offset_minutes()}));
}

absl::StatusOr<Loaded> RemoteLedger::Load(const std::vector<StreamVersion>& known,
                                          std::string_view request_key) {
  v1::LoadStreamsRequest request;
  request.set_request_key(std::string(request_key));
  for (const StreamVersion& stream : known) {
    v1::StreamVersion* out = request.add_known();
    out->set_stream(stream.stream);
    out->set_version(ToWire(stream.version));
  }
  ASSIGN_OR_RETURN(const auto response,
                   Ask<v1::LoadStreamsResponse>(*channel_, "LoadStreams", request));
  Loaded loaded;
  if (response.replayed_sequence() >= 0) {
    loaded.replayed_sequence = FromWire(response.replayed_sequence());
  }
  for (const v1::StreamTail& tail : response.streams()) {
    ASSIGN_OR_RETURN(Records records, RecordsOf(tail.records()));
    loaded.streams.push_back({FromWire(tail.version()), std::move(records)});
  }
  return loaded;
}

void RemoteLedger::Append(AppendRequest request, AppendCallback done) {
  channel_->Call(CallOf("AppendRecord", ToProto(request)), kTimeout,
                 [done = std::move(done)](absl::StatusOr<std::string> bytes) {
                   auto response = Parse<v1::AppendRecordResponse>(bytes);
                   if (!response.ok()) return done(response.status());
                   done(FromProto(*response));
                 });
}

absl::StatusOr<Record> RemoteLedger::GetRecord(uint64_t sequence) {
  ASSIGN_OR_RETURN(const Records records, ReadRecords(sequence, 1, absl::ZeroDuration()));
  if (records.empty()) return absl::NotFoundError(StrCat("no record ", sequence));
  return *records.front();
}

absl::StatusOr<Receipt> RemoteLedger::GetReceipt(uint64_t sequence) {
  v1::GetReceiptRequest request;
  request.set_sequence(ToWire(sequence));
  ASSIGN_OR_RETURN(const auto response,
                   Ask<v1::GetReceiptResponse>(*channel_, "GetReceipt", request));
  return FromProto(response.receipt());
}

absl::StatusOr<Records> RemoteLedger::ReadRecords(uint64_t from, size_t max_bytes,
                                                  absl::Duration wait) {
  v1::ReadRecordsRequest request;
  request.set_from(ToWire(from));
  request.set_max_bytes(static_cast<int64_t>(max_bytes));
  request.set_wait_micros(absl::ToInt64Microseconds(wait));
  ASSIGN_OR_RETURN(const auto response, Ask<v1::ReadRecordsResponse>(*channel_, "ReadRecords",
                                                                     request, wait + kTimeout));
  return RecordsOf(response.records());
}

absl::StatusOr<TreeHead> RemoteLedger::GetTreeHead() {
  ASSIGN_OR_RETURN(const auto response, Ask<v1::GetTreeHeadResponse>(*channel_, "GetTreeHead",
                                                                     v1::GetTreeHeadRequest()));
  ASSIGN_OR_RETURN(const Hash root, HashOf(response.root()));
  return TreeHead{FromWire(response.size()), root};
}

absl::StatusOr<std::vector<Hash>> RemoteLedger::InclusionProof(uint64_t sequence, uint64_t size) {
  v1::GetProofRequest request;
  request.set_sequence(ToWire(sequence));
  request.set_size(ToWire(size));
  ASSIGN_OR_RETURN(const auto response, Ask<v1::GetProofResponse>(*channel_, "GetProof", request));
  return HashesOf(response.hashes());
}

absl::StatusOr<std::vector<Hash>> RemoteLedger::ConsistencyProof(uint64_t old_size,
                                                                 uint64_t new_size) {
  v1::GetProofRequest request;
  request.set_old_size(ToWire(old_size));
  request.set_size(ToWire(new_size));
  ASSIGN_OR_RETURN(const auto response, Ask<v1::GetProofResponse>(*channel_, "GetProof", request));
  return HashesOf(response.hashes());
}

absl::StatusOr<std::vector<Hash>> RemoteLedger::LoadTile(int level, uint64_t index, int width) {
  v1::GetTileRequest request;
  request.set_level(level);
  request.set_index(ToWire(index));
  request.set_width(width);
  ASSIGN_OR_RETURN(const auto response, Ask<v1::GetTileResponse>(*channel_, "GetTile", request));
  ByteReader bytes(response.hashes());
  std::vector<Hash> hashes;
  for (int i = 0; i < width; ++i) {
    ASSIGN_OR_RETURN(hashes.emplace_back(), HashOf(std::string(bytes.Bytes(kHashSize))));
  }
  return hashes;
}

absl::StatusOr<std::vector<std::string>> RemoteLedger::LoadLeaves(uint64_t index, int width) {
  v1::GetEntryBundleRequest request;
  request.set_index(ToWire(index));
  request.set_width(width);
  ASSIGN_OR_RETURN(const auto response,
                   Ask<v1::GetEntryBundleResponse>(*channel_, "GetEntryBundle", request));
  return tlog::ParseBundle(response.entries(), width);
}

absl::StatusOr<Hash> RemoteLedger::RootAt(uint64_t size) {
  v1::GetTreeHeadRequest request;
  request.set_size(ToWire(size));
  ASSIGN_OR_RETURN(const auto response,
                   Ask<v1::GetTreeHeadResponse>(*channel_, "GetTreeHead", request));
  return HashOf(response.root());
}

}  // namespace suyuan::ledger
