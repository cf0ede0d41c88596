#include "services/tlog/disclosure.h"

#include <string>
#include <vector>

#include "services/tlog/policy.h"
#include "services/tlog/proof.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/ledger/merkle.h"
#include "storage/ledger/private_root.h"
#include "storage/ledger/record.h"

namespace suyuan::tlog {
namespace {

std::vector<std::string> PathIn(const google::protobuf::RepeatedPtrField<std::string>& path) {
  return {path.begin(), path.end()};
}

bool IsPhoto(v1::PrivateField field) {
  return field >= v1::PRIVATE_FIELD_PHOTO_1 && field <= v1::PRIVATE_FIELD_PHOTO_3;
}

}  // namespace

absl::Status CheckDisclosedValue(const v1::DiscloseResponse& shown) {
  if (shown.value().salt().size() != ledger::kPrivateSaltSize || shown.index() < 0 ||
      shown.count() < 1) {
    return absl::InvalidArgumentError("it is not complete");
  }
  // Only one of them is committed to, and whoever reads the other would believe it.
  const bool photo = IsPhoto(shown.value().field());
  if (!(photo ? shown.value().value() : shown.value().data()).empty()) {
    return absl::InvalidArgumentError("it has another value beside the one that is proven");
  }
  const std::string& value = photo ? shown.value().data() : shown.value().value();
  const Hash commitment = ledger::CommitmentOf(shown.value().salt(),
                                               static_cast<uint32_t>(shown.value().field()), value);
  return ledger::VerifyInclusion(static_cast<uint64_t>(shown.index()),
                                 static_cast<uint64_t>(shown.count()), AsBytes(commitment),
                                 PathIn(shown.path()), shown.private_root());
}

absl::Status CheckDisclosedRecord(const v1::DiscloseResponse& shown, const VerifierKey& key) {
  ASSIGN_OR_RETURN(const Proof proof, ParseProof(shown.tlog_proof()));
  const std::string leaf_bytes = proof.extra.value_or("");
  RETURN_IF_ERROR(VerifyProof(proof, ledger::LeafHash(leaf_bytes), Policy::OfLog(key)).status());
  ASSIGN_OR_RETURN(const ledger::Leaf leaf, ledger::Leaf::Decode(leaf_bytes));
  if (leaf.sequence != proof.index || shown.sequence() < 0 ||
      leaf.sequence != static_cast<uint64_t>(shown.sequence()) || shown.item_count() < 1 ||
      shown.item_salt().size() != ledger::kSaltSize) {
    return absl::DataLossError("it is of another record");
  }
  const Hash item =
      ledger::ItemHash(ledger::ItemType::kPrivateRoot, shown.item_salt(), shown.private_root());
  return ledger::VerifyInclusion(static_cast<uint64_t>(shown.item_count()) - 1,
                                 static_cast<uint64_t>(shown.item_count()), AsBytes(item),
                                 PathIn(shown.content_path()), AsBytes(leaf.content_root));
}

}  // namespace suyuan::tlog
