// Another process that appends, and what it was told is durable. The oracle is this process:
// nothing it knows comes from the victim's disk.
#pragma once

#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "storage/kv/volatile_files.h"

namespace suyuan::test {

struct Ack {
  uint64_t sequence;
  std::string leaf_hash;
};
using Acks = std::map<std::string, Ack>;  // By request key.

struct VictimOptions {
  std::string dir;  // Of the ledger, which is made where there is none.
  int run = 0;      // Makes its request keys its own.
  int threads = 8;
  int appends = 0;                 // Of each thread; 0: it appends until it ends.
  std::optional<int> kill_after;   // Killed once it told more than so many appends.
  uint64_t power_cut_at = 0;       // Operation on its files at which the power goes; 0: it stays.
  uint64_t seed = 0;               // Of what the power cut leaves.
  std::vector<std::string> under;  // A command that runs it, such as strace.
};

// A victim whose power went ends with one of these: bytes, files or names were lost, or nothing
// was.
constexpr int kPowerCutLost = 9;
constexpr int kPowerCutLostNothing = 10;

// Of a victim: the end of a process whose disk has lost its power.
inline void EndWithoutPower(const kv::Loss& loss) {
  const bool lost = loss.bytes > 0 || loss.files > 0 || loss.renames > 0;
  std::_Exit(lost ? kPowerCutLost : kPowerCutLostNothing);
}

// Runs a victim and adds what it tells. Returns its wait status.
int RunVictim(const VictimOptions& options, Acks* acks);

// Every acknowledged append is in the ledger as it was told, and the whole of it verifies.
void ExpectAllThere(const std::string& dir, const Acks& acks);

}  // namespace suyuan::test
