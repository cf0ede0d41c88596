// Which province or country a scan comes from: no more may be known of whoever scans. By a table of
// addresses in MaxMind's DB format that the operator brings; decision record 0027.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace suyuan::portal {

// Thread-safe. The file is mapped: a newer one takes its name, and is read at the next start.
class Places {
 public:
  // INVALID_ARGUMENT: the file is not there, or is no such table.
  static absl::StatusOr<std::unique_ptr<Places>> Open(const std::string& path);
  ~Places();

  // A province of China (ISO 3166-2, "CN-YN"), or else the country ("LA"); empty: not known.
  // `address`: 4 or 16 bytes; empty: none.
  std::string PlaceOf(std::string_view address) const;

 private:
  struct Table;
  explicit Places(std::unique_ptr<Table> table);
  const std::unique_ptr<Table> table_;
};

}  // namespace suyuan::portal
