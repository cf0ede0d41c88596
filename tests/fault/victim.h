// Another process that appends, and what it was told is durable. The oracle is this process:
// nothing it knows comes from the victim's disk.
#pragma once

#include <map>
#include <optional>
#include <string>

namespace suyuan::test {

struct Ack {
  uint64_t sequence;
  std::string leaf_hash;
};
using Acks = std::map<std::string, Ack>;  // By request key.

// Starts a victim on the ledger in `dir` (made where there is none), adds what it tells, and kills
// it after it told more than `kill_after` appends; absent: lets it end by itself. Returns its wait
// status.
int RunVictim(const std::string& dir, int run, std::optional<int> kill_after, Acks* acks);

// Every acknowledged append is in the ledger as it was told, and the whole of it verifies.
void ExpectAllThere(const std::string& dir, const Acks& acks);

}  // namespace suyuan::test
