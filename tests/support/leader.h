// What a ledger shows who follows it, read from the ledger itself.
#pragma once

#include "storage/ledger/ledger.h"

namespace suyuan::test {

// `count` records from `from` on, under the checkpoint of `size`, which bears no signature: that
// is the service's to check.
ledger::Shown Show(ledger::Ledger& leader, uint64_t from, uint64_t count, uint64_t size);

}  // namespace suyuan::test
