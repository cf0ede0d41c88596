#include "services/rpc/listing.h"

#include "storage/base/bytes.h"
#include "storage/base/text.h"

namespace suyuan::rpc {
namespace {

constexpr size_t kPositionSize = 10;

std::string ListKey(std::string_view list, std::string_view position) {
  return StrCat(list, "|", position);
}

absl::StatusOr<bool> ParseThing(const absl::StatusOr<std::string>& row, const std::string& name,
                                google::protobuf::MessageLite* thing, std::string* position) {
  if (absl::IsNotFound(row.status())) return false;
  if (!row.ok()) return row.status();
  ByteReader reader(*row);
  const std::string_view place = reader.Bytes(kPositionSize);
  const std::string_view bytes = reader.rest();
  if (!reader.ok() || !thing->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::DataLossError(StrCat("the row of ", name, " cannot be read"));
  }
  if (position != nullptr) *position = place;
  return true;
}

}  // namespace

std::vector<kv::Family> ListingFamilies() {
  return {{"things", kv::Usage::kLookup}, {"lists", kv::Usage::kLookup}};
}

std::string OldestFirst(uint64_t sequence, int index) {
  std::string position;
  PutU64(position, sequence);
  PutU16(position, static_cast<uint16_t>(index));
  return position;
}

std::string NewestFirst(uint64_t sequence, int index) { return OldestFirst(~sequence, ~index); }

std::string ListOf(std::string_view owner, std::string_view list) {
  return StrCat(owner, "|", list);
}

void PutThing(index::Rows& rows, const std::string& name, std::string_view position,
              const google::protobuf::MessageLite& thing) {
  rows.Put(kListedThings, name, StrCat(position, thing.SerializeAsString()));
}

void AddToList(index::Rows& rows, std::string_view list, std::string_view position,
               std::string_view name) {
  rows.Put(kLists, ListKey(list, position), name);
}

void RemoveFromList(index::Rows& rows, std::string_view list, std::string_view position) {
  rows.Delete(kLists, ListKey(list, position));
}

absl::StatusOr<bool> FindThing(const kv::Db& db, const std::string& name,
                               google::protobuf::MessageLite* thing, std::string* position,
                               const kv::Snapshot* snapshot) {
  return ParseThing(db.Get(kListedThings, name, snapshot), name, thing, position);
}

absl::StatusOr<bool> FindThing(const index::Rows& rows, const std::string& name,
                               google::protobuf::MessageLite* thing, std::string* position) {
  return ParseThing(rows.Get(kListedThings, name), name, thing, position);
}

}  // namespace suyuan::rpc
