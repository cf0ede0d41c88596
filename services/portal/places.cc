#include "services/portal/places.h"

#include <maxminddb.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "storage/base/text.h"

namespace suyuan::portal {
namespace {

// Of the entry's text at a path; empty: it has none of this form. What such tables hold is others'
// work, and goes to the log and to pages as a code or not at all.
template <typename... Path>
std::string CodeAt(MMDB_entry_s entry, size_t size_max, Path... path) {
  MMDB_entry_data_s data;
  const int error = MMDB_get_value(&entry, &data, path..., nullptr);
  if (error != MMDB_SUCCESS || !data.has_data || data.type != MMDB_DATA_TYPE_UTF8_STRING) return "";
  const std::string code(data.utf8_string, data.data_size);
  const bool fits = code.size() <= size_max && std::all_of(code.begin(), code.end(), [](char c) {
                      return absl::ascii_isupper(c) || absl::ascii_isdigit(c);
                    });
  return fits ? code : "";
}

// ISO 3166-2:CN has these as divisions too, beside their own codes in ISO 3166-1.
bool DivisionOfChina(std::string_view country) {
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
  const std::string country = CodeAt(found.entry, 2, "country", "iso_code");
  if (country.size() != 2) return "";
  if (DivisionOfChina(country)) return StrCat("CN-", country);
  const std::string division = CodeAt(found.entry, 3, "subdivisions", "0", "iso_code");
  return division.empty() ? country : StrCat(country, "-", division);
}

}  // namespace suyuan::portal
