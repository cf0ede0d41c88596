#include "services/tlog/proof.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "services/tlog/lines.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/merkle.h"

namespace suyuan::tlog {
namespace {

constexpr std::string_view kFirstLine = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";
constexpr size_t kBytesMax = kNoteBytesMax + 2 * kProofExtraMax + 64 * (kProofHashesMax + 4);

absl::Status Malformed(std::string_view what) {
  return absl::InvalidArgumentError(StrCat("proof: ", what));
}

}  // namespace

std::string FormatProof(const Proof& proof) {
  std::string text = StrCat(kFirstLine, "\n");
  if (proof.extra) StrAppend(&text, kExtra, Base64Of(*proof.extra), "\n");
  StrAppend(&text, kIndex, proof.index, "\n");
  for (const Hash& hash : proof.hashes) StrAppend(&text, Base64Of(AsBytes(hash)), "\n");
  StrAppend(&text, "\n", proof.checkpoint);
  return text;
}

absl::StatusOr<Proof> ParseProof(std::string_view text) {
  if (text.size() > kBytesMax) return Malformed("too long");
  std::string_view line;
  if (!TakeLine(text, &line) || line != kFirstLine) return Malformed("not a tlog-proof@v1");
  if (!TakeLine(text, &line)) return Malformed("no index");
  Proof proof;
  if (line.starts_with(kExtra)) {
    if (!ParseBase64(line.substr(kExtra.size()), &proof.extra.emplace())) {
      return Malformed("the extra data is not base64");
    }
    if (proof.extra->size() > kProofExtraMax) return Malformed("the extra data is too long");
    if (!TakeLine(text, &line)) return Malformed("no index");
  }
  if (!line.starts_with(kIndex)) return Malformed("no index");
  const std::string digits(line.substr(kIndex.size()));
  int64_t index = 0;
  if (!absl::SimpleAtoi(digits, &index) || index < 0 || digits != StrCat(index)) {
    return Malformed("the index is no number");
  }
  proof.index = static_cast<uint64_t>(index);
  while (true) {
    if (!TakeLine(text, &line)) return Malformed("no checkpoint");
    if (line.empty()) break;
    std::string hash;
    if (!ParseBase64(line, &hash) || hash.size() != kHashSize) {
      return Malformed("a line is no hash");
    }
    if (proof.hashes.size() == kProofHashesMax) return Malformed("too many hashes");
    proof.hashes.push_back(HashFromBytes(hash));
  }
  if (text.empty()) return Malformed("no checkpoint");
  proof.checkpoint = text;
  return proof;
}

absl::StatusOr<Trusted> VerifyProof(const Proof& proof, const Hash& leaf_hash,
                                    const Policy& policy) {
  ASSIGN_OR_RETURN(Trusted trusted, policy.Open(proof.checkpoint));
  const ledger::TreeHead& head = trusted.checkpoint.head;
  if (proof.index >= head.size) {
    return absl::OutOfRangeError(StrCat("the checkpoint has ", head.size, " records, the proof is ",
                                        "of record ", proof.index));
  }
  std::vector<std::string> hashes;
  for (const Hash& hash : proof.hashes) hashes.emplace_back(AsBytes(hash));
  const absl::Status included = ledger::VerifyInclusion(proof.index, head.size, AsBytes(leaf_hash),
                                                        hashes, AsBytes(head.root));
  if (!included.ok()) {
    return absl::DataLossError("the hashes do not lead from the record to the checkpoint's root");
  }
  return trusted;
}

}  // namespace suyuan::tlog
