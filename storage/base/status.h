// Macros over absl::Status: the only way errors travel in this project.
#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define SUYUAN_CONCAT_INNER(a, b) a##b
#define SUYUAN_CONCAT(a, b) SUYUAN_CONCAT_INNER(a, b)

// Returns the status of `expr` from the enclosing function unless it is OK.
#define RETURN_IF_ERROR(expr)                                       \
  do {                                                              \
    if (absl::Status suyuan_status = (expr); !suyuan_status.ok()) { \
      return suyuan_status;                                         \
    }                                                               \
  } while (false)

// `ASSIGN_OR_RETURN(const T value, F());` declares `value`, or returns F's error.
#define ASSIGN_OR_RETURN(declaration, expr) \
  ASSIGN_OR_RETURN_INNER(SUYUAN_CONCAT(suyuan_or_, __LINE__), declaration, expr)
#define ASSIGN_OR_RETURN_INNER(temporary, declaration, expr) \
  auto temporary = (expr);                                   \
  if (!temporary.ok()) return std::move(temporary).status(); \
  declaration = *std::move(temporary)

namespace suyuan {

// Prints the failed condition and ends the process: a broken invariant is a bug, in release too.
[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);

}  // namespace suyuan

#define SUYUAN_CHECK(condition) \
  ((condition) ? (void)0 : ::suyuan::CheckFailed(#condition, __FILE__, __LINE__))
