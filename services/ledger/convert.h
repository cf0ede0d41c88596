// The log protocol's messages and the C++ contract's values: storage/ledger/client.h.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/ledger/client.h"
#include "suyuan/ledger/v1/ledger.pb.h"

namespace suyuan::ledger {

v1::StoredRecord ToStored(const Record& record);
// DATA_LOSS: not a record, or its items are not those of its leaf.
absl::StatusOr<Record> FromStored(const v1::StoredRecord& stored);

v1::AppendRecordRequest ToProto(const AppendRequest& request);
// DATA_LOSS: the authorship does not decode. INVALID_ARGUMENT: a hash of another size.
absl::StatusOr<AppendRequest> FromProto(const v1::AppendRecordRequest& proto);

v1::AppendRecordResponse ToProto(const Appended& appended);
absl::StatusOr<Appended> FromProto(const v1::AppendRecordResponse& proto);

v1::GroupReceipt ToProto(const Receipt& receipt);
// INVALID_ARGUMENT: a hash of another size.
absl::StatusOr<Receipt> FromProto(const v1::GroupReceipt& proto);

// A version travels as a signed number; -1: the stream has no record.
inline int64_t ToWire(uint64_t version) { return static_cast<int64_t>(version); }
inline uint64_t FromWire(int64_t version) { return static_cast<uint64_t>(version); }

absl::StatusOr<Hash> HashOf(const std::string& bytes);
absl::StatusOr<std::vector<Hash>> HashesOf(
    const google::protobuf::RepeatedPtrField<std::string>& hashes);

}  // namespace suyuan::ledger
