#include "services/domain/id.h"

#include "storage/base/hash.h"
#include "storage/base/text.h"

namespace suyuan::domain {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";  // Crockford.

int ValueOf(char c) {
  const size_t at = kAlphabet.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

// GF(32) = GF(2)[x] / (x^5 + x^2 + 1): x is a generator, so its first 31 powers differ.
int TimesX(int value) {
  value <<= 1;
  return value & 32 ? (value ^ 0b100101) : value;
}

int Times(int a, int b) {
  int product = 0;
  for (; b != 0; b >>= 1, a = TimesX(a)) {
    if (b & 1) product ^= a;
  }
  return product;
}

// Σ value_i · x^i, the first character at i = 1; the check character itself stands at i = 0.
int CheckValue(std::string_view first19) {
  int sum = 0, power = 1;
  for (const char c : first19) {
    power = TimesX(power);
    sum ^= Times(ValueOf(c), power);
  }
  return sum;
}

}  // namespace

std::string MakeId(std::string_view ledger_id, std::string_view party, std::string_view request_id,
                   int index) {
  const Hash hash = Sha256(StrCat("suyuan-id-v1\n", party, "\n", request_id, "\n", index, "\n"));
  std::string id(ledger_id);
  uint32_t bits = 0;
  int held = 0;
  for (size_t next = 0; id.size() < kIdSize - 1;) {
    if (held < 5) {
      bits = bits << 8 | hash[next++];
      held += 8;
    }
    held -= 5;
    id.push_back(kAlphabet[bits >> held & 31]);
  }
  id.push_back(CheckCharacter(id));
  return id;
}

char CheckCharacter(std::string_view first19) {
  return kAlphabet[static_cast<size_t>(CheckValue(first19))];
}

bool ValidId(std::string_view id) {
  if (id.size() != kIdSize) return false;
  for (const char c : id) {
    if (ValueOf(c) < 0) return false;
  }
  return CheckCharacter(id.substr(0, kIdSize - 1)) == id.back();
}

bool ValidName(std::string_view collection, std::string_view name) {
  return name.size() == collection.size() + 1 + kIdSize && name.starts_with(collection) &&
         name[collection.size()] == '/' && ValidId(name.substr(collection.size() + 1));
}

}  // namespace suyuan::domain
