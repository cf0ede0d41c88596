#include "services/tlog/checkpoint.h"

#include <limits>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::tlog {
namespace {

absl::Status Malformed(std::string_view what) {
  return absl::InvalidArgumentError(StrCat("checkpoint: ", what));
}

absl::Status Bad(const absl::Status& why) {
  return absl::DataLossError(StrCat("checkpoint: ", FromAbsl(why.message())));
}

}  // namespace

std::string CheckpointText(std::string_view origin, const ledger::TreeHead& head) {
  return StrCat(origin, "\n", head.size, "\n", Base64Of(AsBytes(head.root)), "\n");
}

absl::StatusOr<Checkpoint> ParseCheckpoint(std::string_view text) {
  if (!text.ends_with('\n')) return Malformed("the last line does not end");
  std::vector<std::string> lines = absl::StrSplit(ToAbsl(text.substr(0, text.size() - 1)), '\n');
  if (lines.size() < 3) return Malformed("fewer than three lines");
  for (const std::string& line : lines) {
    if (line.empty()) return Malformed("an empty line");
  }
  Checkpoint checkpoint;
  checkpoint.origin = lines[0];
  int64_t size = 0;
  // In plain decimal: no sign, no zeros in front.
  if (!absl::SimpleAtoi(lines[1], &size) || size < 0 || lines[1] != StrCat(size)) {
    return Malformed("the size is no number");
  }
  checkpoint.head.size = static_cast<uint64_t>(size);
  std::string root;
  if (!ParseBase64(lines[2], &root) || root.size() != kHashSize) {
    return Malformed("the root is no hash");
  }
  checkpoint.head.root = HashFromBytes(root);
  checkpoint.extensions.assign(lines.begin() + 3, lines.end());
  return checkpoint;
}

std::string SignCheckpoint(std::string_view origin, const ledger::TreeHead& head,
                           const rpc::SigningKey& key) {
  Note note;
  note.text = CheckpointText(origin, head);
  note.signatures = {SignNote(note.text, origin, key)};
  return FormatNote(note);
}

absl::StatusOr<ledger::TreeHead> OpenCheckpoint(std::string_view note,
                                                std::string_view verifier_key) {
  ASSIGN_OR_RETURN(const VerifierKey key, VerifierKey::Parse(verifier_key));
  if (key.type() != KeyType::kEd25519) {
    return absl::InvalidArgumentError("verifier key: a witness's, not a log's");
  }
  const absl::StatusOr<Note> parsed = ParseNote(note);
  if (!parsed.ok()) return Bad(parsed.status());
  const absl::StatusOr<Checkpoint> checkpoint = ParseCheckpoint(parsed->text);
  if (!checkpoint.ok()) return Bad(checkpoint.status());
  if (checkpoint->origin != key.name()) {
    return absl::DataLossError(StrCat("checkpoint: of another log, ", checkpoint->origin));
  }
  const absl::Status verified = VerifyNote(*parsed, key);
  if (!verified.ok()) return Bad(verified);
  return checkpoint->head;
}

}  // namespace suyuan::tlog
