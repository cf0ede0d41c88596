#include <algorithm>
#include <set>
#include <string>

#include "services/domain/chain_rules.h"
#include "services/domain/deciders.h"
#include "services/domain/error.h"
#include "services/domain/states_identity.h"
#include "services/domain/time.h"
#include "storage/base/status.h"

namespace suyuan::domain {
namespace {

enum class Answer { kPass, kFail, kOpen };

Answer AnswerOf(const claim::v1::AnalyteResult& result) {
  if (result.has_screening()) {
    switch (result.screening().outcome()) {
      case claim::v1::SCREENING_OUTCOME_POSITIVE:
        return Answer::kFail;
      case claim::v1::SCREENING_OUTCOME_NEGATIVE:
        return Answer::kPass;
      default:
        return Answer::kOpen;
    }
  }
  if (!result.has_measurement()) return Answer::kOpen;
  const claim::v1::Measurement& measured = result.measurement();
  if (measured.limit_ng_per_kg() == 0) return Answer::kPass;  // Nothing to exceed; shown as such.
  if (measured.value_ng_per_kg() <= measured.limit_ng_per_kg()) return Answer::kPass;
  // "Below 0.1" says nothing about a limit of 0.05.
  return measured.below() ? Answer::kOpen : Answer::kFail;
}

absl::Status CheckMeasured(const claim::v1::AnalyteResult& result) {
  const std::string& entered = result.measurement().entered();
  if (entered.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Residue residue, ParseResidue(entered));
  if (residue.below != result.measurement().below() ||
      residue.ng_per_kg != result.measurement().value_ng_per_kg()) {
    return Error(v1::REASON_QUANTITY_MISMATCH, {{"entered", entered}});
  }
  return absl::OkStatus();
}

event::v1::Event Held(const std::string& hold, const std::string& batch,
                      claim::v1::HoldCause cause) {
  event::v1::Event event;
  event.mutable_hold_placed()->set_hold(hold);
  event.mutable_hold_placed()->set_batch(batch);
  event.mutable_hold_placed()->set_cause(cause);
  return event;
}

// Accredited at the test and now, for every analyte and for the product's class.
absl::Status CheckAccredited(World& world, const Context& context,
                             const claim::v1::TestResult& claim, const BatchState& batch) {
  ASSIGN_OR_RETURN(const ProductState* product, Get<ProductState>(world, batch.product));
  ASSIGN_OR_RETURN(const GrantsState* grants,
                   world.Find<GrantsState>(GrantStream(context.caller.party.name())));
  const auto has = [](const auto& list, const std::string& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
  };
  const auto covers = [&](const GrantsState::Held& held, const std::string& analyte) {
    const claim::v1::Grant& grant = held.claim;
    return grant.role() == claim::v1::PARTY_ROLE_LAB && held.ValidAt(context.now) &&
           held.ValidAt(TimeOf(claim.occur().time())) && has(grant.parameters(), analyte) &&
           (grant.product_classes().empty() ||
            has(grant.product_classes(), product->claim.product_class()));
  };
  for (const claim::v1::AnalyteResult& result : claim.results()) {
    const bool accredited =
        grants != nullptr &&
        std::any_of(grants->held.begin(), grants->held.end(),
                    [&](const GrantsState::Held& held) { return covers(held, result.analyte()); });
    if (!accredited) return Error(v1::REASON_NOT_ACCREDITED, {{"detail", result.analyte()}});
  }
  return absl::OkStatus();
}

// The laboratory a sample goes to is one, and not the batch's own party.
absl::Status CheckLab(World& world, const Context& context, const claim::v1::Sampling& claim,
                      const BatchState& batch) {
  const std::string& lab = claim.lab().empty() ? context.caller.party.name() : claim.lab();
  if (batch.party == lab || batch.maker == lab) return Error(v1::REASON_OWN_BATCH);
  ASSIGN_OR_RETURN(const GrantsState* grants, world.Find<GrantsState>(GrantStream(lab)));
  const bool tests =
      grants != nullptr &&
      std::any_of(grants->held.begin(), grants->held.end(), [&](const GrantsState::Held& held) {
        return held.claim.role() == claim::v1::PARTY_ROLE_LAB && held.ValidAt(context.now);
      });
  return tests ? absl::OkStatus() : Error(v1::REASON_PARTY_ROLE);
}

}  // namespace

bool OnlyScreenings(const claim::v1::TestResult& claim) {
  return std::all_of(claim.results().begin(), claim.results().end(),
                     [](const auto& result) { return result.has_screening(); });
}

bool CountsAtOnce(const claim::v1::TestResult& claim) {
  return claim.verdict() == claim::v1::VERDICT_NON_CONFORMANT || OnlyScreenings(claim);
}

claim::v1::Verdict VerdictOf(const claim::v1::TestResult& claim) {
  bool open = false;
  for (const claim::v1::AnalyteResult& result : claim.results()) {
    const Answer answer = AnswerOf(result);
    if (answer == Answer::kFail) return claim::v1::VERDICT_NON_CONFORMANT;
    open |= answer == Answer::kOpen;
  }
  return open ? claim::v1::VERDICT_INCONCLUSIVE : claim::v1::VERDICT_CONFORMANT;
}

Decided DecideSampling(World& world, Context& context, const claim::v1::Sampling& claim) {
  RETURN_IF_ERROR(CheckOccurTime(claim.occur(), context.now));
  ASSIGN_OR_RETURN(const BatchState* batch, Get<BatchState>(world, claim.batch()));
  const std::string& caller = context.caller.party.name();
  if (batch->party == caller || batch->maker == caller) return Error(v1::REASON_OWN_BATCH);
  RETURN_IF_ERROR(CheckReach(world, context, batch->party, claim.batch()));
  RETURN_IF_ERROR(CheckLab(world, context, claim, *batch));
  ASSIGN_OR_RETURN(const Amount sample, CheckQuantity(claim.sample()));
  if (sample.unit != batch->quantity.unit()) return Error(v1::REASON_WRONG_UNIT);
  if (sample.value > batch->quantity.amount()) {
    return Error(v1::REASON_INSUFFICIENT_QUANTITY,
                 {{"batch", claim.batch()},
                  {"available", FormatAmount({batch->quantity.amount(), sample.unit}, false)},
                  {"needed", FormatAmount(sample, false)}});
  }
  const std::string seal =
      UniqueStream("seal", std::string(context.caller.party.id()) + "/" + claim.seal_number());
  ASSIGN_OR_RETURN(const UniqueState* taken, world.Find<UniqueState>(seal));
  if (taken != nullptr) {
    return Error(v1::REASON_ALREADY_EXISTS, {{"resource", claim.seal_number()}});
  }
  world.Write(seal);
  event::v1::Event event;
  event.mutable_sample_taken()->set_sampling(context.NewId<SamplingId>().name());
  *event.mutable_sample_taken()->mutable_claim() = claim;
  RETURN_IF_ERROR(Begin(world, event.sample_taken().sampling()));
  return Decision{event};
}

Decided DecideResult(World& world, Context& context, const claim::v1::TestResult& claim) {
  RETURN_IF_ERROR(CheckOccurTime(claim.occur(), context.now));
  ASSIGN_OR_RETURN(const SamplingState* sampling, Get<SamplingState>(world, claim.sampling()));
  if (sampling->lab != context.caller.party.name()) return NotFound(claim.sampling());
  if (sampling->resulted()) return Error(v1::REASON_RESULT_EXISTS);
  const bool one_body = sampling->party == sampling->lab;
  const bool spot_check = sampling->claim.purpose() == claim::v1::SAMPLING_PURPOSE_SPOT_CHECK;
  if (sampling->member == context.caller.member.name() ||
      (one_body && spot_check && !OnlyScreenings(claim))) {
    return Error(v1::REASON_SEPARATION);
  }
  for (const claim::v1::AnalyteResult& result : claim.results()) {
    RETURN_IF_ERROR(CheckMeasured(result));
  }
  if (claim.verdict() != VerdictOf(claim)) return Error(v1::REASON_VERDICT);
  const std::string& batch = sampling->claim.batch();
  ASSIGN_OR_RETURN(const BatchState* tested, Get<BatchState>(world, batch));
  RETURN_IF_ERROR(CheckAccredited(world, context, claim, *tested));
  world.Write(claim.sampling());
  world.Write(batch);
  Decision decision(1);
  event::v1::ResultRecorded* recorded = decision[0].mutable_result_recorded();
  recorded->set_result(context.NewId<ResultId>().name());
  recorded->set_batch(batch);
  *recorded->mutable_claim() = claim;
  if (claim.verdict() == claim::v1::VERDICT_NON_CONFORMANT) {
    const auto cause = OnlyScreenings(claim) ? claim::v1::HOLD_CAUSE_SCREENING_POSITIVE
                                             : claim::v1::HOLD_CAUSE_FAILED_TEST;
    const std::string result = recorded->result();
    decision.push_back(Held(context.NewId<HoldId>().name(), batch, cause));
    decision.back().mutable_hold_placed()->set_result(result);
  }
  return decision;
}

Decided DecideIssue(World& world, Context& context, const claim::v1::Issuance& claim) {
  RETURN_IF_ERROR(CheckOccurTime(claim.occur(), context.now));
  ASSIGN_OR_RETURN(const SamplingState* sampling, Get<SamplingState>(world, claim.sampling()));
  if (sampling->lab != context.caller.party.name()) return NotFound(claim.sampling());
  if (!sampling->resulted() || OnlyScreenings(sampling->result_claim)) {
    return Error(v1::REASON_NO_RESULT);
  }
  if (sampling->issued()) return Error(v1::REASON_RESULT_ISSUED);
  const std::string signatory = context.caller.member.name();
  if (sampling->member == signatory || sampling->analyst == signatory) {
    return Error(v1::REASON_SEPARATION);
  }
  const std::string& batch = sampling->claim.batch();
  ASSIGN_OR_RETURN(const BatchState* tested, Get<BatchState>(world, batch));
  RETURN_IF_ERROR(CheckAccredited(world, context, sampling->result_claim, *tested));
  world.Write(claim.sampling());
  world.Write(batch);
  event::v1::Event event;
  event::v1::ResultIssued* issued = event.mutable_result_issued();
  issued->set_batch(batch);
  issued->set_result(sampling->result);
  issued->set_sequence(static_cast<int64_t>(sampling->result_sequence));
  issued->set_verdict(sampling->result_claim.verdict());
  *issued->mutable_claim() = claim;
  return Decision{event};
}

Decided DecideHold(World& world, Context& context, const claim::v1::Hold& claim) {
  RETURN_IF_ERROR(CheckOccurTime(claim.occur(), context.now));
  ASSIGN_OR_RETURN(const BatchState* batch, Get<BatchState>(world, claim.batch()));
  RETURN_IF_ERROR(CheckReach(world, context, batch->party, claim.batch()));
  world.Write(claim.batch());
  event::v1::Event event = Held(context.NewId<HoldId>().name(), claim.batch(), claim.cause());
  *event.mutable_hold_placed()->mutable_claim() = claim;
  return Decision{event};
}

Decided DecideRelease(World& world, Context& context, const claim::v1::Release& claim) {
  RETURN_IF_ERROR(CheckOccurTime(claim.occur(), context.now));
  ASSIGN_OR_RETURN(const BatchState* batch, Get<BatchState>(world, claim.batch()));
  RETURN_IF_ERROR(CheckReach(world, context, batch->party, claim.batch()));
  ASSIGN_OR_RETURN(const std::set<std::string> holds, StandingHolds(world, *batch));
  if (!holds.contains(claim.hold())) return Error(v1::REASON_NOT_ON_HOLD);
  world.Write(claim.batch());
  event::v1::Event event;
  *event.mutable_hold_released()->mutable_claim() = claim;
  event.mutable_hold_released()->set_key(context.caller.key.name());
  return Decision{event};
}

}  // namespace suyuan::domain
