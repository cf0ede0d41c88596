// The calls that pages are made of. Pure; thread-safe.
#pragma once

#include <string>

#include "google/protobuf/message.h"
#include "services/rpc/incoming.h"

namespace suyuan::portal {

// What anybody may call.
rpc::Incoming PublicCall(const char* method, const google::protobuf::Message& request);
// What only modules call, for somebody outside.
rpc::Incoming RelayedCall(const char* method, const google::protobuf::Message& request);

// What a label's code leads to, or a batch's (`batches/{id}`), or a product's own. `gtin`: of the
// address; of a label or batch it may be empty.
rpc::Incoming LabelCall(const std::string& code, const std::string& gtin);
rpc::Incoming BatchCall(const std::string& batch, const std::string& gtin);
rpc::Incoming ProductCall(const std::string& gtin);

}  // namespace suyuan::portal
