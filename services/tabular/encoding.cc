#include <unicode/ucnv.h>
#include <unicode/utf8.h>

#include <memory>

#include "services/tabular/csv.h"
#include "services/text/problem.h"
#include "storage/base/text.h"

namespace suyuan::tabular {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool Utf8(const std::string& bytes) {
  const auto* begin = reinterpret_cast<const uint8_t*>(bytes.data());
  const auto size = static_cast<int32_t>(bytes.size());
  for (int32_t at = 0; at < size;) {
    UChar32 character = 0;
    U8_NEXT(begin, at, size, character);
    if (character < 0) return false;
  }
  return true;
}

// Strictly: what is not GB18030 ends the conversion.
absl::StatusOr<std::string> FromGb18030(const std::string& bytes) {
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<UConverter, decltype(&ucnv_close)> from(ucnv_open("gb18030", &error),
                                                                &ucnv_close);
  const std::unique_ptr<UConverter, decltype(&ucnv_close)> to(ucnv_open("UTF-8", &error),
                                                              &ucnv_close);
  ucnv_setToUCallBack(from.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &error);
  std::string out(bytes.size() * 3 + 16, '\0');  // Two bytes become three, four become four.
  char* target = out.data();
  const char* source = bytes.data();
  ucnv_convertEx(to.get(), from.get(), &target, out.data() + out.size(), &source,
                 bytes.data() + bytes.size(), nullptr, nullptr, nullptr, nullptr, true, true,
                 &error);
  if (U_FAILURE(error)) {
    const size_t at = static_cast<size_t>(source - bytes.data());
    int line = 1;
    for (size_t i = 0; i < at && i < bytes.size(); ++i) line += bytes[i] == '\n';
    return text::Problem(
        absl::StatusCode::kInvalidArgument,
        StrCat("第 ", line, " 行：文件既不是 UTF-8 也不是 GB18030（第 ", at, " 字节附近）"),
        StrCat("line ", line, ": the file is neither UTF-8 nor GB18030 (near byte ", at, ")"));
  }
  out.resize(static_cast<size_t>(target - out.data()));
  return out;
}

}  // namespace

absl::StatusOr<std::string> ToUtf8(std::string bytes) {
  if (bytes.size() > kFileSizeMax) {
    return text::Problem(absl::StatusCode::kInvalidArgument, "文件超过 256 MiB",
                         "the file is larger than 256 MiB");
  }
  if (bytes.starts_with(kByteOrderMark)) bytes.erase(0, kByteOrderMark.size());
  return Utf8(bytes) ? std::move(bytes) : FromGb18030(bytes);
}

}  // namespace suyuan::tabular
