#include "services/ledger/convert.h"

#include "services/rpc/hashes.h"
#include "storage/base/clock.h"
#include "storage/base/status.h"
#include "storage/ledger/merkle.h"

namespace suyuan::ledger {

static_assert(static_cast<int64_t>(kAbsent) == -1);

absl::StatusOr<Hash> HashOf(const std::string& bytes) {
  if (bytes.size() != kHashSize) return absl::InvalidArgumentError("a hash of another size");
  return HashFromBytes(bytes);
}

absl::StatusOr<std::vector<Hash>> HashesOf(
    const google::protobuf::RepeatedPtrField<std::string>& hashes) {
  std::vector<Hash> out;
  for (const std::string& bytes : hashes) {
    ASSIGN_OR_RETURN(out.emplace_back(), HashOf(bytes));
  }
  return out;
}

v1::StoredRecord ToStored(const Record& record) {
  v1::StoredRecord stored;
  stored.set_leaf(record.leaf.Encode());
  stored.set_items(EncodeItems(record.items));
  return stored;
}

absl::StatusOr<Record> FromStored(const v1::StoredRecord& stored) {
  Record record;
  ASSIGN_OR_RETURN(record.leaf, Leaf::Decode(stored.leaf()));
  record.leaf_hash = LeafHash(stored.leaf());
  ASSIGN_OR_RETURN(record.items, DecodeItems(stored.items()));
  RETURN_IF_ERROR(CheckItems(record.items));
  if (ContentRoot(record.items) != record.leaf.content_root) {
    return absl::DataLossError("items are not those of their leaf");
  }
  return record;
}

v1::AppendRecordRequest ToProto(const AppendRequest& request) {
  v1::AppendRecordRequest proto;
  proto.set_kind(static_cast<int32_t>(request.kind));
  proto.set_request_key(request.request_key);
  proto.set_authorship(request.authorship.Encode());
  proto.set_body(request.body);
  for (const Read& read : request.reads) {
    v1::StreamVersion* out = proto.add_reads();
    out->set_stream(read.stream);
    out->set_version(ToWire(read.version));
  }
  for (const Write& write : request.writes) {
    v1::ExpectedWrite* out = proto.add_writes();
    out->set_stream(write.stream);
    if (write.expected.has_value()) out->set_expected(ToWire(*write.expected));
  }
  for (const std::string& event : request.events) proto.add_events(event);
  if (request.private_root.has_value()) {
    proto.set_private_root(std::string(AsBytes(*request.private_root)));
  }
  proto.set_decided_micros(ToMicros(request.decided));
  return proto;
}

absl::StatusOr<AppendRequest> FromProto(const v1::AppendRecordRequest& proto) {
  AppendRequest request;
  request.kind = static_cast<RecordKind>(proto.kind());
  request.request_key = proto.request_key();
  ASSIGN_OR_RETURN(request.authorship, Authorship::Decode(proto.authorship()));
  request.body = proto.body();
  for (const v1::StreamVersion& read : proto.reads()) {
    request.reads.push_back({read.stream(), FromWire(read.version())});
  }
  for (const v1::ExpectedWrite& write : proto.writes()) {
    std::optional<uint64_t> expected;
    if (write.has_expected()) expected = FromWire(write.expected());
    request.writes.push_back({write.stream(), expected});
  }
  request.events.assign(proto.events().begin(), proto.events().end());
  if (!proto.private_root().empty()) {
    ASSIGN_OR_RETURN(request.private_root, HashOf(proto.private_root()));
  }
  request.decided = FromMicros(proto.decided_micros());
  return request;
}

v1::AppendRecordResponse ToProto(const Appended& appended) {
  v1::AppendRecordResponse proto;
  proto.set_sequence(static_cast<int64_t>(appended.sequence));
  proto.set_record_micros(appended.record_micros);
  proto.set_leaf_hash(std::string(AsBytes(appended.leaf_hash)));
  proto.set_replayed(appended.replayed);
  *proto.mutable_receipt() = ToProto(appended.receipt);
  return proto;
}

v1::GroupReceipt ToProto(const Receipt& receipt) {
  v1::GroupReceipt proto;
  proto.set_first(static_cast<int64_t>(receipt.first));
  proto.set_count(static_cast<int64_t>(receipt.count));
  rpc::AddHashes(receipt.path, proto.mutable_path());
  proto.set_signature(receipt.signature);
  return proto;
}

absl::StatusOr<Receipt> FromProto(const v1::GroupReceipt& proto) {
  Receipt receipt;
  receipt.first = static_cast<uint64_t>(proto.first());
  receipt.count = static_cast<uint64_t>(proto.count());
  ASSIGN_OR_RETURN(receipt.path, HashesOf(proto.path()));
  receipt.signature = proto.signature();
  return receipt;
}

absl::StatusOr<Appended> FromProto(const v1::AppendRecordResponse& proto) {
  Appended appended;
  appended.sequence = static_cast<uint64_t>(proto.sequence());
  appended.record_micros = proto.record_micros();
  ASSIGN_OR_RETURN(appended.leaf_hash, HashOf(proto.leaf_hash()));
  appended.replayed = proto.replayed();
  ASSIGN_OR_RETURN(appended.receipt, FromProto(proto.receipt()));
  return appended;
}

}  // namespace suyuan::ledger
