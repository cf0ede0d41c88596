#include "services/rpc/listing.h"

#include "storage/base/bytes.h"
#include "storage/base/text.h"

namespace suyuan::rpc {
namespace {

constexpr size_t kPositionSize = 10;

std::string ListKey(std::string_view list, std::string_view position) {
  return StrCat(list, "|", position);
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

void PutThing(kv::WriteBatch& write, const std::string& name, std::string_view position,
              const google::protobuf::MessageLite& thing) {
  write.Put(kListedThings, name, StrCat(position, thing.SerializeAsString()));
}

void AddToList(kv::WriteBatch& write, std::string_view list, std::string_view position,
               std::string_view name) {
  write.Put(kLists, ListKey(list, position), name);
}

void RemoveFromList(kv::WriteBatch& write, std::string_view list, std::string_view position) {
  write.Delete(kLists, ListKey(list, position));
}

absl::StatusOr<bool> FindThing(const kv::Db& db, const std::string& name,
                               google::protobuf::MessageLite* thing, std::string* position,
                               const kv::Snapshot* snapshot) {
  const absl::StatusOr<std::string> row = db.Get(kListedThings, name, snapshot);
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

}  // namespace suyuan::rpc
