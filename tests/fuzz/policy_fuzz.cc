// Policies from elsewhere: what is read has a quorum, and no strange note meets it.
#include <cstdint>
#include <string>

#include "services/tlog/policy.h"
#include "storage/base/status.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace suyuan;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto policy = tlog::Policy::Parse(bytes);
  if (!policy.ok()) return 0;
  std::vector<std::string> all;
  for (const tlog::PolicyWitness& witness : policy->witnesses()) all.push_back(witness.name);
  SUYUAN_CHECK(policy->QuorumOf(all));  // All witnesses together are always enough.
  SUYUAN_CHECK(!policy->Open(bytes).ok());
  return 0;
}
