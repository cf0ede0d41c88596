#include "storage/ledger/checkpoint_text.h"

#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "storage/base/bytes.h"
#include "storage/base/text.h"

namespace suyuan::ledger {

absl::StatusOr<TreeHead> ReadCheckpointText(std::string_view note, std::string_view origin) {
  const std::vector<std::string> lines =
      absl::StrSplit(ToAbsl(note.substr(0, note.find("\n\n"))), '\n');
  TreeHead head;
  std::string root;
  // The size in plain decimal: no sign, no zeros in front.
  if (lines.size() < 3 || !absl::SimpleAtoi(lines[1], &head.size) ||
      lines[1] != StrCat(head.size) || !ParseBase64(lines[2], &root) || root.size() != kHashSize) {
    return absl::DataLossError("not a checkpoint");
  }
  if (lines[0] != origin) return absl::DataLossError("a checkpoint of another log");
  head.root = HashFromBytes(root);
  return head;
}

}  // namespace suyuan::ledger
