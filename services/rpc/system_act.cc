#include "services/rpc/system_act.h"

#include <utility>

#include "storage/base/bytes.h"
#include "storage/base/uuid.h"

namespace suyuan::rpc {

store::Command SystemAct(const Host& host, const SigningKey& key, std::string method,
                         const google::protobuf::MessageLite& proposal) {
  store::Command command;
  command.caller.system = true;
  command.caller.key = domain::KeyId::FromId(HexOf(key.KeyId()));
  command.kind = ledger::RecordKind::kSystem;
  command.body = proposal.SerializeAsString();
  command.request_id = UuidOf(command.body);
  command.authorship.algorithm = key.algorithm();
  command.authorship.key_id = key.KeyId();
  command.authorship.signed_micros = ToMicros(host.clock->Now());
  command.authorship.method = std::move(method);
  command.authorship.signature =
      key.Sign(ledger::SignedText(host.log->identity().origin, command.authorship, command.body));
  return command;
}

}  // namespace suyuan::rpc
