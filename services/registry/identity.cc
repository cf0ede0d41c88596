// IdentityService: members, keys, and what a client must know to sign.
#include <algorithm>

#include "services/domain/error.h"
#include "services/domain/states_identity.h"
#include "services/domain/time.h"
#include "services/registry/projection.h"
#include "services/registry/services.h"
#include "services/rpc/view.h"
#include "services/store/identity_rules.h"
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

// How often strangers may try to enrol: wrong codes are long (80 bits), and yet none may be guessed
// at leisure. A try costs a token, and who succeeds gets it back. Thread-safe.
class Tries {
 public:
  explicit Tries(const Clock* clock) : clock_(clock), refilled_(clock->Now()) {}
  bool Take() {
    MutexLock lock(&mutex_);
    const absl::Time now = clock_->Now();
    const int64_t since = absl::ToInt64Seconds(now - refilled_) / kSecondsEach;
    if (since > 0) {
      left_ = static_cast<int>(std::min<int64_t>(kMax, left_ + since));
      refilled_ = now;
    }
    if (left_ == 0) return false;
    --left_;
    return true;
  }
  void GiveBack() {
    MutexLock lock(&mutex_);
    left_ = std::min(kMax, left_ + 1);
  }

 private:
  static constexpr int kMax = 30;
  static constexpr int64_t kSecondsEach = 2;
  const Clock* const clock_;
  Mutex mutex_;
  int left_ ABSL_GUARDED_BY(mutex_) = kMax;
  absl::Time refilled_ ABSL_GUARDED_BY(mutex_);
};

template <typename Request>
domain::Decided Decide(World& world, Context& context, const Request& request) {
  return store::DecideIdentity(world, context, request);
}

void AddEnroll(rpc::Handlers& handlers, const Clock* clock) {
  auto& enroll = handlers.Command<v1::EnrollKeyRequest, v1::EnrollKeyResponse>(
      "EnrollKey", Decide<v1::EnrollKeyRequest>,
      [](const auto&, const Recorded& recorded, auto* response) {
        response->set_key(recorded.events[0].member_enrolled().key());
        response->set_member(recorded.events[0].member_enrolled().member());
        response->set_party(recorded.events[0].member_enrolled().party());
      });
  enroll.brings_key = [](const google::protobuf::Message& request) -> rpc::BroughtKey {
    const auto& claim = static_cast<const v1::EnrollKeyRequest&>(request).enrollment();
    return {static_cast<uint8_t>(claim.algorithm()), claim.spki()};
  };
  const auto tries = std::make_shared<Tries>(clock);
  enroll.gather = [tries](const Call&, const auto&) -> absl::StatusOr<std::shared_ptr<const void>> {
    if (!tries->Take()) return domain::Error(v1::REASON_TOO_MANY_TRIES);
    return std::shared_ptr<const void>();
  };
  enroll.then = [tries](const Call&, const auto&, const Recorded&) {
    tries->GiveBack();
    return absl::OkStatus();
  };
}

void AddCommands(rpc::Handlers& handlers, const Clock* clock) {
  AddEnroll(handlers, clock);
  handlers.Command<v1::InviteMemberRequest, v1::InviteMemberResponse>(
      "InviteMember", Decide<v1::InviteMemberRequest>,
      [](const auto&, const Recorded& recorded, auto* response) {
        response->set_invitation(recorded.events[0].member_invited().invitation());
      });
  handlers.Command<v1::RotateKeyRequest, v1::RotateKeyResponse>(
      "RotateKey", Decide<v1::RotateKeyRequest>,
      [](const auto&, const Recorded& recorded, auto* response) {
        response->set_key(recorded.events[0].key_rotated().key());
      });
  handlers.Command<v1::RevokeKeyRequest, v1::RevokeKeyResponse>(
      "RevokeKey", Decide<v1::RevokeKeyRequest>, [](const auto&, const Recorded&, auto*) {});
  handlers.Command<v1::ProposeChangeRequest, v1::ProposeChangeResponse>(
      "ProposeChange", Decide<v1::ProposeChangeRequest>,
      [](const auto&, const Recorded& recorded, auto* response) {
        response->set_proposal(recorded.events[0].change_proposed().proposal());
        response->set_invitation(recorded.events[0].change_proposed().invitation());
      });
  handlers.Command<v1::ProposeAttestationRequest, v1::ProposeAttestationResponse>(
      "ProposeAttestation", Decide<v1::ProposeAttestationRequest>,
      [](const auto&, const Recorded& recorded, auto* response) {
        response->set_proposal(recorded.events[0].change_proposed().proposal());
      });
  handlers.Command<v1::ApproveChangeRequest, v1::ApproveChangeResponse>(
      "ApproveChange", Decide<v1::ApproveChangeRequest>,
      [](const auto&, const Recorded&, auto*) {});
}

void AddGrants(rpc::Handlers& handlers, const rpc::Host& host, index::Runner* runner) {
  handlers.Query<v1::ListProposalsRequest, v1::ListProposalsResponse>(
      "ListProposals",
      [runner](const Call& call, const auto& request) -> absl::StatusOr<v1::ListProposalsResponse> {
        v1::ListProposalsResponse response;
        ASSIGN_OR_RETURN(
            *response.mutable_next_page_token(),
            rpc::ListThings(runner->db(), call, request, kProposals, response.mutable_proposals()));
        return response;
      });
  handlers.Query<v1::ListGrantsRequest, v1::ListGrantsResponse>(
      "ListGrants",
      [store = host.store](const Call&,
                           const auto& request) -> absl::StatusOr<v1::ListGrantsResponse> {
        ASSIGN_OR_RETURN(const auto grants, store->template Find<domain::GrantsState>(
                                                domain::GrantStream(request.party())));
        v1::ListGrantsResponse response;
        if (grants == nullptr) return response;
        response.set_suspended(grants->suspended);
        for (const domain::GrantsState::Held& held : grants->held) {
          v1::HeldGrant* grant = response.add_grants();
          grant->set_grant(held.name);
          *grant->mutable_claim() = held.claim;
          grant->set_ended(held.ended);
        }
        return response;
      });
}

// Its own party's people and keys, or any party's for those who let parties in.
absl::Status CheckSees(const index::Runner& runner, const domain::Caller& caller,
                       const std::string& party) {
  if (caller.party.name() == party) return absl::OkStatus();
  if (!domain::Allowed(caller, rules::v1::PERMISSION_MANAGE_PARTIES)) {
    return domain::NotFound(party);
  }
  ASSIGN_OR_RETURN(const v1::Party found, GetThing<v1::Party>(runner, party));
  return domain::Reaches(caller, found.claim().region_code()) ? absl::OkStatus()
                                                              : domain::NotFound(party);
}

v1::GetCallerResponse MessageOf(const domain::Caller& caller) {
  v1::GetCallerResponse response;
  response.set_key(caller.key.name());
  response.set_member(caller.member.name());
  response.set_party(caller.party.name());
  response.set_role(caller.role);
  response.set_suspended(caller.suspended);
  response.mutable_party_roles()->Assign(caller.party_roles.begin(), caller.party_roles.end());
  *response.mutable_key_until_time() = domain::StampOf(caller.key_until);
  if (caller.member_until != absl::InfiniteFuture()) {
    *response.mutable_member_until_time() = domain::StampOf(caller.member_until);
  }
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
  AddCommands(*handlers, host.clock);
  AddGrants(*handlers, host, runner);
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
