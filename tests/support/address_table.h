// Tables of addresses in MaxMind's DB format, version 2.0, as an operator would bring one.
#pragma once

#include <string>
#include <vector>

namespace suyuan::test {

struct AddressRange {
  std::string address;   // Its first, IPv4 or IPv6.
  int prefix = 0;        // Leading bits that all of its addresses share.
  std::string country;   // ISO 3166-1; empty: none is told.
  std::string division;  // Likewise, the part of ISO 3166-2 behind the dash.
};

// The file's bytes. Ranges do not overlap.
std::string AddressTable(const std::vector<AddressRange>& ranges);

}  // namespace suyuan::test
