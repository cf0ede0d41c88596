// Answers questions about proofs, notes and paths, a line each, as tests/e2e/tlog does in Go:
// inclusion INDEX SIZE | consistency OLD_SIZE SIZE | note KEY HEX | path HEX
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "services/tlog/note.h"
#include "services/tlog/tile_path.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/merkle.h"

namespace suyuan {
namespace {

// The tree over the leaves "0", "1", "2", …, grown as far as asked.
class TestTree final : public ledger::NodeSource {
 public:
  void Grow(uint64_t size) {
    if (rows_.empty()) rows_.emplace_back();
    while (rows_[0].size() < size) {
      rows_[0].push_back(ledger::LeafHash(std::to_string(rows_[0].size())));
      for (size_t row = 0; rows_[row].size() % 2 == 0; ++row) {
        if (rows_.size() == row + 1) rows_.emplace_back();
        const std::vector<Hash>& below = rows_[row];
        rows_[row + 1].push_back(ledger::NodeHash(below[below.size() - 2], below.back()));
      }
    }
  }
  absl::StatusOr<Hash> Node(int height, uint64_t index) const override {
    return rows_[static_cast<size_t>(height)][index];
  }

 private:
  std::vector<std::vector<Hash>> rows_;
};

std::string HashesText(const absl::StatusOr<std::vector<Hash>>& hashes) {
  if (!hashes.ok()) return "refused";
  std::string text = "ok";
  for (const Hash& hash : *hashes) StrAppend(&text, " ", HexOf(AsBytes(hash)));
  return text;
}

std::string OpenNote(const std::string& key_text, const std::string& bytes) {
  const auto key = tlog::VerifierKey::Parse(key_text);
  const auto note = tlog::ParseNote(bytes);
  if (!key.ok() || !note.ok() || !tlog::VerifyNote(*note, *key).ok()) return "refused";
  return StrCat("ok ", HexOf(note->text));
}

std::string ParsePath(const std::string& text) {
  const auto path = tlog::ParseTilePath(text);
  if (!path.ok()) return "refused";
  return StrCat("ok ", path->entries ? -1 : path->level, " ", path->index, " ", path->width);
}

std::string Answer(TestTree& tree, const std::vector<std::string>& words) {
  std::string bytes;
  if (words[0] == "note" || words[0] == "path") {
    SUYUAN_CHECK(ParseHex(words.back(), &bytes));
    return words[0] == "path" ? ParsePath(bytes) : OpenNote(words[1], bytes);
  }
  const uint64_t first = std::strtoull(words[1].c_str(), nullptr, 10);
  const uint64_t size = std::strtoull(words[2].c_str(), nullptr, 10);
  tree.Grow(size);
  return HashesText(words[0] == "inclusion" ? ledger::ProveInclusion(first, size, tree)
                                            : ledger::ProveConsistency(first, size, tree));
}

}  // namespace
}  // namespace suyuan

int main() {
  suyuan::TestTree tree;
  std::string line;
  while (std::getline(std::cin, line)) {
    std::cout << suyuan::Answer(tree, absl::StrSplit(line, ' ')) << "\n";
  }
  return 0;
}
