#include "services/tlog/cosignature.h"

#include <algorithm>
#include <vector>

#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::tlog {
namespace {

constexpr size_t kTimeSize = 8;

// The time of one line, or -1 where it is not the key's over this text.
int64_t TimeOf(std::string_view text, const Signature& line, const VerifierKey& key) {
  ByteReader bytes(line.bytes);
  const auto seconds = static_cast<int64_t>(bytes.U64());
  if (line.bytes.size() != kTimeSize + rpc::kSignatureSize || seconds < 0) return -1;
  return key.Signed(CosignedText(text, seconds), bytes.rest()) ? seconds : -1;
}

}  // namespace

std::string CosignedText(std::string_view text, int64_t seconds) {
  return StrCat("cosignature/v1\ntime ", seconds, "\n", text);
}

Signature Cosign(std::string_view text, std::string_view name, const rpc::SigningKey& key,
                 int64_t seconds) {
  SUYUAN_CHECK(seconds >= 0);
  return {std::string(name), KeyIdOf(name, key, KeyType::kCosignature),
          BigEndian64(static_cast<uint64_t>(seconds)) + key.Sign(CosignedText(text, seconds))};
}

absl::StatusOr<int64_t> CosignedAt(const Note& note, const VerifierKey& key) {
  SUYUAN_CHECK(key.type() == KeyType::kCosignature);
  const std::vector<const Signature*> lines = SignaturesBy(note, key);
  if (lines.empty()) return absl::NotFoundError(StrCat("not cosigned by ", key.name()));
  int64_t newest = 0;
  for (const Signature* line : lines) {
    const int64_t seconds = TimeOf(note.text, *line, key);
    if (seconds < 0) {
      return absl::DataLossError(StrCat("the cosignature of ", key.name(), " is wrong"));
    }
    newest = std::max(newest, seconds);
  }
  return newest;
}

}  // namespace suyuan::tlog
