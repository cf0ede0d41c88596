#include "services/rpc/authorship.h"

#include "absl/strings/numbers.h"
#include "services/domain/error.h"
#include "services/domain/time.h"
#include "services/rpc/keys.h"
#include "storage/base/bytes.h"
#include "storage/base/clock.h"

namespace suyuan::rpc {

absl::StatusOr<ledger::Authorship> AuthorshipOf(const std::string& method,
                                                const Incoming& incoming) {
  ledger::Authorship authorship;
  if (!ParseHex(incoming.key_id, &authorship.key_id) ||
      authorship.key_id.size() != ledger::kKeyIdSize ||
      !absl::SimpleAtoi(incoming.time, &authorship.signed_micros) ||
      !domain::ValidStamp(domain::StampOf(FromMicros(authorship.signed_micros))) ||
      incoming.signature.size() != kSignatureSize) {
    return domain::Error(v1::REASON_SIGNATURE_INVALID);
  }
  authorship.encoding = incoming.json ? ledger::Encoding::kJson : ledger::Encoding::kProto;
  authorship.method = method;
  authorship.signature = incoming.signature;
  return authorship;
}

}  // namespace suyuan::rpc
