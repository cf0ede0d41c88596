// The API's receipt of what the ledger answered.
#pragma once

#include "storage/ledger/client.h"
#include "suyuan/v1/types.pb.h"

namespace suyuan::rpc {

v1::Receipt ReceiptOf(const ledger::Appended& appended, v1::Level level);

}  // namespace suyuan::rpc
