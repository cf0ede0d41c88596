// The messages a log is written in, for its own records: whoever has the log can read it.
#pragma once

#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"

namespace suyuan::ledger {

// A serialised google.protobuf.FileDescriptorSet of these files, each after those it needs.
std::string DescriptorSetOf(const std::vector<const google::protobuf::FileDescriptor*>& files);

}  // namespace suyuan::ledger
