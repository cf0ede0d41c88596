// Forms with files as browsers send them: multipart/form-data (RFC 7578), and nothing else that the
// format allows. Pure; thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace suyuan::portal {

constexpr size_t kPartsMax = 12;

struct FormPart {
  std::string name;
  std::string_view data;  // Of the body, which outlives it. What the file was called is dropped.
};

// `content_type`: of the request, with its boundary. INVALID_ARGUMENT: no such form, more than
// kPartsMax parts, or anything but a name in what stands above a part.
absl::StatusOr<std::vector<FormPart>> ParseForm(std::string_view content_type,
                                                std::string_view body);

// The first part of that name; empty where there is none.
std::string_view FieldOf(const std::vector<FormPart>& parts, std::string_view name);

}  // namespace suyuan::portal
