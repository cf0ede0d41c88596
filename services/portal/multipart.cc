#include "services/portal/multipart.h"

#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::portal {
namespace {

constexpr size_t kBoundaryMax = 70;  // RFC 2046 5.1.1.
constexpr size_t kHeadMax = 1024;    // What stands above a part.
constexpr std::string_view kLine = "\r\n";

absl::Status NoForm() { return absl::InvalidArgumentError("not a form as browsers send it"); }

// What may stand in a boundary without quotes.
bool IsBoundary(std::string_view text) {
  if (text.empty() || text.size() > kBoundaryMax) return false;
  for (const char c : text) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) &&
        std::string_view("'()+_,-./:=?").find(c) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

// Of `multipart/form-data; boundary=…`, quoted or not; nothing where it is no such type.
std::optional<std::string> BoundaryOf(std::string_view content_type) {
  constexpr std::string_view kType = "multipart/form-data;";
  if (!absl::StartsWithIgnoreCase(ToAbsl(content_type), ToAbsl(kType))) return std::nullopt;
  std::string_view rest = content_type.substr(kType.size());
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  constexpr std::string_view kName = "boundary=";
  if (!absl::StartsWithIgnoreCase(ToAbsl(rest), ToAbsl(kName))) return std::nullopt;
  rest.remove_prefix(kName.size());
  if (rest.size() >= 2 && rest.starts_with('"') && rest.ends_with('"')) {
    rest = rest.substr(1, rest.size() - 2);
  }
  if (!IsBoundary(rest)) return std::nullopt;
  return std::string(rest);
}

// The value of ` name="…"` in a Content-Disposition. A quote within it comes as %22.
std::optional<std::string> NameIn(std::string_view disposition) {
  constexpr std::string_view kStart = " form-data; name=\"";
  if (!disposition.starts_with(kStart)) return std::nullopt;
  disposition.remove_prefix(kStart.size());
  const size_t end = disposition.find('"');
  if (end == std::string_view::npos || end == 0) return std::nullopt;
  return std::string(disposition.substr(0, end));
}

// The name of the part that this head is above.
std::optional<std::string> NameOf(std::string_view head) {
  constexpr std::string_view kDisposition = "content-disposition:";
  std::optional<std::string> name;
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find(kLine));
    head.remove_prefix(std::min(line.size() + kLine.size(), head.size()));
    if (!absl::StartsWithIgnoreCase(ToAbsl(line), ToAbsl(kDisposition))) continue;
    if (name.has_value()) return std::nullopt;
    name = NameIn(line.substr(kDisposition.size()));
    if (!name.has_value()) return std::nullopt;
  }
  return name;
}

}  // namespace

absl::StatusOr<std::vector<FormPart>> ParseForm(std::string_view content_type,
                                                std::string_view body) {
  const std::optional<std::string> boundary = BoundaryOf(content_type);
  if (!boundary.has_value()) return NoForm();
  const std::string delimiter = StrCat("\r\n--", *boundary);
  const std::string_view first = std::string_view(delimiter).substr(kLine.size());
  if (!body.starts_with(first)) return NoForm();
  body.remove_prefix(first.size());
  std::vector<FormPart> parts;
  while (!body.starts_with("--")) {
    if (!body.starts_with(kLine) || parts.size() == kPartsMax) return NoForm();
    body.remove_prefix(kLine.size());
    const size_t head_end = body.substr(0, kHeadMax).find("\r\n\r\n");
    if (head_end == std::string_view::npos) return NoForm();
    std::optional<std::string> name = NameOf(body.substr(0, head_end));
    if (!name.has_value()) return NoForm();
    body.remove_prefix(head_end + 2 * kLine.size());
    const size_t end = body.find(delimiter);
    if (end == std::string_view::npos) return NoForm();
    parts.push_back({*std::move(name), body.substr(0, end)});
    body.remove_prefix(end + delimiter.size());
  }
  // The end, and the line break that follows it.
  if (body != "--" && body != "--\r\n") return NoForm();
  return parts;
}

std::string_view FieldOf(const std::vector<FormPart>& parts, std::string_view name) {
  for (const FormPart& part : parts) {
    if (part.name == name) return part.data;
  }
  return {};
}

}  // namespace suyuan::portal
