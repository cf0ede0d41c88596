// The rules of the chain: pure functions (what is known, who asks, what is claimed) → events or a
// refusal with its Reason. Claims have passed their field rules. A decider tells the World what it
// moves; nothing here knows gRPC, disk or clock.
//
// Movements read `batches/{b}` and write `holdings/{b}/{site}`: two movements of one batch at two
// sites do not get in each other's way, while a hold placed meanwhile turns back all of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/domain/context.h"
#include "services/domain/world.h"
#include "suyuan/claim/v1/chain.pb.h"
#include "suyuan/claim/v1/complaint.pb.h"

namespace suyuan::domain {

using Decided = absl::StatusOr<Decision>;
template <typename Claim>
using Claims = google::protobuf::RepeatedPtrField<Claim>;

// Identity. Names of keys and invitations are computed, and what is signed is verified, before.
// INVITATION_TERM, FIELD_OUT_OF_RANGE (the member's term), NOT_OWN, PARTY_MANAGED.
Decided DecideInvite(World& world, Context& context, const std::string& invitation,
                     const claim::v1::Invitation& claim);
// For a newcomer who has proven that he knows the code. INVITATION_INVALID whatever is wrong with
// it; ALREADY_EXISTS (key).
Decided DecideEnroll(World& world, Context& context, const claim::v1::Enrollment& claim);
Decided DecideRotateKey(World& world, Context& context, const std::string& key,
                        const claim::v1::KeyRotation& claim);
// SUSPICION, KEY_REVOKED; NOT_FOUND for who may not revoke it: it is his own, of a party he
// manages, or he is of a regulator.
Decided DecideRevokeKey(World& world, Context& context, const claim::v1::KeyRevocation& claim);

// Two persons: one proposes, another approves, with a key let in 7 days ago or longer, or at
// genesis. GRANT, PARTY_ROLE, NOT_FOUND; of a recovery INVITATION_TERM, PARTY_MANAGED; SAME_PERSON,
// PROPOSAL_CLOSED. `invitation`: of a recovery, the name of its code's key.
Decided DecidePropose(World& world, Context& context, const claim::v1::Proposal& claim,
                      const std::string& invitation);
Decided DecideApprove(World& world, Context& context, const claim::v1::Approval& claim);
// By a manager of the key's party; another party's approver who reaches it approves. GRANT with
// {detail}: the proposal is no attestation, the key is not his party's or not suspected, or nothing
// of the time is disputed.
Decided DecideProposeAttestation(World& world, Context& context, const claim::v1::Proposal& claim);

// Registry. ALREADY_EXISTS, SITE_TREE, QUANTITY_MISMATCH, WRONG_UNIT.
Decided DecideRegisterParty(World& world, Context& context, const claim::v1::Party& claim);
Decided DecideRegisterSite(World& world, Context& context, const claim::v1::Site& claim);
Decided DecideRegisterPlot(World& world, Context& context, const claim::v1::Plot& claim);
Decided DecideRegisterProduct(World& world, Context& context, const claim::v1::Product& claim);
// NOT_OWN.
Decided DecideProductUse(World& world, Context& context, const claim::v1::ProductUse& claim);

// Certifications, by an officer in whose jurisdiction the holder is seated. NOT_FOUND,
// HOLDER_SUSPENDED, DUPLICATE, CERTIFIED_PRODUCT, CERTIFICATION_TERM, ALREADY_EXISTS (number).
Decided DecideRecordCertification(World& world, Context& context,
                                  const claim::v1::Certification& claim);
// Of a suspended holder too. NOT_FOUND, CERTIFICATION_ENDED, CERTIFICATION_END_DATE.
Decided DecideEndCertification(World& world, Context& context,
                               const claim::v1::CertificationEnd& claim);

// What a kept claim says of a person: both or neither, and nobody who was erased.
absl::Status CheckPrivate(World& world, const std::string& person, const std::string& private_root);
// `party`: whose the vault says the person is. NOT_FOUND for another's, ERASED.
Decided DecideEraseMember(World& world, Context& context, const claim::v1::Erasure& claim,
                          const std::string& party);

// Origin. All or nothing; a refusal of several harvests carries a reason for each bad row.
Decided DecideHarvest(World& world, Context& context, const claim::v1::Harvest& claim);
Decided DecideHarvests(World& world, Context& context, const Claims<claim::v1::Harvest>& claims);

// Transformations, of what the caller possesses and nothing holds. BATCH_ON_HOLD, BATCH_RECALLED,
// NOT_IN_POSSESSION, INSUFFICIENT_QUANTITY, BALANCE, DIFFERENT_PRODUCT, GRADE_UNKNOWN, DUPLICATE,
// LABELS_LIVE.
Decided DecideSplit(World& world, Context& context, const claim::v1::Split& claim);
Decided DecideMerge(World& world, Context& context, const claim::v1::Merge& claim);
Decided DecideGrade(World& world, Context& context, const claim::v1::Grading& claim);
// Held batches too: what is destroyed must be recordable.
Decided DecideLoss(World& world, Context& context, const claim::v1::Loss& claim);

// Inspection. OWN_BATCH, ALREADY_EXISTS (seal), INSUFFICIENT_QUANTITY (a sample larger than the
// batch was), RESULT_EXISTS, VERDICT, NOT_ACCREDITED, SEPARATION, NO_RESULT, RESULT_ISSUED,
// PARTY_ROLE (no laboratory), NOT_ON_HOLD.
Decided DecideSampling(World& world, Context& context, const claim::v1::Sampling& claim);
Decided DecideResult(World& world, Context& context, const claim::v1::TestResult& claim);
// What the answers come to: any value above its limit or a positive screening is non-conformant.
claim::v1::Verdict VerdictOf(const claim::v1::TestResult& claim);
// By a third person: neither who took the sample nor who recorded the result.
Decided DecideIssue(World& world, Context& context, const claim::v1::Issuance& claim);
// A rapid test's, on the spot: nothing is measured, and nothing is issued.
bool OnlyScreenings(const claim::v1::TestResult& claim);
// From its own record on, not from its issue: a rapid test's, or a bad one.
bool CountsAtOnce(const claim::v1::TestResult& claim);
Decided DecideHold(World& world, Context& context, const claim::v1::Hold& claim);
Decided DecideRelease(World& world, Context& context, const claim::v1::Release& claim);

// Shipment, to whoever may take it over. NOT_ADDRESSEE, SHIPMENT_CLOSED, RECEIVED_TOO_MUCH,
// SHORTFALL_CAUSE, SAME_SITE, PARTY_ROLE, TEMPERATURE_RANGE.
Decided DecideShip(World& world, Context& context, const claim::v1::Dispatch& claim);
Decided DecideReceive(World& world, Context& context, const claim::v1::Arrival& claim);
Decided DecideRefuse(World& world, Context& context, const claim::v1::Refusal& claim);

// Labels, for whoever harvested or made the batch. LABEL_BUDGET, NO_NET_CONTENT, LABEL_RANGE.
Decided DecideIssueLabels(World& world, Context& context, const claim::v1::LabelRun& claim,
                          int epoch, const std::string& host);
// LABEL_STAGE for what is retired: it has left its pack, and its number is not free again.
Decided DecideVoidLabels(World& world, Context& context, const claim::v1::LabelVoid& claim);
// A step of labels: printed, applied, retired, only forward, by the run's party alone. LABEL_RANGE,
// LABEL_STAGE with the first {number} that cannot take it; FIELD_REQUIRED or FIELD_MALFORMED for a
// cause that is missing or of no use.
Decided DecideMarkLabels(World& world, Context& context, const claim::v1::LabelMark& claim);

// Recall. `scope`: descendants at the log's `as_of_size`, roots first; at most kRecallScopeMax of
// them stand in one record, the rest follows by DecideExtendRecall. Until that says `complete`, no
// batch of the roots' products moves: descendants are of the same products, so none gets away. A
// drill writes its own stream alone: batches and products never learn of it.
constexpr size_t kRecallScopeMax = 850;
Decided DecideOpenRecall(World& world, Context& context, const claim::v1::Recall& claim,
                         const std::vector<std::string>& scope, uint64_t as_of_size);
// A system act: adds what is not in scope yet, at most kRecallScopeMax of `scope`. `complete`: with
// it the scope holds every descendant. An empty decision: nothing to add and nothing to complete.
Decided DecideExtendRecall(World& world, Context& context, const std::string& recall,
                           const std::vector<std::string>& scope, uint64_t as_of_size,
                           bool complete);
Decided DecideCloseRecall(World& world, Context& context, const claim::v1::RecallClosure& claim);

// Complaints. A system act of the module that files them: `proposal` without complaint and party,
// which are derived. NOT_ALLOWED, NOT_FOUND (batch), ALREADY_EXISTS, ERASED.
Decided DecideFileComplaint(World& world, Context& context,
                            const event::v1::ComplaintFiled& proposal);
// By an officer in whose jurisdiction the batch's party is seated. NOT_FOUND, COMPLAINT_STAGE.
Decided DecideAcceptComplaint(World& world, Context& context,
                              const claim::v1::ComplaintAcceptance& claim);
Decided DecideRejectComplaint(World& world, Context& context,
                              const claim::v1::ComplaintRejection& claim);
Decided DecideAnswerComplaint(World& world, Context& context,
                              const claim::v1::ComplaintAnswer& claim);

}  // namespace suyuan::domain
