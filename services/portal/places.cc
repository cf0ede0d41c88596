#include "services/portal/places.h"

#include <maxminddb.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "services/text/place.h"
#include "storage/base/text.h"

namespace suyuan::portal {
namespace {

// The entry's text at a path; empty: it has none.
template <typename... Path>
std::string TextAt(MMDB_entry_s entry, Path... path) {
  MMDB_entry_data_s data;
  const int error = MMDB_get_value(&entry, &data, path..., nullptr);
  if (error != MMDB_SUCCESS || !data.has_data || data.type != MMDB_DATA_TYPE_UTF8_STRING) return "";
  return {data.utf8_string, data.data_size};
}

// What ISO 3166-2:CN has as a division and ISO 3166-1 by itself.
bool IsApart(std::string_view country) {
  return country == "HK" || country == "MO" || country == "TW";
}

}  // namespace

struct Places::Table {
  ~Table() {
    if (open) MMDB_close(&db);
  }
  MMDB_s db{};
  bool open = false;
};

Places::Places(std::unique_ptr<Table> table) : table_(std::move(table)) {}
Places::~Places() = default;

absl::StatusOr<std::unique_ptr<Places>> Places::Open(const std::string& path) {
  auto table = std::make_unique<Table>();
  const int error = MMDB_open(path.c_str(), MMDB_MODE_MMAP, &table->db);
  if (error != MMDB_SUCCESS) {
    return absl::InvalidArgumentError(
        StrCat("no table of addresses in ", path, ": ", MMDB_strerror(error)));
  }
  table->open = true;
  return std::unique_ptr<Places>(new Places(std::move(table)));
}

std::string Places::PlaceOf(std::string_view address) const {
  sockaddr_storage storage = {};
  if (address.size() == sizeof(in_addr)) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
    v4->sin_family = AF_INET;
    std::memcpy(&v4->sin_addr, address.data(), address.size());
  } else if (address.size() == sizeof(in6_addr)) {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
    v6->sin6_family = AF_INET6;
    std::memcpy(&v6->sin6_addr, address.data(), address.size());
  } else {
    return "";
  }
  int error = MMDB_SUCCESS;
  MMDB_lookup_result_s found =
      MMDB_lookup_sockaddr(&table_->db, reinterpret_cast<const sockaddr*>(&storage), &error);
  if (error != MMDB_SUCCESS || !found.found_entry) return "";
  const std::string country = TextAt(found.entry, "country", "iso_code");
  if (country.size() != 2 || !std::all_of(country.begin(), country.end(), absl::ascii_isupper)) {
    return "";
  }
  if (IsApart(country)) return StrCat("CN-", country);
  // Of other tables' numbers and other countries' divisions some are towns.
  const std::string division =
      StrCat(country, "-", TextAt(found.entry, "subdivisions", "0", "iso_code"));
  return text::IsProvince(division) ? division : country;
}

}  // namespace suyuan::portal
