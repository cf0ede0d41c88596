#include "services/domain/states.h"

#include <iterator>

#include "services/domain/complaint.h"
#include "services/domain/states_identity.h"
#include "storage/base/bytes.h"
#include "storage/base/hash.h"
#include "storage/base/text.h"

namespace suyuan::domain {

std::string HoldingStream(const std::string& batch, const std::string& site) {
  return StrCat("holdings/", BatchId::FromName(batch).id(), "/", SiteId::FromName(site).id());
}

std::string LabelBudgetStream(const std::string& batch) {
  return StrCat("label-budgets/", BatchId::FromName(batch).id());
}

std::string RecallBrakeStream(const std::string& product) {
  return StrCat("recall-brakes/", ProductId::FromName(product).id());
}

std::string CertificationNumberStream(const claim::v1::Certification& claim) {
  // Written otherwise it is the same number.
  std::string number = claim.number();
  std::erase_if(number, [](char c) { return c == '-' || c == '.' || c == '/'; });
  // Many may use one geographical indication.
  const bool shared = claim.scheme() == claim::v1::CERTIFICATION_SCHEME_GEOGRAPHICAL_INDICATION;
  const Hash hash = Sha256(claim::v1::CertificationScheme_Name(claim.scheme()), "\n", number,
                           shared ? StrCat("\n", claim.holder()) : "");
  return StrCat("certification-numbers/", HexOf(AsBytes(hash).substr(0, 16)));
}

std::string UniqueStream(std::string_view kind, std::string_view value) {
  return StrCat("claims/", kind, "/", HexOf(AsBytes(Sha256(value)).substr(0, 16)));
}

std::shared_ptr<StreamState> NewState(std::string_view name) {
  struct Kind {
    std::string_view prefix;
    std::shared_ptr<StreamState> (*make)(std::string_view);
  };
  static constexpr Kind kKinds[] = {
#define KIND(prefix, State)                                               \
  {                                                                       \
    prefix, [](std::string_view stream) -> std::shared_ptr<StreamState> { \
      return std::make_shared<State>(stream);                             \
    }                                                                     \
  }
      KIND("batches/", BatchState),
      KIND("holdings/", HoldingState),
      KIND("keys/", KeyState),
      KIND("members/", MemberState),
      KIND("parties/", PartyState),
      KIND("sites/", SiteState),
      KIND("plots/", PlotState),
      KIND("products/", ProductState),
      KIND("shipments/", ShipmentState),
      KIND("samplings/", SamplingState),
      KIND("recalls/", RecallState),
      KIND("recall-brakes/", RecallBrakeState),
      KIND("labelRuns/", LabelRunState),
      KIND("label-budgets/", LabelBudgetState),
      KIND("claims/", UniqueState),
      KIND("invitations/", InvitationState),
      KIND("grants/", GrantsState),
      KIND("proposals/", ProposalState),
      KIND("persons/", PersonState),
      KIND("complaints/", ComplaintState),
      KIND("certifications/", CertificationState),
      KIND("certification-numbers/", CertificationNumberState),
#undef KIND
  };
  for (const Kind& kind : kKinds) {
    if (name.starts_with(kind.prefix)) return kind.make(name);
  }
  return nullptr;
}

void UniqueState::Apply(const EventAt& at) {
  const event::v1::ProductRegistered& event = at.event.product_registered();
  if (!event.claim().gtin().empty()) product = event.product();
}

void SiteState::Apply(const EventAt& at) {
  const event::v1::SiteRegistered& event = at.event.site_registered();
  if (event.site() != stream()) return;
  party = event.party();
  claim = event.claim();
}

void PlotState::Apply(const EventAt& at) {
  const event::v1::PlotRegistered& event = at.event.plot_registered();
  if (event.plot() != stream()) return;
  party = event.party();
  claim = event.claim();
}

void ProductState::Apply(const EventAt& at) {
  const claim::v1::ProductUse& use = at.event.product_use_set().claim();
  if (use.product() == stream()) {
    if (use.allowed()) {
      users.insert(use.party());
    } else {
      users.erase(use.party());
    }
  }
  const event::v1::ProductRegistered& event = at.event.product_registered();
  if (event.product() != stream()) return;
  party = event.party();
  claim = event.claim();
}

void SamplingState::Apply(const EventAt& at) {
  if (at.event.sample_taken().sampling() == stream()) {
    party = at.event.actor_party();
    member = at.event.actor_member();
    claim = at.event.sample_taken().claim();
    lab = claim.lab().empty() ? party : claim.lab();
  } else if (at.event.result_recorded().claim().sampling() == stream()) {
    result = at.event.result_recorded().result();
    result_claim = at.event.result_recorded().claim();
    result_sequence = at.sequence;
    analyst = at.event.actor_member();
  } else if (at.event.result_issued().claim().sampling() == stream()) {
    signatory = at.event.actor_member();
    issue_time = at.record_time;
  }
}

void RecallState::Apply(const EventAt& at) {
  const auto add = [this](const google::protobuf::RepeatedPtrField<std::string>& batches) {
    scope.insert(batches.begin(), batches.end());
  };
  if (at.event.recall_opened().recall() == stream()) {
    const event::v1::RecallOpened& event = at.event.recall_opened();
    party = at.event.actor_party();
    claim = event.claim();
    as_of_size = event.as_of_size();
    record_time = at.record_time;
    products.insert(event.products().begin(), event.products().end());
    add(event.scope());
  } else if (at.event.recall_extended().recall() == stream()) {
    add(at.event.recall_extended().scope());
    complete |= at.event.recall_extended().complete();
  } else if (at.event.recall_closed().claim().recall() == stream()) {
    closed = true;
    outcome = at.event.recall_closed().claim().outcome();
    close_key = at.event.recall_closed().key();
    close_time = at.record_time;
  }
}

void RecallBrakeState::Apply(const EventAt& at) {
  if (at.event.has_recall_opened()) {
    recalls.insert(at.event.recall_opened().recall());
  } else if (at.event.recall_extended().complete()) {
    recalls.erase(at.event.recall_extended().recall());
  } else if (at.event.has_recall_closed()) {
    recalls.erase(at.event.recall_closed().claim().recall());
  }
}

void CertificationState::Apply(const EventAt& at) {
  const event::v1::CertificationRecorded& recorded = at.event.certification_recorded();
  if (recorded.certification() == stream()) {
    claim = recorded.claim();
    record_time = at.record_time;
  }
  const claim::v1::CertificationEnd& end = at.event.certification_ended().claim();
  if (end.certification() != stream()) return;
  ended = true;
  error |= end.cause() == claim::v1::CertificationEnd::CAUSE_ERROR;
}

bool CertificationNumberState::Overlaps(const claim::v1::Certification& claim) const {
  return std::any_of(terms.begin(), terms.end(), [&](const Term& term) {
    return claim.from_date() <= term.until_date && term.from_date <= claim.until_date() &&
           (term.end_date.empty() || claim.from_date() < term.end_date);
  });
}

void CertificationNumberState::Apply(const EventAt& at) {
  const event::v1::CertificationRecorded& recorded = at.event.certification_recorded();
  const claim::v1::CertificationEnd& end = at.event.certification_ended().claim();
  if (at.event.has_certification_recorded() &&
      CertificationNumberStream(recorded.claim()) == stream()) {
    terms.push_back({recorded.certification(), recorded.claim().from_date(),
                     recorded.claim().until_date(), ""});
  } else if (at.event.has_certification_ended()) {
    if (end.cause() == claim::v1::CertificationEnd::CAUSE_ERROR) {
      std::erase_if(terms,
                    [&](const Term& term) { return term.certification == end.certification(); });
      return;
    }
    for (Term& term : terms) {
      if (term.certification == end.certification()) term.end_date = end.end_date();
    }
  }
}

void LabelRunState::Apply(const EventAt& at) {
  if (at.event.labels_issued().run() == stream()) {
    party = at.event.actor_party();
    batch = at.event.labels_issued().claim().batch();
    count = at.event.labels_issued().claim().count();
  } else if (at.event.labels_voided().claim().run() == stream()) {
    const claim::v1::LabelVoid& claim = at.event.labels_voided().claim();
    voided.Add(claim.first(), claim.last());
  } else if (at.event.labels_marked().claim().run() == stream()) {
    const claim::v1::LabelMark& claim = at.event.labels_marked().claim();
    if (claim.reprint() != claim::v1::REPRINT_CAUSE_UNSPECIFIED) return;
    Ranges& taken = claim.stage() == claim::v1::LABEL_STAGE_PRINTED   ? printed
                    : claim.stage() == claim::v1::LABEL_STAGE_APPLIED ? applied
                                                                      : retired;
    taken.Add(claim.first(), claim.last());
  }
}

void LabelBudgetState::Apply(const EventAt& at) {
  const event::v1::LabelsIssued& issued = at.event.labels_issued();
  const event::v1::LabelsVoided& voided = at.event.labels_voided();
  if (at.event.has_labels_issued() && LabelBudgetStream(issued.claim().batch()) == stream()) {
    live += issued.claim().count();
  } else if (at.event.has_labels_voided() && LabelBudgetStream(voided.batch()) == stream()) {
    live -= voided.claim().last() - voided.claim().first() + 1;
  }
  if (LabelBudgetStream(at.event.batch_split().claim().batch()) == stream()) {
    for (const event::v1::DerivedBatch& output : at.event.batch_split().outputs()) {
      transformed += output.quantity().amount();
    }
  }
  for (const claim::v1::BatchQuantity& input : at.event.batches_merged().claim().inputs()) {
    if (LabelBudgetStream(input.batch()) == stream()) transformed += input.quantity().amount();
  }
  const claim::v1::BatchQuantity& graded = at.event.batch_graded().claim().input();
  if (LabelBudgetStream(graded.batch()) == stream()) transformed += graded.quantity().amount();
}

}  // namespace suyuan::domain
