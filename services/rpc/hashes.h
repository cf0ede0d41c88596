// Hashes as messages carry them: 32 bytes each.
#pragma once

#include <string>
#include <vector>

#include "google/protobuf/repeated_ptr_field.h"
#include "storage/base/hash.h"

namespace suyuan::rpc {

inline void AddHashes(const std::vector<Hash>& hashes,
                      google::protobuf::RepeatedPtrField<std::string>* to) {
  for (const Hash& hash : hashes) to->Add(std::string(AsBytes(hash)));
}

}  // namespace suyuan::rpc
