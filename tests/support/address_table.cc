#include "tests/support/address_table.h"

#include <arpa/inet.h>

#include <array>
#include <cstdint>

#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::test {
namespace {

constexpr size_t kV4Bits = 96;  // An IPv4 address stands behind so many zeros.

// What the format calls its data section: a byte of type and size, then the value.
std::string Text(std::string_view text) {
  return StrCat(std::string(1, static_cast<char>(2 << 5 | text.size())), text);
}
std::string Map(int entries) { return std::string(1, static_cast<char>(7 << 5 | entries)); }
std::string Array(int entries) { return {static_cast<char>(entries), 11 - 7}; }
std::string Number16(uint16_t number) {
  std::string bytes(1, static_cast<char>(5 << 5 | 2));
  PutU16(bytes, number);
  return bytes;
}
std::string Number32(uint32_t number) {
  std::string bytes(1, static_cast<char>(6 << 5 | 4));
  PutU32(bytes, number);
  return bytes;
}
std::string Number64(uint64_t number) { return std::string({8, 9 - 7}) + BigEndian64(number); }

std::string EntryOf(const AddressRange& range) {
  std::string entry =
      Map(range.division.empty() ? 1 : 2) + Text("country") +
      (range.country.empty() ? Map(0) : Map(1) + Text("iso_code") + Text(range.country));
  if (range.division.empty()) return entry;
  return entry + Text("subdivisions") + Array(1) + Map(1) + Text("iso_code") + Text(range.division);
}

std::string BitsOf(const AddressRange& range) {
  std::string bytes(16, '\0');
  size_t bits = static_cast<size_t>(range.prefix);
  if (inet_pton(AF_INET, range.address.c_str(), bytes.data() + kV4Bits / 8) == 1) {
    bits += kV4Bits;
  } else {
    SUYUAN_CHECK(inet_pton(AF_INET6, range.address.c_str(), bytes.data()) == 1);
  }
  std::string text;
  for (size_t i = 0; i < bits; ++i) text.push_back('0' + (bytes[i / 8] >> (7 - i % 8) & 1));
  return text;
}

}  // namespace

std::string AddressTable(const std::vector<AddressRange>& ranges) {
  // A binary tree of the bits; what a side leads to: 0: nothing, n: node n, -n: range n - 1.
  std::vector<std::array<int, 2>> nodes(1);
  for (size_t i = 0; i < ranges.size(); ++i) {
    const std::string bits = BitsOf(ranges[i]);
    size_t at = 0;
    for (size_t bit = 0; bit + 1 < bits.size(); ++bit) {
      int& next = nodes[at][bits[bit] - '0'];
      if (next == 0) next = static_cast<int>(nodes.size());
      at = static_cast<size_t>(next);
      if (at == nodes.size()) nodes.emplace_back();
    }
    nodes[at][bits.back() - '0'] = -static_cast<int>(i) - 1;
  }
  const uint32_t count = static_cast<uint32_t>(nodes.size());
  std::string entries;
  std::vector<uint32_t> offsets;
  for (const AddressRange& range : ranges) {
    offsets.push_back(static_cast<uint32_t>(entries.size()));
    entries += EntryOf(range);
  }
  std::string file;
  for (const auto& node : nodes) {
    for (const int side : node) {
      PutU32(file, side > 0    ? static_cast<uint32_t>(side)
                   : side == 0 ? count
                               : count + 16 + offsets[static_cast<size_t>(-side - 1)]);
    }
  }
  file += std::string(16, '\0') + entries + "\xab\xcd\xefMaxMind.com" + Map(9);
  file += Text("node_count") + Number32(count) + Text("record_size") + Number16(32);
  file += Text("ip_version") + Number16(6) + Text("database_type") + Text("Test");
  file += Text("languages") + Array(0) + Text("description") + Map(0);
  file += Text("binary_format_major_version") + Number16(2);
  file += Text("binary_format_minor_version") + Number16(0);
  return file + Text("build_epoch") + Number64(1'700'000'000);
}

}  // namespace suyuan::test
