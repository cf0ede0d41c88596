#include "services/text/problem.h"

#include "absl/strings/cord.h"

namespace suyuan::text {
namespace {

constexpr char kChineseType[] = "suyuan/text.zh";

}  // namespace

absl::Status Problem(absl::StatusCode code, const std::string& chinese,
                     const std::string& english) {
  absl::Status status(code, english);
  status.SetPayload(kChineseType, absl::Cord(chinese));
  return status;
}

std::string WordsOf(const absl::Status& status, Language language) {
  const absl::optional<absl::Cord> chinese = status.GetPayload(kChineseType);
  if (language == Language::kChinese && chinese.has_value()) return std::string(*chinese);
  return std::string(status.message());
}

}  // namespace suyuan::text
