#include "services/tlog/receipt.h"

#include "storage/base/status.h"

namespace suyuan::tlog {

absl::Status CheckReceipt(const ledger::Receipt& receipt, uint64_t sequence, const Hash& leaf_hash,
                          const VerifierKey& key) {
  ASSIGN_OR_RETURN(const std::string text,
                   ledger::ReceiptTextOf(receipt, key.name(), sequence, leaf_hash));
  if (key.type() == KeyType::kEd25519 && key.Signed(text, receipt.signature)) {
    return absl::OkStatus();
  }
  return absl::DataLossError("the receipt is not signed by the log's key");
}

}  // namespace suyuan::tlog
