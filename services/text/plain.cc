#include "services/text/plain.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>

#include "storage/base/utf8.h"

namespace suyuan::text {
namespace {

constexpr int kMarksMax = 8;  // On one letter: stacks of Tibetan have six.

bool Normal(std::string_view text) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* const form = icu::Normalizer2::getNFCInstance(error);
  if (U_FAILURE(error)) return false;
  const bool normal =
      form->isNormalizedUTF8({text.data(), static_cast<int32_t>(text.size())}, error);
  return normal && U_SUCCESS(error);
}

bool FewMarks(std::string_view text) {
  int marks = 0;
  while (!text.empty()) {
    const int32_t code = NextCharacter(text);
    if (code < 0) return false;
    marks = (U_GET_GC_MASK(code) & (U_GC_MN_MASK | U_GC_ME_MASK)) != 0 ? marks + 1 : 0;
    if (marks > kMarksMax) return false;
  }
  return true;
}

}  // namespace

std::string Composed(std::string_view text) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* const form = icu::Normalizer2::getNFCInstance(error);
  if (U_FAILURE(error)) return std::string(text);
  std::string composed;
  icu::StringByteSink<std::string> sink(&composed);
  form->normalizeUTF8(0, {text.data(), static_cast<int32_t>(text.size())}, sink, nullptr, error);
  return U_SUCCESS(error) ? composed : std::string(text);
}

bool IsPlain(std::string_view text) { return Normal(text) && FewMarks(text); }

}  // namespace suyuan::text
