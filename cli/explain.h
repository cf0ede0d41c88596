// Errors for people: what is wrong, and what to do about it. For programs: one JSON object.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "cli/say.h"
#include "suyuan/v1/types.pb.h"

namespace suyuan::cli {

// The error's text in the user's language: the Reason's from the catalogue, or the status's own.
std::string MessageIn(const absl::Status& status, Language language);

// What to do about it; every Reason has one.
const Say& AdviceFor(v1::Reason reason);

// The message, bad rows one a line, and the advice; lines end with "\n".
std::string Explained(const absl::Status& status, Language language);

// {"reason": …, "message": …, "details": {…}}, with "rows" where several rows are refused.
std::string ErrorJson(const absl::Status& status, Language language);

}  // namespace suyuan::cli
