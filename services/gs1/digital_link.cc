#include "services/gs1/digital_link.h"

#include <algorithm>

#include "services/gs1/application_identifiers.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::gs1 {
namespace {

absl::Status NoLink(std::string_view why) {
  return absl::InvalidArgumentError(StrCat("no GS1 Digital Link: ", why));
}

bool Digit(char c) { return c >= '0' && c <= '9'; }

bool AllDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), Digit);
}

bool Unreserved(char c) {
  return Digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

// RFC 3986: unreserved, reserved and %.
bool UriCharacter(char c) {
  return Unreserved(c) ||
         (c != '\0' && std::string_view("!#$%&'()*+,/:;=?@[]").find(c) != std::string_view::npos);
}

// −1: no hexadecimal digit.
int HexValue(char c) {
  if (Digit(c)) return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

absl::StatusOr<std::string> PercentDecoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    const int high = i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? HexValue(text[i + 2]) : -1;
    if (high < 0 || low < 0) return NoLink("a % without two hexadecimal digits");
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return out;
}

std::string PercentEncoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (Unreserved(c)) {
      out.push_back(c);
    } else {
      out += {'%', kHex[static_cast<uint8_t>(c) >> 4], kHex[static_cast<uint8_t>(c) & 15]};
    }
  }
  return out;
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

absl::StatusOr<Element> ElementOf(std::string_view ai, std::string_view encoded) {
  constexpr size_t kGtin13 = 13;
  ASSIGN_OR_RETURN(std::string value, PercentDecoded(encoded));
  if (ai == "01" && value.size() == kGtin13) value.insert(0, "0");
  if (!KnownAi(ai)) return NoLink(StrCat("no such AI: ", ai));
  if (!ValueFits(ai, value)) return NoLink(StrCat("a value that AI ", ai, " does not take"));
  return Element{std::string(ai), std::move(value)};
}

// Whether the AIs are some of `order` ("22,10,21"), in its order, each at most once.
bool InOrder(const std::vector<Element>& qualifiers, std::string_view order) {
  const std::vector<std::string_view> allowed = Split(order, ',');
  auto next = allowed.begin();
  for (const Element& qualifier : qualifiers) {
    next = std::find(next, allowed.end(), qualifier.ai);
    if (next == allowed.end()) return false;
    ++next;
  }
  return true;
}

absl::Status ParsePath(std::string_view path, DigitalLink* link, const PrimaryKey** primary) {
  std::vector<std::string_view> parts = Split(path, '/');
  if (!parts[0].empty()) return NoLink("the path does not begin with /");
  if (parts.size() > 2 && parts.back().empty()) parts.pop_back();  // One trailing slash.
  // The key is the last pair that names one; pairs are counted from the end.
  size_t at = parts.size();
  while (*primary == nullptr && at >= 3) {
    at -= 2;
    *primary = FindPrimaryKey(parts[at]);
  }
  if (*primary == nullptr) return NoLink("no primary key");
  for (size_t i = 1; i < at; ++i) StrAppend(&link->stem, "/", parts[i]);
  ASSIGN_OR_RETURN(Element key, ElementOf((*primary)->ai, parts[at + 1]));
  std::vector<Element> qualifiers;
  for (size_t i = at + 2; i < parts.size(); i += 2) {
    ASSIGN_OR_RETURN(Element qualifier, ElementOf(QualifierAi(parts[i]), parts[i + 1]));
    qualifiers.push_back(std::move(qualifier));
  }
  const std::vector<std::string_view> orders = Split((*primary)->qualifiers, '|');
  if (std::none_of(orders.begin(), orders.end(),
                   [&](std::string_view order) { return InOrder(qualifiers, order); })) {
    return NoLink("a qualifier the key does not take, or out of order");
  }
  link->key.push_back(std::move(key));
  link->key.insert(link->key.end(), qualifiers.begin(), qualifiers.end());
  return absl::OkStatus();
}

bool Qualifies(const PrimaryKey& primary, std::string_view ai) {
  for (const std::string_view order : Split(primary.qualifiers, '|')) {
    const std::vector<std::string_view> allowed = Split(order, ',');
    if (std::find(allowed.begin(), allowed.end(), ai) != allowed.end()) return true;
  }
  return false;
}

