#include "services/registry/projection.h"

#include "services/domain/complaint.h"
#include "services/domain/time.h"
#include "services/rpc/listing.h"
#include "services/store/events.h"
#include "storage/base/status.h"
#include "suyuan/v1/identity.pb.h"
#include "suyuan/v1/registry.pb.h"

namespace suyuan::registry {
namespace {

using event::v1::Event;

// One event's fold. Thread-compatible.
struct Fold {
  index::Rows& rows;
  std::string position;
  google::protobuf::Timestamp record_time;
  std::string newest;

  template <typename Message, typename Claim>
  Message New(const std::string& name, const Claim& claim) const {
    Message message;
    message.set_name(name);
    *message.mutable_claim() = claim;
    *message.mutable_record_time() = record_time;
    return message;
  }
  template <typename Message>
  void Put(std::string_view list, const std::string& party, const Message& message) const {
    rpc::PutThing(rows, message.name(), position, message);
    rpc::AddToList(rows, list, position, message.name());
    rpc::AddToList(rows, rpc::ListOf(party, list), position, message.name());
  }
  template <typename Message, typename Claim>
  void PutOwned(std::string_view list, const std::string& name, const std::string& party,
                const Claim& claim) const {
    Message message = New<Message>(name, claim);
    message.set_party(party);
    Put(list, party, message);
  }
};

absl::Status Revoke(const std::string& name, const claim::v1::KeyRevocation& claim,
                    index::Rows& rows) {
  v1::Key key;
  std::string position;
  ASSIGN_OR_RETURN(const bool found, rpc::FindThing(rows, name, &key, &position));
  if (!found) return absl::OkStatus();  // A module's system key: it is nobody's to list.
  key.set_revoked(true);
  key.set_cause(claim.cause());
  if (claim.has_suspected_since()) *key.mutable_suspected_since() = claim.suspected_since();
  rpc::PutThing(rows, name, position, key);
  return absl::OkStatus();
}

absl::Status Approve(const event::v1::ChangeApproved& approved, index::Rows& rows) {
  v1::Proposal proposal;
  std::string position;
  const std::string& name = approved.claim().proposal();
  ASSIGN_OR_RETURN(const bool found, rpc::FindThing(rows, name, &proposal, &position));
  if (!found) return absl::DataLossError("what was approved was not proposed");
  proposal.set_approved(true);
  rpc::PutThing(rows, name, position, proposal);
  if (!approved.what().has_key_revocation()) return absl::OkStatus();
  return Revoke(approved.what().key_revocation().key(), approved.what().key_revocation(), rows);
}

void FileComplaint(const domain::EventAt& at, const Fold& fold) {
  v1::Complaint complaint;
  complaint.set_name(at.event.complaint_filed().complaint());
  domain::FoldComplaint(at, &complaint);
  rpc::PutThing(fold.rows, complaint.name(), fold.newest, complaint);
  rpc::AddToList(fold.rows, kComplaints, fold.newest, complaint.name());
  rpc::AddToList(fold.rows, kOpenComplaints, fold.position, complaint.name());
  if (complaint.batch().empty()) return;
  rpc::AddToList(fold.rows, rpc::ListOf(complaint.batch(), kComplaints), fold.newest,
                 complaint.name());
}

absl::Status ChangeComplaint(const domain::EventAt& at, const std::string& name, const Fold& fold) {
  v1::Complaint complaint;
  std::string position;
  ASSIGN_OR_RETURN(const bool found, rpc::FindThing(fold.rows, name, &complaint, &position));
  if (!found) return absl::DataLossError("a complaint changes that was never filed: " + name);
  domain::FoldComplaint(at, &complaint);
  rpc::PutThing(fold.rows, name, position, complaint);
  if (!domain::IsOpen(complaint)) {
    // The record that filed it has one event.
    rpc::RemoveFromList(fold.rows, kOpenComplaints,
                        rpc::OldestFirst(static_cast<uint64_t>(complaint.sequence()), 0));
    rpc::AddToList(fold.rows, kClosedComplaints, fold.position, name);
  }
  return absl::OkStatus();
}

void RecordCertification(const Event& event, const Fold& fold) {
  const event::v1::CertificationRecorded& what = event.certification_recorded();
  auto certification = fold.New<v1::Certification>(what.certification(), what.claim());
  certification.set_authority(event.actor_party());
  fold.Put(kCertifications, what.claim().holder(), certification);
}

absl::Status EndCertification(const claim::v1::CertificationEnd& claim, const Fold& fold) {
  v1::Certification certification;
  std::string position;
  ASSIGN_OR_RETURN(const bool found,
                   rpc::FindThing(fold.rows, claim.certification(), &certification, &position));
  if (!found) return absl::DataLossError("a certification ends that was never recorded");
  *certification.mutable_end() = claim;
  *certification.mutable_end_record_time() = fold.record_time;
  rpc::PutThing(fold.rows, certification.name(), position, certification);
  return absl::OkStatus();
}

// A device of a member, who may begin with it.
void Enroll(const event::v1::MemberEnrolled& what, const Fold& fold) {
  if (what.begins()) {
    claim::v1::Member member;
    member.set_party(what.party());
    member.set_role(what.role());
    if (what.has_from_time()) *member.mutable_from_time() = what.from_time();
    if (what.has_until_time()) *member.mutable_until_time() = what.until_time();
    fold.Put(kMembers, what.party(), fold.New<v1::Member>(what.member(), member));
  }
  claim::v1::Key key;
  key.set_member(what.member());
  key.set_algorithm(what.claim().algorithm());
  key.set_spki(what.claim().spki());
  fold.PutOwned<v1::Key>(kKeys, what.key(), what.party(), key);
}

absl::Status Rotate(const Event& event, const Fold& fold) {
  const event::v1::KeyRotated& what = event.key_rotated();
  claim::v1::Key key;
  key.set_member(event.actor_member());
  key.set_algorithm(what.claim().algorithm());
  key.set_spki(what.claim().spki());
  fold.PutOwned<v1::Key>(kKeys, what.key(), event.actor_party(), key);
  claim::v1::KeyRevocation superseded;
  superseded.set_cause(claim::v1::KeyRevocation::CAUSE_SUPERSEDED);
  return Revoke(what.old_key(), superseded, fold.rows);
}

absl::Status Apply(const domain::EventAt& at, const Fold& fold) {
  const Event& event = at.event;
  switch (event.what_case()) {
    case Event::kPartyRegistered: {
      const auto& what = event.party_registered();
      fold.Put(kParties, what.party(), fold.New<v1::Party>(what.party(), what.claim()));
      break;
    }
    case Event::kMemberAdded: {
      const auto& what = event.member_added();
      fold.Put(kMembers, what.claim().party(), fold.New<v1::Member>(what.member(), what.claim()));
      break;
    }
    case Event::kKeyEnrolled: {
      const auto& what = event.key_enrolled();
      fold.PutOwned<v1::Key>(kKeys, what.key(), what.party(), what.claim());
      break;
    }
    case Event::kKeyRevoked:
      return Revoke(event.key_revoked().claim().key(), event.key_revoked().claim(), fold.rows);
    case Event::kChangeProposed: {
      const auto& what = event.change_proposed();
      auto proposal = fold.New<v1::Proposal>(what.proposal(), what.claim());
      proposal.set_party(event.actor_party());
      proposal.set_member(event.actor_member());
      rpc::PutThing(fold.rows, what.proposal(), fold.newest, proposal);
      rpc::AddToList(fold.rows, kProposals, fold.newest, what.proposal());
      break;
    }
    case Event::kChangeApproved:
      return Approve(event.change_approved(), fold.rows);
    case Event::kMemberEnrolled:
      Enroll(event.member_enrolled(), fold);
      break;
    case Event::kKeyRotated:
      return Rotate(event, fold);
    case Event::kSiteRegistered: {
      const auto& what = event.site_registered();
      fold.PutOwned<v1::Site>(kSites, what.site(), what.party(), what.claim());
      break;
    }
    case Event::kPlotRegistered: {
      const auto& what = event.plot_registered();
      fold.PutOwned<v1::Plot>(kPlots, what.plot(), what.party(), what.claim());
      break;
    }
    case Event::kProductRegistered: {
      const auto& what = event.product_registered();
      fold.PutOwned<v1::Product>(kProducts, what.product(), what.party(), what.claim());
      break;
    }
    case Event::kCertificationRecorded:
      RecordCertification(event, fold);
      break;
    case Event::kCertificationEnded:
      return EndCertification(event.certification_ended().claim(), fold);
    case Event::kComplaintFiled:
      FileComplaint(at, fold);
      break;
    case Event::kComplaintAccepted:
      return ChangeComplaint(at, event.complaint_accepted().claim().complaint(), fold);
    case Event::kComplaintRejected:
      return ChangeComplaint(at, event.complaint_rejected().claim().complaint(), fold);
    case Event::kComplaintAnswered:
      return ChangeComplaint(at, event.complaint_answered().claim().complaint(), fold);
    default:
      break;
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<kv::Family> RegistryProjection::families() const { return rpc::ListingFamilies(); }

absl::Status RegistryProjection::Apply(const ledger::Record& record, index::Rows& rows) {
  return store::ForEachEvent(record, [&rows](const domain::EventAt& at) {
    const Fold fold{rows, rpc::OldestFirst(at.sequence, at.index), domain::StampOf(at.record_time),
                    rpc::NewestFirst(at.sequence, at.index)};
    return registry::Apply(at, fold);
  });
}

}  // namespace suyuan::registry
