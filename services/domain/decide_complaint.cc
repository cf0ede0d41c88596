// What may become of a complaint.
#include "services/domain/chain_rules.h"
#include "services/domain/complaint.h"
#include "services/domain/deciders.h"
#include "services/domain/error.h"
#include "services/domain/time.h"
#include "storage/base/status.h"

namespace suyuan::domain {
namespace {

// One that is at this stage and within the officer's jurisdiction; it is written.
absl::Status Move(World& world, const Context& context, const std::string& name,
                  v1::ComplaintStage stage, const claim::v1::When& occur) {
  RETURN_IF_ERROR(CheckOccurTime(occur, context.now));
  ASSIGN_OR_RETURN(const ComplaintState* state, Get<ComplaintState>(world, name));
  // About no batch of ours: no party's, and so every officer's.
  if (!state->complaint.party().empty()) {
    RETURN_IF_ERROR(CheckReach(world, context, state->complaint.party(), name));
  }
  if (state->complaint.stage() != stage) return Error(v1::REASON_COMPLAINT_STAGE);
  world.Write(name);
  return absl::OkStatus();
}

}  // namespace

Decided DecideFileComplaint(World& world, Context& context,
                            const event::v1::ComplaintFiled& proposal) {
  if (!context.caller.system || context.caller.module != kComplaintModule) {
    return Error(v1::REASON_NOT_ALLOWED);
  }
  if (proposal.ticket_hash().size() != kHashSize) {
    return Error(v1::REASON_FIELD_MALFORMED, {{"field", "ticket_hash"}});
  }
  const ComplaintId complaint =
      ComplaintOf(context.ledger_id, HashFromBytes(proposal.ticket_hash()));
  RETURN_IF_ERROR(CheckPrivate(world, PersonOf(complaint).name(), proposal.private_root()));
  event::v1::Event event;
  event::v1::ComplaintFiled& filed = *event.mutable_complaint_filed();
  filed = proposal;
  filed.set_complaint(complaint.name());
  if (!proposal.batch().empty()) {
    ASSIGN_OR_RETURN(const BatchState* batch, Get<BatchState>(world, proposal.batch()));
    filed.set_party(batch->party);
  }
  RETURN_IF_ERROR(Begin(world, complaint.name()));
  return Decision{event};
}

Decided DecideAcceptComplaint(World& world, Context& context,
                              const claim::v1::ComplaintAcceptance& claim) {
  RETURN_IF_ERROR(
      Move(world, context, claim.complaint(), v1::COMPLAINT_STAGE_RECEIVED, claim.occur()));
  event::v1::Event event;
  *event.mutable_complaint_accepted()->mutable_claim() = claim;
  return Decision{event};
}

Decided DecideRejectComplaint(World& world, Context& context,
                              const claim::v1::ComplaintRejection& claim) {
  RETURN_IF_ERROR(
      Move(world, context, claim.complaint(), v1::COMPLAINT_STAGE_RECEIVED, claim.occur()));
  event::v1::Event event;
  *event.mutable_complaint_rejected()->mutable_claim() = claim;
  return Decision{event};
}

Decided DecideAnswerComplaint(World& world, Context& context,
                              const claim::v1::ComplaintAnswer& claim) {
  RETURN_IF_ERROR(
      Move(world, context, claim.complaint(), v1::COMPLAINT_STAGE_ACCEPTED, claim.occur()));
  event::v1::Event event;
  *event.mutable_complaint_answered()->mutable_claim() = claim;
  return Decision{event};
}

}  // namespace suyuan::domain
