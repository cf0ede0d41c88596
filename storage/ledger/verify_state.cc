#include "storage/ledger/verify_state.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "storage/base/bytes.h"
#include "storage/base/text.h"

namespace suyuan::ledger {
namespace {

constexpr char kTitle[] = "suyuan-verify-state-v1";
constexpr size_t kKeySize = 32;
constexpr size_t kLines = 8;  // Without the last, the checksum.

std::string HexOfSum(const RowSum& sum) {
  std::string bytes;
  for (const uint64_t lane : sum.lanes) PutU64(bytes, lane);
  return HexOf(bytes);
}

bool ParseSum(std::string_view hex, RowSum* sum) {
  std::string bytes;
  if (!ParseHex(hex, &bytes)) return false;
  ByteReader in(bytes);
  for (uint64_t& lane : sum->lanes) lane = in.U64();
  return in.done();
}

bool ParseSequences(std::string_view line, std::vector<uint64_t>* sequences) {
  if (line.empty()) return true;
  for (const absl::string_view part : absl::StrSplit(ToAbsl(line), ' ')) {
    uint64_t sequence = 0;
    if (!absl::SimpleAtoi(part, &sequence)) return false;
    if (!sequences->empty() && sequence <= sequences->back()) return false;
    sequences->push_back(sequence);
  }
  return true;
}

}  // namespace

void RowSum::Add(const Hash& hash) {
  ByteReader in(AsBytes(hash));
  for (uint64_t& lane : lanes) lane += in.U64();
}

std::string VerifyState::Encode() const {
  const std::string text = StrCat(
      kTitle, "\n", origin, "\n", head.size, "\n", HexOf(AsBytes(head.root)), "\n", HexOf(key),
      "\n", HexOfSum(streams), "\n", HexOfSum(requests), "\n", absl::StrJoin(teaching, " "), "\n");
  const Hash sum = Sha256(text);
  return StrCat(text, HexOf(AsBytes(sum)), "\n");
}

absl::StatusOr<VerifyState> VerifyState::Decode(std::string_view text) {
  const auto bad = [] { return absl::InvalidArgumentError("not a state of a verification"); };
  const std::vector<std::string> lines = absl::StrSplit(ToAbsl(text), '\n');
  if (lines.size() != kLines + 2 || lines[0] != kTitle) return bad();
  VerifyState state;
  state.origin = lines[1];
  std::string root;
  if (!absl::SimpleAtoi(lines[2], &state.head.size) || !ParseHex(lines[3], &root) ||
      root.size() != kHashSize || !ParseHex(lines[4], &state.key) || state.key.size() != kKeySize ||
      !ParseSum(lines[5], &state.streams) || !ParseSum(lines[6], &state.requests) ||
      !ParseSequences(lines[7], &state.teaching)) {
    return bad();
  }
  state.head.root = HashFromBytes(root);
  // What does not say itself again in the same bytes was changed.
  if (state.Encode() != text) return bad();
  return state;
}

}  // namespace suyuan::ledger
