#include "services/rpc/receipt.h"

#include "services/domain/time.h"
#include "services/rpc/hashes.h"
#include "storage/base/bytes.h"
#include "storage/base/clock.h"

namespace suyuan::rpc {

v1::Receipt ReceiptOf(const ledger::Appended& appended, v1::Level level) {
  v1::Receipt receipt;
  receipt.set_sequence(static_cast<int64_t>(appended.sequence));
  *receipt.mutable_record_time() = domain::StampOf(FromMicros(appended.record_micros));
  receipt.set_leaf_hash(std::string(AsBytes(appended.leaf_hash)));
  receipt.set_level(level);
  receipt.set_first(static_cast<int64_t>(appended.receipt.first));
  receipt.set_count(static_cast<int64_t>(appended.receipt.count));
  AddHashes(appended.receipt.path, receipt.mutable_path());
  receipt.set_signature(appended.receipt.signature);
  return receipt;
}

}  // namespace suyuan::rpc
