// IdentityService: members, keys, and what a client must know to sign.
#include "services/domain/deciders.h"
#include "services/domain/error.h"
#include "services/domain/time.h"
#include "services/registry/projection.h"
#include "services/registry/services.h"
#include "services/rpc/keys.h"
#include "services/rpc/view.h"
#include "storage/base/bytes.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"
#include "suyuan/ledger/v1/ledger.pb.h"
#include "suyuan/v1/identity.pb.h"
#include "suyuan/v1/registry.pb.h"

namespace suyuan::registry {
namespace {

using domain::Context;
using domain::World;
using rpc::Call;
using rpc::Recorded;

// "keys/{hex of the key id}", or REASON_KEY_MALFORMED: the domain knows no cryptography.
absl::StatusOr<std::string> KeyNameOf(const claim::v1::Key& claim) {
  const auto algorithm = static_cast<uint8_t>(claim.algorithm());
  if (!claim::v1::KeyAlgorithm_IsValid(claim.algorithm()) ||
      !rpc::PublicKey::Parse(algorithm, claim.spki()).ok()) {
    return domain::Error(v1::REASON_KEY_MALFORMED);
  }
  return domain::KeyId::FromId(HexOf(rpc::KeyIdOf(algorithm, claim.spki()))).name();
}

// A key's name is no resource name of the field rules; without this it could name any stream.
absl::Status CheckKeyName(const std::string& name) {
  std::string id;
  const bool named = name.starts_with("keys/") && ParseHex(name.substr(5), &id) &&
                     id.size() == ledger::kKeyIdSize &&
                     name == domain::KeyId::FromId(HexOf(id)).name();
  if (named) return absl::OkStatus();
  return domain::Error(v1::REASON_FIELD_MALFORMED, {{"field", "revocation.key"}});
}

void AddCommands(rpc::Handlers& handlers) {
  handlers.Command<v1::AddMemberRequest, v1::AddMemberResponse>(
      "AddMember",
      [](World& world, Context& context, const auto& request) {
        return domain::DecideAddMember(world, context, request.member());
      },
      [](const auto&, const Recorded& recorded, auto* response) {
        response->set_member(recorded.events[0].member_added().member());
      });
  handlers.Command<v1::EnrollKeyRequest, v1::EnrollKeyResponse>(
      "EnrollKey",
      [](World& world, Context& context, const auto& request) -> domain::Decided {
        ASSIGN_OR_RETURN(const std::string name, KeyNameOf(request.key()));
        return domain::DecideEnrollKey(world, context, name, request.key());
      },
      [](const auto&, const Recorded& recorded, auto* response) {
        response->set_key(recorded.events[0].key_enrolled().key());
      });
  handlers.Command<v1::RevokeKeyRequest, v1::RevokeKeyResponse>(
      "RevokeKey",
      [](World& world, Context& context, const auto& request) -> domain::Decided {
        RETURN_IF_ERROR(CheckKeyName(request.revocation().key()));
        return domain::DecideRevokeKey(world, context, request.revocation());
      },
      [](const auto&, const Recorded&, auto*) {});
}

// Its own party's people and keys, or any party's for those who let parties in.
absl::Status CheckSees(const index::Runner& runner, const domain::Caller& caller,
                       const std::string& party) {
  if (caller.party.name() == party) return absl::OkStatus();
  if (!domain::Allowed(caller, rules::v1::PERMISSION_MANAGE_PARTIES)) {
    return domain::NotFound(party);
  }
  return GetThing<v1::Party>(runner, party).status();
}

v1::GetCallerResponse MessageOf(const domain::Caller& caller) {
  v1::GetCallerResponse response;
  response.set_key(caller.key.name());
  response.set_member(caller.member.name());
  response.set_party(caller.party.name());
  response.set_role(caller.role);
  response.mutable_party_roles()->Assign(caller.party_roles.begin(), caller.party_roles.end());
  return response;
}

// What clients pin. Thread-safe. The log's verifier key never changes: asked for once.
class ServerInfo {
 public:
  explicit ServerInfo(const rpc::Host& host) : host_(host) {}

  absl::StatusOr<v1::GetServerInfoResponse> Get() {
    v1::GetServerInfoResponse info;
    const ledger::LogIdentity& identity = host_.log->identity();
    info.set_origin(identity.origin);
    info.set_ledger_id(identity.ledger_id);
    info.set_demo(identity.demo);
    info.set_utc_offset_minutes(identity.utc_offset_minutes);
    ASSIGN_OR_RETURN(*info.mutable_log_verifier_key(), VerifierKey());
    info.set_version(SUYUAN_VERSION);
    *info.mutable_server_time() = domain::StampOf(host_.clock->Now());
    return info;
  }

 private:
  absl::StatusOr<std::string> VerifierKey() {
    {
      MutexLock lock(&mutex_);
      if (!verifier_key_.empty()) return verifier_key_;
    }
    ASSIGN_OR_RETURN(const auto identity,
                     host_.router->Ask<suyuan::ledger::v1::GetIdentityResponse>(
                         "/suyuan.ledger.v1.LedgerService/GetIdentity",
                         suyuan::ledger::v1::GetIdentityRequest()));
    MutexLock lock(&mutex_);
    verifier_key_ = identity.log_verifier_key();
    return verifier_key_;
  }
  const rpc::Host host_;
  Mutex mutex_;
  std::string verifier_key_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<rpc::Handlers> IdentityHandlers(const rpc::Host& host, index::Runner* runner) {
  auto handlers = std::make_unique<rpc::Handlers>(
      v1::Member::descriptor()->file()->FindServiceByName("IdentityService"));
  rpc::WaitForView(runner, handlers.get());
  AddCommands(*handlers);
  handlers->Query<v1::GetServerInfoRequest, v1::GetServerInfoResponse>(
      "GetServerInfo", [info = std::make_shared<ServerInfo>(host)](const Call&, const auto&) {
        return info->Get();
      });
  handlers->Query<v1::GetCallerRequest, v1::GetCallerResponse>(
      "GetCaller", [](const Call& call, const auto&) -> absl::StatusOr<v1::GetCallerResponse> {
        return MessageOf(*call.caller);
      });
  handlers->Query<v1::ListMembersRequest, v1::ListMembersResponse>(
      "ListMembers",
      [runner](const Call& call, const auto& request) -> absl::StatusOr<v1::ListMembersResponse> {
        RETURN_IF_ERROR(CheckSees(*runner, *call.caller, request.party()));
        v1::ListMembersResponse response;
        ASSIGN_OR_RETURN(
            *response.mutable_next_page_token(),
            rpc::ListThings(runner->db(), call, request, rpc::ListOf(request.party(), kMembers),
                            response.mutable_members()));
        return response;
      });
  handlers->Query<v1::ListKeysRequest, v1::ListKeysResponse>(
      "ListKeys",
      [runner](const Call& call, const auto& request) -> absl::StatusOr<v1::ListKeysResponse> {
        RETURN_IF_ERROR(CheckSees(*runner, *call.caller, request.party()));
        v1::ListKeysResponse response;
        ASSIGN_OR_RETURN(
            *response.mutable_next_page_token(),
            rpc::ListThings(runner->db(), call, request, rpc::ListOf(request.party(), kKeys),
                            response.mutable_keys()));
        return response;
      });
  return handlers;
}

}  // namespace suyuan::registry
