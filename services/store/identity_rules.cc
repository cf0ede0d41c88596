#include "services/store/identity_rules.h"

#include "services/domain/error.h"
#include "services/domain/states.h"
#include "services/domain/states_identity.h"
#include "services/rpc/invitation.h"
#include "storage/base/status.h"

namespace suyuan::store {
namespace {

// "keys/{hex of the key id}", or REASON_KEY_MALFORMED.
absl::StatusOr<std::string> NameOf(std::string_view collection, int algorithm,
                                   const std::string& spki) {
  const auto byte = static_cast<uint8_t>(algorithm);
  if (!claim::v1::KeyAlgorithm_IsValid(algorithm) || !rpc::PublicKey::Parse(byte, spki).ok()) {
    return domain::Error(v1::REASON_KEY_MALFORMED);
  }
  return rpc::NameOfKey(collection, byte, spki);
}

// These are no resource names of the field rules; unchecked they could name any stream.
absl::Status CheckName(std::string_view collection, const std::string& name, const char* field) {
  if (rpc::IsKeyName(collection, name)) return absl::OkStatus();
  return domain::Error(v1::REASON_FIELD_MALFORMED, {{"field", field}});
}

template <typename Request>
domain::Decided DecideAs(domain::World& world, domain::Context& context,
                         const google::protobuf::Message& request) {
  return DecideIdentity(world, context, static_cast<const Request&>(request));
}

}  // namespace

domain::Decided DecideIdentity(domain::World& world, domain::Context& context,
                               const v1::InviteMemberRequest& request) {
  const claim::v1::Invitation& claim = request.invitation();
  ASSIGN_OR_RETURN(const std::string name,
                   NameOf("invitations", claim::v1::KEY_ALGORITHM_ED25519, claim.code_spki()));
  return domain::DecideInvite(world, context, name, claim);
}

domain::Decided DecideIdentity(domain::World& world, domain::Context& context,
                               const v1::EnrollKeyRequest& request) {
  const claim::v1::Enrollment& claim = request.enrollment();
  RETURN_IF_ERROR(CheckName("invitations", claim.invitation(), "enrollment.invitation"));
  ASSIGN_OR_RETURN(const auto* invitation, world.Find<domain::InvitationState>(claim.invitation()));
  const std::string text = rpc::EnrollmentText(context.origin, context.caller.key.name());
  if (invitation == nullptr ||
      !rpc::SignedBy(rpc::kEd25519, invitation->claim.code_spki(), text, claim.code_proof())) {
    return domain::Error(v1::REASON_INVITATION_INVALID);
  }
  return domain::DecideEnroll(world, context, claim);
}

domain::Decided DecideIdentity(domain::World& world, domain::Context& context,
                               const v1::RotateKeyRequest& request) {
  const claim::v1::KeyRotation& claim = request.rotation();
  ASSIGN_OR_RETURN(const std::string name, NameOf("keys", claim.algorithm(), claim.spki()));
  const std::string text = rpc::RotationText(context.origin, context.caller.key.name(), name);
  if (!rpc::SignedBy(static_cast<uint8_t>(claim.algorithm()), claim.spki(), text, claim.proof())) {
    return domain::Error(v1::REASON_POSSESSION);
  }
  return domain::DecideRotateKey(world, context, name, claim);
}

domain::Decided DecideIdentity(domain::World& world, domain::Context& context,
                               const v1::RevokeKeyRequest& request) {
  RETURN_IF_ERROR(CheckName("keys", request.revocation().key(), "revocation.key"));
  return domain::DecideRevokeKey(world, context, request.revocation());
}

domain::Decided DecideIdentity(domain::World& world, domain::Context& context,
                               const v1::ProposeChangeRequest& request) {
  if (request.proposal().has_key_revocation()) {
    RETURN_IF_ERROR(CheckName("keys", request.proposal().key_revocation().key(),
                              "proposal.key_revocation.key"));
  }
  std::string invitation;
  if (request.proposal().has_recovery()) {
    ASSIGN_OR_RETURN(invitation, NameOf("invitations", claim::v1::KEY_ALGORITHM_ED25519,
                                        request.proposal().recovery().code_spki()));
  }
  return domain::DecidePropose(world, context, request.proposal(), invitation);
}

domain::Decided DecideIdentity(domain::World& world, domain::Context& context,
                               const v1::ProposeAttestationRequest& request) {
  RETURN_IF_ERROR(
      CheckName("keys", request.proposal().attestation().key(), "proposal.attestation.key"));
  return domain::DecideProposeAttestation(world, context, request.proposal());
}

domain::Decided DecideIdentity(domain::World& world, domain::Context& context,
                               const v1::ApproveChangeRequest& request) {
  return domain::DecideApprove(world, context, request.approval());
}

IdentityRules FindIdentityRules(const google::protobuf::Message& request) {
  const auto* type = request.GetDescriptor();
  if (type == v1::InviteMemberRequest::descriptor()) return &DecideAs<v1::InviteMemberRequest>;
  if (type == v1::EnrollKeyRequest::descriptor()) return &DecideAs<v1::EnrollKeyRequest>;
  if (type == v1::RotateKeyRequest::descriptor()) return &DecideAs<v1::RotateKeyRequest>;
  if (type == v1::RevokeKeyRequest::descriptor()) return &DecideAs<v1::RevokeKeyRequest>;
  if (type == v1::ProposeChangeRequest::descriptor()) return &DecideAs<v1::ProposeChangeRequest>;
  if (type == v1::ProposeAttestationRequest::descriptor()) {
    return &DecideAs<v1::ProposeAttestationRequest>;
  }
  if (type == v1::ApproveChangeRequest::descriptor()) return &DecideAs<v1::ApproveChangeRequest>;
  return nullptr;
}

}  // namespace suyuan::store
