// GS1 Digital Link addresses: what a code on a pack says, read and written in one canonical form.
// Source: GS1 Digital Link URI Syntax 1.6; the formats of Application Identifiers (AIs) are those
// of GS1's Syntax Dictionary. Which AIs must stand together is not checked: the parts of one pack
// may be on several codes. Pure; thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace suyuan::gs1 {

constexpr size_t kLinkBytesMax = 2000;  // Of an address.

// "01", "09520123456788": decoded, checked by the AI's format.
struct Element {
  std::string ai;
  std::string value;
  bool operator==(const Element&) const = default;
};

struct DigitalLink {
  std::string stem;                 // Path before the key: "" or "/more/stem".
  std::vector<Element> key;         // Primary key, then its qualifiers in their order.
  std::vector<Element> attributes;  // Of the query, in the order received.
  std::string query;                // Parts of the query that are no AI, as received.

  // Of the key or a qualifier; empty where it is not there.
  std::string_view Value(std::string_view ai) const;
};

// A whole address. A GTIN of 13 digits, as retail packs carry it, is read as 14.
// INVALID_ARGUMENT: it is no Digital Link: characters, scheme, host, no primary key, a qualifier
// that does not belong to it or is out of order, a value that is not of its AI's format or whose
// check digit is wrong, an unknown AI, a key or a repetition in the query; or it is too long.
absl::StatusOr<DigitalLink> ParseDigitalLink(std::string_view uri);

// The same for the target of an HTTP request: path and query.
absl::StatusOr<DigitalLink> ParseLinkTarget(std::string_view target);

// "/01/09520123456788/21/12345": numeric AIs, values percent-encoded where they must be; without
// stem and query.
std::string CanonicalPath(const DigitalLink& link);
// "?17=261231&from=x", attributes first; empty where there is nothing.
std::string CanonicalQuery(const DigitalLink& link);

// All elements as one string with ^ for FNC1, as scanners hand them over: "^010952…".
std::string ElementString(const DigitalLink& link);

// GS1's mod-10 check digit over all digits but the last (GTIN, GLN, SSCC, …).
bool CheckDigitHolds(std::string_view digits);

}  // namespace suyuan::gs1
