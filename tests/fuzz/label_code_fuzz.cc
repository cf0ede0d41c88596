// Codes as strangers type them: one that the field rules let in has the form of a code, one whose
// check holds has another check for any other character, and what we make is both.
#include <cstdint>
#include <string>

#include "services/label/code.h"
#include "services/rpc/rules.h"
#include "storage/base/status.h"
#include "suyuan/v1/label.pb.h"

namespace {

const suyuan::HmacKey kEpochKey("0123456789abcdef0123456789abcdef");
constexpr char kAlphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

bool LetIn(const std::string& code) {
  suyuan::v1::ResolveLabelRequest request;
  request.set_code(code);
  return suyuan::rpc::CheckRules(request).ok();
}

bool HasForm(const std::string& code) {
  return code.size() == suyuan::label::kCodeSize &&
         code.find_first_not_of(kAlphabet) == std::string::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace suyuan;
  const std::string typed(reinterpret_cast<const char*>(data), size);
  if (!typed.empty()) SUYUAN_CHECK(LetIn(typed) == HasForm(typed));
  (void)label::CheckHolds(kEpochKey, typed);
  // The input as the name of a run, its length as a number.
  std::string code = label::CodeOf(kEpochKey, "test/00", typed.substr(0, 1000),
                                   static_cast<int>(size % 100'000) + 1);
  SUYUAN_CHECK(HasForm(code) && LetIn(code) && label::CheckHolds(kEpochKey, code));
  const size_t at = size % label::kCodeSize;
  code[at] = code[at] == 'Z' ? '0' : 'Z';
  SUYUAN_CHECK(!label::CheckHolds(kEpochKey, code));
  return 0;
}
