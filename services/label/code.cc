#include "services/label/code.h"

#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::label {
namespace {

// What the two functions of one key are kept apart by.
constexpr std::string_view kCodeDomain = "suyuan-label-code-v1\n";
constexpr std::string_view kCheckDomain = "suyuan-label-check-v1\n";
constexpr std::string_view kPinDomain = "suyuan-label-pin-v1\n";
constexpr size_t kGtinSize = 14;

// The first 5 · `count` bits, highest first.
std::string Base32(const Hash& hash, size_t count) {
  constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";  // Crockford.
  std::string out;
  uint32_t bits = 0;
  int held = 0;
  for (size_t next = 0; out.size() < count;) {
    if (held < 5) {
      bits = bits << 8 | hash[next++];
      held += 8;
    }
    held -= 5;
    out.push_back(kAlphabet[bits >> held & 31]);
  }
  return out;
}

// What is derived from: each part with its length, so that no two labels are one.
std::string NamedLabel(std::string_view domain, std::string_view origin, std::string_view run,
                       int number) {
  std::string message(domain);
  PutU16(message, static_cast<uint16_t>(origin.size()));
  message += origin;
  PutU16(message, static_cast<uint16_t>(run.size()));
  message += run;
  PutU32(message, static_cast<uint32_t>(number));
  return message;
}

std::string CheckOf(const HmacKey& epoch_key, std::string_view derived) {
  return Base32(epoch_key.Sign(StrCat(kCheckDomain, derived)), kCheckSize);
}

}  // namespace

std::string CodeOf(const HmacKey& epoch_key, std::string_view origin, std::string_view run,
                   int number) {
  const Hash hash = epoch_key.Sign(NamedLabel(kCodeDomain, origin, run, number));
  const std::string derived = Base32(hash, kCodeSize - kCheckSize);
  return derived + CheckOf(epoch_key, derived);
}

std::string PinOf(const HmacKey& epoch_key, std::string_view origin, std::string_view run,
                  int number) {
  constexpr uint64_t kPins = 100'000'000;
  const Hash hash = epoch_key.Sign(NamedLabel(kPinDomain, origin, run, number));
  // 64 bits for 27: no PIN is likelier than another by more than 1 in 10^11.
  const uint64_t pin = ByteReader(AsBytes(hash)).U64() % kPins;
  return StrCat(kPins + pin).substr(1);
}

bool CheckHolds(const HmacKey& epoch_key, std::string_view code) {
  if (code.size() != kCodeSize) return false;
  constexpr size_t kDerived = kCodeSize - kCheckSize;
  return EqualInConstantTime(CheckOf(epoch_key, code.substr(0, kDerived)), code.substr(kDerived));
}

std::string Gtin14(std::string_view gtin) {
  if (gtin.empty() || gtin.size() > kGtinSize) return std::string(gtin);
  return std::string(kGtinSize - gtin.size(), '0') + std::string(gtin);
}

std::string LabelUrl(std::string_view base, std::string_view gtin14, std::string_view code) {
  if (gtin14.empty()) return StrCat(base, "/t/", code);
  return StrCat(base, "/01/", gtin14, "/21/", code);
}

std::string BatchUrl(std::string_view base, std::string_view gtin14, std::string_view batch) {
  if (gtin14.empty()) return StrCat(base, "/b/", batch);
  return StrCat(base, "/01/", gtin14, "/10/", batch);
}

}  // namespace suyuan::label
