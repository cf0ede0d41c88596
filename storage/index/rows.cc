#include "storage/index/rows.h"

#include <utility>

namespace suyuan::index {
namespace {

std::string PlaceOf(int family, std::string_view key) {
  std::string place(1, static_cast<char>(family));
  place.append(key);
  return place;
}

}  // namespace

absl::StatusOr<std::string> Rows::Get(int family, std::string_view key) const {
  const auto changed = changed_.find(PlaceOf(family, key));
  if (changed == changed_.end()) return db_.Get(family, key);
  if (changed->second.has_value()) return *changed->second;
  return absl::NotFoundError("deleted");
}

void Rows::Put(int family, std::string_view key, std::string_view value) {
  Change(family, key, std::string(value));
}

void Rows::Delete(int family, std::string_view key) { Change(family, key, std::nullopt); }

void Rows::Change(int family, std::string_view key, std::optional<std::string> value) {
  bytes_ += key.size() + (value.has_value() ? value->size() : 0);
  changed_.insert_or_assign(PlaceOf(family, key), std::move(value));
}

void Rows::Flush(kv::WriteBatch& write) {
  for (const auto& [place, value] : changed_) {
    const std::string_view key = std::string_view(place).substr(1);
    if (value.has_value()) {
      write.Put(place[0], key, *value);
    } else {
      write.Delete(place[0], key);
    }
  }
  changed_.clear();
  bytes_ = 0;
}

}  // namespace suyuan::index
