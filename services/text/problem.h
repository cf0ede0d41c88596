// Errors of tools, said in both languages where they arise: the API's refusals have a Reason, these
// are of files, flags and profiles on the user's own machine.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "services/text/catalogue.h"

namespace suyuan::text {

// The message is the English text; the Chinese one travels beside it.
absl::Status Problem(absl::StatusCode code, const std::string& chinese, const std::string& english);

// The status's own words, in `language` where it has them.
std::string WordsOf(const absl::Status& status, Language language);

}  // namespace suyuan::text
