// Disclosures as somebody hands them over: what holds holds for its value and its record alone.
#include <cstdint>

#include "services/tlog/disclosure.h"
#include "storage/base/status.h"

namespace {

// Of the log whose disclosures are in the corpus.
constexpr char kLogKey[] =
    "fuzz/3163936bf846f81e98d3d8c18ff8d851+d2eabe1f+AYbKrp8n5nWEraACS7/qWmeRbQRvNDDLn2FsA0yEch94";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace suyuan;
  static const auto key = *tlog::VerifierKey::Parse(kLogKey);
  v1::DiscloseResponse shown;
  if (!shown.ParseFromArray(data, static_cast<int>(size))) return 0;
  const bool value = tlog::CheckDisclosedValue(shown).ok();
  const bool record = tlog::CheckDisclosedRecord(shown, key).ok();
  v1::DiscloseResponse altered = shown;
  altered.mutable_value()->mutable_value()->push_back('x');
  SUYUAN_CHECK(!value || !tlog::CheckDisclosedValue(altered).ok());
  altered.mutable_private_root()->push_back('x');
  SUYUAN_CHECK(!record || !tlog::CheckDisclosedRecord(altered, key).ok());
  return 0;
}