absl::Status ParseQuery(std::string_view query, const PrimaryKey& primary, DigitalLink* link) {
  for (const std::string_view part : Split(query, '&')) {
    if (part.empty()) continue;
    const size_t equals = std::min(part.find('='), part.size());
    const std::string_view name = part.substr(0, equals);
    if (!AllDigits(name)) {
      StrAppend(&link->query, link->query.empty() ? "" : "&", part);
      continue;
    }
    if (FindPrimaryKey(name) != nullptr || Qualifies(primary, name)) {
      return NoLink("a key or its qualifier in the query");
    }
    ASSIGN_OR_RETURN(Element attribute,
                     ElementOf(name, part.substr(std::min(equals + 1, part.size()))));
    for (const Element& earlier : link->attributes) {
      if (earlier.ai == attribute.ai) return NoLink("an AI twice");
    }
    link->attributes.push_back(std::move(attribute));
  }
  return absl::OkStatus();
}

}  // namespace

std::string_view DigitalLink::Value(std::string_view ai) const {
  for (const Element& element : key) {
    if (element.ai == ai) return element.value;
  }
  return {};
}

absl::StatusOr<DigitalLink> ParseDigitalLink(std::string_view uri) {
  const bool secure = uri.starts_with("https://") || uri.starts_with("HTTPS://");
  if (!secure && !uri.starts_with("http://") && !uri.starts_with("HTTP://")) {
    return NoLink("its scheme is neither http nor https");
  }
  uri.remove_prefix(secure ? 8 : 7);
  const size_t slash = uri.find('/');
  const bool host = slash != 0 && slash != std::string_view::npos &&
                    uri.substr(0, slash).find_first_of("?#%&=") == std::string_view::npos;
  if (!host) return NoLink("no host and path");
  // What the host may not hold is what no address may hold.
  if (!std::all_of(uri.begin(), uri.begin() + static_cast<ptrdiff_t>(slash), UriCharacter)) {
    return NoLink("a character that no address has");
  }
  return ParseLinkTarget(uri.substr(slash));
}

absl::StatusOr<DigitalLink> ParseLinkTarget(std::string_view target) {
  if (target.size() > kLinkBytesMax) return NoLink("too long");
  if (!std::all_of(target.begin(), target.end(), UriCharacter)) {
    return NoLink("a character that no address has");
  }
  target = target.substr(0, target.find('#'));
  const size_t question = std::min(target.find('?'), target.size());
  DigitalLink link;
  const PrimaryKey* primary = nullptr;
  RETURN_IF_ERROR(ParsePath(target.substr(0, question), &link, &primary));
  RETURN_IF_ERROR(
      ParseQuery(target.substr(std::min(question + 1, target.size())), *primary, &link));
  return link;
}

std::string CanonicalPath(const DigitalLink& link) {
  std::string path;
  for (const Element& element : link.key) {
    StrAppend(&path, "/", element.ai, "/", PercentEncoded(element.value));
  }
  return path;
}

std::string CanonicalQuery(const DigitalLink& link) {
  std::string query;
  for (const Element& element : link.attributes) {
    StrAppend(&query, query.empty() ? "?" : "&", element.ai, "=", PercentEncoded(element.value));
  }
  if (!link.query.empty()) StrAppend(&query, query.empty() ? "?" : "&", link.query);
  return query;
}

std::string ElementString(const DigitalLink& link) {
  std::string out = "^";
  std::string_view before = link.key[0].ai;
  const auto append = [&](const Element& element) {
    if (out.size() > 1 && !FixedLength(before)) out += "^";
    out += element.ai + element.value;
    before = element.ai;
  };
  for (const Element& element : link.key) append(element);
  for (const Element& element : link.attributes) append(element);
  return out;
}

bool CheckDigitHolds(std::string_view digits) {
  int sum = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (!Digit(digits[i])) return false;
    sum += (digits[i] - '0') * ((digits.size() - i) % 2 == 0 ? 3 : 1);
  }
  return !digits.empty() && sum % 10 == 0;
}

}  // namespace suyuan::gs1
