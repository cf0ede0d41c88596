// Requests about identity, decided: names and proofs by cryptography, the rest by the domain's
// rules. Whoever verifies a log decides them again, so that no record says who may write but by
// these rules.
#pragma once

#include "google/protobuf/message.h"
#include "services/domain/deciders.h"
#include "suyuan/v1/identity.pb.h"

namespace suyuan::store {

// KEY_MALFORMED: not a key; FIELD_MALFORMED: not the name of one; and what the deciders refuse.
domain::Decided DecideIdentity(domain::World& world, domain::Context& context,
                               const v1::InviteMemberRequest& request);
// INVITATION_INVALID also where the code's key did not let in this key.
domain::Decided DecideIdentity(domain::World& world, domain::Context& context,
                               const v1::EnrollKeyRequest& request);
// POSSESSION: the new key has not signed.
domain::Decided DecideIdentity(domain::World& world, domain::Context& context,
                               const v1::RotateKeyRequest& request);
domain::Decided DecideIdentity(domain::World& world, domain::Context& context,
                               const v1::RevokeKeyRequest& request);

domain::Decided DecideIdentity(domain::World& world, domain::Context& context,
                               const v1::ProposeChangeRequest& request);
domain::Decided DecideIdentity(domain::World& world, domain::Context& context,
                               const v1::ProposeAttestationRequest& request);
domain::Decided DecideIdentity(domain::World& world, domain::Context& context,
                               const v1::ApproveChangeRequest& request);

// The rules for a request as it was signed; null where it is not about identity.
using IdentityRules = domain::Decided (*)(domain::World&, domain::Context&,
                                          const google::protobuf::Message&);
IdentityRules FindIdentityRules(const google::protobuf::Message& request);

}  // namespace suyuan::store
