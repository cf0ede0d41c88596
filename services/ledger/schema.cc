#include "services/ledger/schema.h"

#include <functional>
#include <set>

#include "google/protobuf/descriptor.pb.h"

namespace suyuan::ledger {

using google::protobuf::FileDescriptor;

std::string DescriptorSetOf(const std::vector<const FileDescriptor*>& files) {
  google::protobuf::FileDescriptorSet set;
  std::set<std::string> seen;
  const std::function<void(const FileDescriptor*)> add = [&](const FileDescriptor* file) {
    if (!seen.insert(file->name()).second) return;
    for (int i = 0; i < file->dependency_count(); ++i) add(file->dependency(i));
    file->CopyTo(set.add_file());
  };
  for (const FileDescriptor* file : files) add(file);
  return set.SerializeAsString();
}

}  // namespace suyuan::ledger
