#include "services/portal/address.h"

#include <algorithm>

#include "services/gs1/digital_link.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::portal {
namespace {

constexpr size_t kPathMax = 200;
constexpr size_t kIdSize = 20;  // Of codes and of batch ids.

absl::Status Nothing() { return absl::NotFoundError("no such address"); }

// As it is printed; nothing where it cannot be one of ours.
std::string Folded(std::string_view typed) {
  constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";  // Crockford.
  std::string code;
  for (char c : typed) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c == 'I' || c == 'L') c = '1';
    if (c == 'O') c = '0';
    if (kAlphabet.find(c) == std::string_view::npos) return "";
    code.push_back(c);
  }
  return code.size() == kIdSize ? code : "";
}

// "/t/{code}" and "/b/{batch}", one slash at the end tolerated.
absl::StatusOr<Address> ParseShort(std::string_view path, std::string_view query) {
  Address address;
  const bool label = path.starts_with("/t/");
  const std::string_view prefix = path.substr(0, 3);
  path.remove_prefix(3);
  if (path.ends_with('/')) path.remove_suffix(1);
  const std::string id = Folded(path);
  if (id.empty()) return Nothing();
  (label ? address.code : address.batch) = id;
  address.names = label ? Address::Names::kLabel : Address::Names::kBatch;
  address.canonical = StrCat(prefix, id);
  address.query = query;
  return address;
}

// What the elements beside a GTIN make of it, where no code of a label is among them.
Address::Names WithoutSerial(const gs1::DigitalLink& link, bool batch_is_ours) {
  if (batch_is_ours) return Address::Names::kBatch;
  if (!link.Value("235").empty()) return Address::Names::kOther;  // Others' serial of a pack.
  return link.key.size() == 1 ? Address::Names::kProduct : Address::Names::kBelowProduct;
}

absl::StatusOr<Address> ParseLink(std::string_view target) {
  ASSIGN_OR_RETURN(gs1::DigitalLink link, gs1::ParseLinkTarget(target));
  if (!link.stem.empty()) return Nothing();
  Address address;
  address.query = gs1::CanonicalQuery(link);
  const std::string_view serial = link.Value("21"), batch = link.Value("10");
  address.gtin = link.Value("01");
  if (!address.gtin.empty()) {
    address.code = Folded(serial);
    address.batch = Folded(batch);
    // A code that is not ours is never walked up to what stands above it.
    if (address.code.empty() != serial.empty()) return Nothing();
    if (!serial.empty() && address.batch.empty() != batch.empty()) return Nothing();
    address.names =
        serial.empty() ? WithoutSerial(link, !address.batch.empty()) : Address::Names::kLabel;
    for (gs1::Element& element : link.key) {
      if (element.ai == "21") element.value = address.code;
      if (element.ai == "10" && !address.batch.empty()) element.value = address.batch;
    }
  }
  address.canonical = gs1::CanonicalPath(link);
  return address;
}

}  // namespace

absl::StatusOr<Address> ParseAddress(std::string_view target) {
  const size_t question = std::min(target.find('?'), target.size());
  const std::string_view path = target.substr(0, question);
  if (path.size() > kPathMax) return Nothing();
  absl::StatusOr<Address> address = path.starts_with("/t/") || path.starts_with("/b/")
                                        ? ParseShort(path, target.substr(question))
                                        : ParseLink(target);
  // What does not even begin as a link is an address like any other.
  const bool link = path.size() > 2 && path[0] == '/' && path[1] >= '0' && path[1] <= '9';
  if (absl::IsInvalidArgument(address.status()) && !link) return Nothing();
  if (address.ok() && address->canonical == path) address->canonical.clear();
  return address;
}

}  // namespace suyuan::portal
