#include "tests/support/leader.h"

#include "storage/base/bytes.h"
#include "storage/base/text.h"
#include "storage/ledger/rows.h"

namespace suyuan::test {

ledger::Shown Show(ledger::Ledger& leader, uint64_t from, uint64_t count, uint64_t size) {
  ledger::Shown shown;
  for (uint64_t at = from; at < from + count; ++at) {
    shown.records.push_back({*LoadRow(leader.db(), ledger::kLeafFamily, at),
                             *LoadRow(leader.db(), ledger::kContentFamily, at)});
  }
  shown.head = {size, *leader.RootAt(size)};
  shown.note = StrCat(leader.identity().origin, "\n", size, "\n",
                      Base64Of(AsBytes(shown.head.root)), "\n\n");
  if (from + count < size) {
    const std::vector<Hash> hashes = *leader.ConsistencyProof(from + count, size);
    for (const Hash& hash : hashes) shown.consistency.emplace_back(AsBytes(hash));
  }
  return shown;
}

}  // namespace suyuan::test
