// What a module does on behalf of nobody, signed with its system key.
#pragma once

#include <string>

#include "google/protobuf/message_lite.h"
#include "services/rpc/host.h"
#include "services/rpc/keys.h"
#include "services/store/store.h"

namespace suyuan::rpc {

// A command for Store::Update, but for its decision. `method`: of the record, not served. The same
// proposal is the same request, and happens once.
store::Command SystemAct(const Host& host, const SigningKey& key, std::string method,
                         const google::protobuf::MessageLite& proposal);

}  // namespace suyuan::rpc
