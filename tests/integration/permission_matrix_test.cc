// Every method × every role × {active, expired, out of term, suspended, revoked, none}, and the
// methods that name a thing × {own, another party's, another jurisdiction's}: each cell is a signed
// call to a running server, and what it must answer comes of the table below, written apart from
// the server's own.
#include <cstdio>
#include <functional>
#include <map>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "google/protobuf/descriptor.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "services/domain/id.h"
#include "storage/base/text.h"
#include "storage/base/uuid.h"
#include "suyuan/ledger/v1/ledger.pb.h"
#include "suyuan/rules/v1/rules.pb.h"
#include "suyuan/v1/audit.pb.h"
#include "suyuan/v1/complaint.pb.h"
#include "suyuan/v1/label.pb.h"
#include "suyuan/v1/operation.pb.h"
#include "suyuan/v1/trace.pb.h"
#include "tests/support/chain.h"
#include "tests/support/methods.h"
#include "tests/support/raw_call.h"

namespace suyuan::test {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

constexpr char kHere[] = "532302", kElsewhere[] = "532301";

enum class Owner { kOwn, kOther, kElsewhere };
enum class State { kActive, kExpired, kOffTerm, kSuspended, kRevoked };

// What a member of a party may do beside what every member may: PERMISSION_READ and _KEYS, and
// _MANAGE_MEMBERS and _ACCESS as a manager.
struct Role {
  const char* name;
  claim::v1::PartyRole party;
  claim::v1::MemberRole member;
  std::set<std::string> permissions;
  bool granted() const {
    return party == claim::v1::PARTY_ROLE_LAB || party == claim::v1::PARTY_ROLE_REGULATOR ||
           party == claim::v1::PARTY_ROLE_AUDITOR;
  }
  bool is(claim::v1::PartyRole role) const { return party == role; }
};

const std::vector<Role>& Roles() {
  using namespace claim::v1;
  const std::set<std::string> coop = {
      "REGISTER_SITES", "REGISTER_PRODUCTION", "HARVEST", "TRANSFORM", "MOVE", "LABEL"};
  const std::set<std::string> officer = {"MANAGE_PARTIES", "HOLD",       "INSPECT", "PROPOSE",
                                         "SIGNALS",        "COMPLAINTS", "CERTIFY"};
  std::set<std::string> approver = officer;
  approver.insert({"RELEASE", "RECALL", "APPROVE"});
  static const auto* roles = new std::vector<Role>{
      {"cooperative manager", PARTY_ROLE_COOPERATIVE, MEMBER_ROLE_MANAGER, coop},
      {"cooperative worker", PARTY_ROLE_COOPERATIVE, MEMBER_ROLE_WORKER, coop},
      {"packer",
       PARTY_ROLE_PACKER,
       MEMBER_ROLE_MANAGER,
       {"REGISTER_SITES", "REGISTER_PRODUCTION", "TRANSFORM", "MOVE", "LABEL"}},
      {"carrier", PARTY_ROLE_CARRIER, MEMBER_ROLE_MANAGER, {"REGISTER_SITES", "MOVE"}},
      {"retailer",
       PARTY_ROLE_RETAILER,
       MEMBER_ROLE_MANAGER,
       {"REGISTER_SITES", "TRANSFORM", "MOVE"}},
      {"laboratory manager",
       PARTY_ROLE_LAB,
       MEMBER_ROLE_MANAGER,
       {"REGISTER_SITES", "INSPECT", "ANALYSE", "ISSUE", "HOLD"}},
      {"sampler", PARTY_ROLE_LAB, MEMBER_ROLE_SAMPLER, {"INSPECT", "HOLD"}},
      {"analyst", PARTY_ROLE_LAB, MEMBER_ROLE_ANALYST, {"ANALYSE", "HOLD"}},
      {"signatory", PARTY_ROLE_LAB, MEMBER_ROLE_SIGNATORY, {"ISSUE", "HOLD"}},
      {"regulator manager", PARTY_ROLE_REGULATOR, MEMBER_ROLE_MANAGER, approver},
      {"officer", PARTY_ROLE_REGULATOR, MEMBER_ROLE_OFFICER, officer},
      {"approver", PARTY_ROLE_REGULATOR, MEMBER_ROLE_APPROVER, approver},
      {"auditor", PARTY_ROLE_AUDITOR, MEMBER_ROLE_MANAGER, {"AUDIT"}},
      {"operator",
       PARTY_ROLE_OPERATOR,
       MEMBER_ROLE_MANAGER,
       {"MANAGE_PARTIES", "AUDIT", "OPERATE", "PROPOSE", "APPROVE"}}};
  return *roles;
}

std::string PermissionOf(const MethodDescriptor& method) {
  const auto permission = method.options().GetExtension(rules::v1::method).permission();
  return rules::v1::Permission_Name(permission).substr(std::string("PERMISSION_").size());
}

bool Allowed(const Role& role, const std::string& permission) {
  if (permission == "READ" || permission == "KEYS") return true;
  if (permission == "MANAGE_MEMBERS" || permission == "ACCESS") {
    return role.member == claim::v1::MEMBER_ROLE_MANAGER;
  }
  return role.permissions.contains(permission);
}

// One call, whatever its kind; of a stream, until its end.
absl::Status Send(rpc::Client& client, const MethodDescriptor& method, const Message& request) {
  const std::string path = StrCat("/", method.service()->full_name(), "/", method.name());
  const std::unique_ptr<Message> response = New(method.output_type());
  if (!method.server_streaming()) return client.CallInto(path, request, response.get());
  return client.StreamInto(path, request, response.get(), [] { return absl::OkStatus(); });
}

// Things of one party, to be asked for by others.
struct Things {
  Actor* manager = nullptr;
  std::string worker_key, site, second_site, plot, product, batch, second_batch, run, shipment,
      sampling, certification, person, held_batch, hold;
};

claim::v1::Certification CertificationOf(const Things& things,
                                         claim::v1::CertificationScheme scheme) {
  claim::v1::Certification claim;
  claim.set_holder(things.manager->party());
  claim.set_scheme(scheme);
  claim.set_number(things.product.substr(things.product.find('/') + 1));
  claim.set_body("绿色食品发展中心");
  claim.add_products(things.product);
  claim.set_from_date("2020-01-01");
  claim.set_until_date("2029-12-31");
  return claim;
}

class PermissionMatrixTest : public testing::TestWithParam<Topology> {
 protected:
  using Party = claim::v1::PartyRole;

  // A member in that role, of a party of his own.
  Actor& Make(const Role& role, const std::string& region, absl::Duration term) {
    if (role.is(claim::v1::PARTY_ROLE_OPERATOR)) {
      return system_.AddMember(system_.operator_actor(), role.member);
    }
    std::vector<Party> trade;
    if (!role.granted()) trade = {role.party};
    Actor& manager = system_.AddParty(role.name, trade, region);
    if (role.granted()) {
      claim::v1::Grant grant = system_.GrantOf(manager.party(), role.party);
      *grant.mutable_until_time() = domain::StampOf(system_.clock().Now() + term);
      if (role.is(claim::v1::PARTY_ROLE_REGULATOR)) grant.set_region_code(region);
      system_.Give(grant);
    }
    if (role.member == claim::v1::MEMBER_ROLE_MANAGER) return manager;
    return system_.AddMember(manager, role.member);
  }
  // Who may invite a member in that role.
  Actor& ManagerFor(const Role& role, absl::Duration term) {
    if (role.is(claim::v1::PARTY_ROLE_OPERATOR)) return system_.operator_actor();
    Role manager = role;
    manager.member = claim::v1::MEMBER_ROLE_MANAGER;
    return Make(manager, kHere, term);
  }
  void Revoke(Actor& actor) {
    auto request = Chain::New<v1::RevokeKeyRequest>();
    request.mutable_revocation()->set_key(KeyOf(actor));
    request.mutable_revocation()->set_cause(claim::v1::KeyRevocation::CAUSE_LEFT);
    ASSERT_OK(actor.Call<v1::RevokeKeyResponse>("IdentityService/RevokeKey", request));
  }
  static std::string KeyOf(const Actor& actor) {
    return rpc::NameOfKey("keys", actor.options().key->algorithm(), actor.options().key->Spki());
  }
  Things MakeThings(Actor& manager) {
    Things things;
    things.manager = &manager;
    things.worker_key = KeyOf(system_.AddMember(manager, claim::v1::MEMBER_ROLE_WORKER));
    things.site = system_.AddSite(manager, claim::v1::SITE_KIND_FARM);
    things.second_site = system_.AddSite(manager, claim::v1::SITE_KIND_FARM);
    things.plot = system_.AddPlot(manager);
    things.product = system_.AddProduct(manager);
    const auto harvest = [&] {
      return system_.Harvest(manager, things.product, things.plot, things.site, 500);
    };
    things.batch = harvest();
    things.second_batch = harvest();
    things.shipment = system_.Ship(manager, things.batch, 1, things.site, things.second_site);
    auto issue = Chain::New<v1::IssueLabelsRequest>();
    issue.mutable_run()->set_batch(things.batch);
    issue.mutable_run()->set_count(10);
    const auto issued = manager.Call<v1::IssueLabelsResponse>("LabelService/IssueLabels", issue);
    EXPECT_OK(issued);
    things.run = issued->run();
    auto sample = Chain::New<v1::RecordSamplingRequest>();
    sample.mutable_sampling()->set_batch(things.batch);
    sample.mutable_sampling()->set_purpose(claim::v1::SAMPLING_PURPOSE_ROUTINE);
    *sample.mutable_sampling()->mutable_sample() = System::Kilograms(1);
    sample.mutable_sampling()->set_seal_number(things.run.substr(things.run.find('/') + 1));
    *sample.mutable_sampling()->mutable_occur() = system_.Now();
    const auto sampled =
        lab_.Call<v1::RecordSamplingResponse>("InspectionService/RecordSampling", sample);
    EXPECT_OK(sampled);
    things.sampling = sampled->sampling();
    auto certify = Chain::New<v1::RecordCertificationRequest>();
    *certify.mutable_certification() =
        CertificationOf(things, claim::v1::CERTIFICATION_SCHEME_GREEN_FOOD);
    const auto certified = county_.Call<v1::RecordCertificationResponse>(
        "RegistryService/RecordCertification", certify);
    EXPECT_OK(certified);
    things.certification = certified->certification();
    auto store = Chain::New<v1::StorePrivateRequest>();
    store.add_values()->set_field(v1::PRIVATE_FIELD_PHONE);
    store.mutable_values(0)->set_value("13900000000");
    const auto stored =
        manager.Call<v1::StorePrivateResponse>("IdentityService/StorePrivate", store);
    EXPECT_OK(stored);
    things.person = stored->person();
    auto hold = Chain::New<v1::PlaceHoldRequest>();
    things.held_batch = harvest();
    hold.mutable_hold()->set_batch(things.held_batch);
    hold.mutable_hold()->set_cause(claim::v1::HOLD_CAUSE_SUSPICION);
    *hold.mutable_hold()->mutable_occur() = system_.Now();
    const auto held = county_.Call<v1::PlaceHoldResponse>("InspectionService/PlaceHold", hold);
    EXPECT_OK(held);
    things.hold = held->hold();
    return things;
  }
  void ExpectGate(const std::string& cell, const absl::Status& status, v1::Reason refusal) {
    ++cells_;
    const v1::Reason reason = domain::ReasonOf(status);
    static const std::set<v1::Reason> kGate = {
        v1::REASON_SIGNATURE_MISSING, v1::REASON_SIGNATURE_INVALID, v1::REASON_KEY_UNKNOWN,
        v1::REASON_KEY_REVOKED,       v1::REASON_NOT_ALLOWED,       v1::REASON_PARTY_SUSPENDED,
        v1::REASON_MEMBER_TERM,       v1::REASON_KEY_AGED};
    if (refusal == v1::REASON_UNSPECIFIED) {
      EXPECT_FALSE(kGate.contains(reason)) << cell << ": " << status;
    } else {
      EXPECT_EQ(v1::Reason_Name(reason), v1::Reason_Name(refusal)) << cell << ": " << status;
    }
  }

  System system_{GetParam()};
  Actor& lab_ = system_.AddParty("检测站", {claim::v1::PARTY_ROLE_LAB});  // Takes the samples.
  Actor& county_ = system_.AddParty("监管局", {claim::v1::PARTY_ROLE_REGULATOR});  // Certifies.
  int cells_ = 0;
};

// What the gate answers: the first refusal that applies; UNSPECIFIED where the call passes it.
v1::Reason GateOf(const Role& role, State state, const std::string& permission) {
  if (permission == "INTERNAL") return v1::REASON_UNSPECIFIED;  // It does not exist out there.
  if (permission == "ENROLL") return v1::REASON_UNSPECIFIED;    // The request is judged, not he.
  if (state == State::kRevoked) return v1::REASON_KEY_REVOKED;
  if (permission == "PUBLIC") return v1::REASON_UNSPECIFIED;
  if (state == State::kOffTerm) return v1::REASON_MEMBER_TERM;
  const bool everybody = permission == "READ" || permission == "KEYS";
  if (state == State::kSuspended && !everybody) return v1::REASON_PARTY_SUSPENDED;
  if (state == State::kExpired) {
    Role lapsed = role;
    lapsed.permissions.clear();
    return Allowed(lapsed, permission) ? v1::REASON_UNSPECIFIED : v1::REASON_NOT_ALLOWED;
  }
  return Allowed(role, permission) ? v1::REASON_UNSPECIFIED : v1::REASON_NOT_ALLOWED;
}

TEST_P(PermissionMatrixTest, EveryMethodOpensToItsRolesAndToNobodyElse) {
  struct Who {
    const Role* role;
    State state;
    Actor* actor;
  };
  std::vector<Who> all;
  for (const Role& role : Roles()) {
    const absl::Duration year = absl::Hours(24 * 365);
    all.push_back({&role, State::kActive, &Make(role, kHere, year)});
    all.push_back({&role, State::kRevoked, &Make(role, kHere, year)});
    Revoke(*all.back().actor);
    const absl::Time soon = system_.clock().Now() + absl::Hours(1);
    all.push_back(
        {&role, State::kOffTerm, &system_.AddMember(ManagerFor(role, year), role.member, soon)});
    if (role.granted()) {
      all.push_back({&role, State::kExpired, &Make(role, kHere, absl::Hours(1))});
    }
    if (!role.is(claim::v1::PARTY_ROLE_OPERATOR)) {
      all.push_back({&role, State::kSuspended, &Make(role, kHere, year)});
      system_.Suspend(all.back().actor->party(), true);
    }
  }
  system_.clock().Advance(absl::Hours(2));
  rpc::Client stranger(system_.stranger().options());
  for (const MethodDescriptor* method : Methods()) {
    const std::string permission = PermissionOf(*method);
    const std::unique_ptr<Message> request = New(method->input_type());
    ExpectGate(StrCat(method->full_name(), " × nobody"), Send(stranger, *method, *request),
               permission == "PUBLIC" || permission == "INTERNAL" ? v1::REASON_UNSPECIFIED
                                                                  : v1::REASON_SIGNATURE_MISSING);
  }
  for (const Who& who : all) {
    rpc::Client client(who.actor->options());
    for (const MethodDescriptor* method : Methods()) {
      static constexpr const char* kStates[] = {"active", "expired", "out of term", "suspended",
                                                "revoked"};
      ExpectGate(StrCat(method->full_name(), " × ", who.role->name, " × ",
                        kStates[static_cast<int>(who.state)]),
                 Send(client, *method, *New(method->input_type())),
                 GateOf(*who.role, who.state, PermissionOf(*method)));
    }
  }
  std::printf("permission_cells %d\n", cells_);
  EXPECT_GE(cells_, 2000);
}

// A method that names a thing: the request for one of `things`, and who may have it beside its
// owner: nobody; who may see the batch; who supervises or audits; whoever has the permission, a
// regulator within his reach; a regulator within his reach alone; who manages parties.
struct Naming {
  enum class Beside { kNobody, kSeers, kSupervisors, kReach, kRegulators, kManagers };
  const char* method;
  std::function<std::unique_ptr<Message>(System&, const Things&)> request;
  Beside beside;
};

template <typename Request, typename Fill>
std::function<std::unique_ptr<Message>(System&, const Things&)> Asking(Fill fill) {
  return [fill](System& system, const Things& things) -> std::unique_ptr<Message> {
    auto request = std::make_unique<Request>();
    if constexpr (requires { request->set_request_id(""); }) request->set_request_id(RandomUuid());
    fill(system, things, *request);
    return request;
  };
}

void Set(const System&, const std::string& batch, int64_t kilograms,
         claim::v1::BatchQuantity* line) {
  line->set_batch(batch);
  *line->mutable_quantity() = System::Kilograms(kilograms);
}

std::vector<Naming> Movements() {
  using B = Naming::Beside;
  return {{"OriginService.RegisterHarvest",
           Asking<v1::RegisterHarvestRequest>([](System& s, const Things& t, auto& r) {
             r.mutable_harvest()->set_product(t.product);
             r.mutable_harvest()->add_plots(t.plot);
             r.mutable_harvest()->set_site(t.site);
             *r.mutable_harvest()->mutable_quantity() = System::Kilograms(1);
             *r.mutable_harvest()->mutable_occur() = s.Now();
           }),
           B::kNobody},
          {"OriginService.SplitBatch",
           Asking<v1::SplitBatchRequest>([](System& s, const Things& t, auto& r) {
             r.mutable_split()->set_batch(t.batch);
             r.mutable_split()->set_site(t.site);
             *r.mutable_split()->add_parts() = System::Kilograms(1);
             *r.mutable_split()->add_parts() = System::Kilograms(1);
             *r.mutable_split()->mutable_occur() = s.Now();
           }),
           B::kNobody},
          {"OriginService.MergeBatches",
           Asking<v1::MergeBatchesRequest>([](System& s, const Things& t, auto& r) {
             Set(s, t.batch, 1, r.mutable_merge()->add_inputs());
             Set(s, t.second_batch, 1, r.mutable_merge()->add_inputs());
             r.mutable_merge()->set_site(t.site);
             *r.mutable_merge()->mutable_occur() = s.Now();
           }),
           B::kNobody},
          {"OriginService.RecordLoss",
           Asking<v1::RecordLossRequest>([](System& s, const Things& t, auto& r) {
             r.mutable_loss()->set_batch(t.batch);
             r.mutable_loss()->set_site(t.site);
             *r.mutable_loss()->mutable_quantity() = System::Kilograms(1);
             r.mutable_loss()->set_cause(claim::v1::LOSS_CAUSE_SPOILED);
             *r.mutable_loss()->mutable_occur() = s.Now();
           }),
           B::kNobody},
          {"GradingService.GradeBatch",
           Asking<v1::GradeBatchRequest>([](System& s, const Things& t, auto& r) {
             Set(s, t.batch, 1, r.mutable_grading()->mutable_input());
             r.mutable_grading()->set_site(t.site);
             r.mutable_grading()->add_outputs()->set_grade("特级");
             *r.mutable_grading()->mutable_outputs(0)->mutable_quantity() = System::Kilograms(1);
             *r.mutable_grading()->mutable_occur() = s.Now();
           }),
           B::kNobody},
          {"ShipmentService.Ship", Asking<v1::ShipRequest>([](System& s, const Things& t, auto& r) {
             r.mutable_dispatch()->set_from_site(t.site);
             r.mutable_dispatch()->set_to_site(t.second_site);
             Set(s, t.batch, 1, r.mutable_dispatch()->add_lines());
             *r.mutable_dispatch()->mutable_occur() = s.Now();
           }),
           B::kNobody},
          {"ShipmentService.RefuseShipment",
           Asking<v1::RefuseShipmentRequest>([](System& s, const Things& t, auto& r) {
             r.mutable_refusal()->set_shipment(t.shipment);
             r.mutable_refusal()->set_cause(claim::v1::REFUSAL_CAUSE_SPOILED);
             *r.mutable_refusal()->mutable_occur() = s.Now();
           }),
           B::kNobody},
          {"ShipmentService.ReceiveShipment",
           Asking<v1::ReceiveShipmentRequest>([](System& s, const Things& t, auto& r) {
             r.mutable_arrival()->set_shipment(t.shipment);
             *r.mutable_arrival()->mutable_occur() = s.Now();
           }),
           B::kNobody}};
}

std::vector<Naming> Belongings() {
  using B = Naming::Beside;
  const auto party = [](System&, const Things& t, auto& r) { r.set_party(t.manager->party()); };
  return {{"LabelService.IssueLabels",
           Asking<v1::IssueLabelsRequest>([](System&, const Things& t, auto& r) {
             r.mutable_run()->set_batch(t.batch);
             r.mutable_run()->set_count(1);
           }),
           B::kNobody},
          {"LabelService.VoidLabels",
           Asking<v1::VoidLabelsRequest>([](System&, const Things& t, auto& r) {
             r.mutable_label_void()->set_run(t.run);
             r.mutable_label_void()->set_first(9);
             r.mutable_label_void()->set_last(9);
             r.mutable_label_void()->set_cause(claim::v1::VOID_CAUSE_LOST);
           }),
           B::kNobody},
          {"LabelService.MarkLabels",
           Asking<v1::MarkLabelsRequest>([](System& s, const Things& t, auto& r) {
             r.mutable_label_mark()->set_run(t.run);
             r.mutable_label_mark()->set_first(8);
             r.mutable_label_mark()->set_last(8);
             r.mutable_label_mark()->set_stage(claim::v1::LABEL_STAGE_PRINTED);
             *r.mutable_label_mark()->mutable_occur() = s.Now();
           }),
           B::kNobody},
          {"LabelService.ListLabelRanges",
           Asking<v1::ListLabelRangesRequest>(
               [](System&, const Things& t, auto& r) { r.set_run(t.run); }),
           B::kNobody},
          {"LabelService.ListLabelCodes",
           Asking<v1::ListLabelCodesRequest>(
               [](System&, const Things& t, auto& r) { r.set_run(t.run); }),
           B::kNobody},
          {"LabelService.DrawLabel",
           Asking<v1::DrawLabelRequest>([](System&, const Things& t, auto& r) {
             r.set_run(t.run);
             r.set_number(1);
             r.set_image(v1::LABEL_IMAGE_SVG);
           }),
           B::kNobody},
          {"LabelService.PrintLabels",
           Asking<v1::PrintLabelsRequest>([](System&, const Things& t, auto& r) {
             r.set_run(t.run);
             r.set_layout("40x30");
             r.set_print(v1::LABEL_PRINT_ZPL);
           }),
           B::kNobody},
          {"LabelService.ListLabelRuns",
           Asking<v1::ListLabelRunsRequest>(
               [](System&, const Things& t, auto& r) { r.set_batch(t.batch); }),
           B::kNobody},
          {"LabelService.DrawBatchCode",
           Asking<v1::DrawBatchCodeRequest>([](System&, const Things& t, auto& r) {
             r.set_batch(t.batch);
             r.set_image(v1::LABEL_IMAGE_SVG);
           }),
           B::kNobody},
          {"IdentityService.StorePrivate",
           Asking<v1::StorePrivateRequest>([](System&, const Things& t, auto& r) {
             r.set_person(t.person);
             r.add_values()->set_field(v1::PRIVATE_FIELD_NAME);
             r.mutable_values(0)->set_value("李四");
           }),
           B::kNobody},
          {"IdentityService.Disclose",
           Asking<v1::DiscloseRequest>([](System&, const Things& t, auto& r) {
             r.set_person(t.person);
             r.set_field(v1::PRIVATE_FIELD_PHONE);
           }),
           B::kRegulators},
          {"IdentityService.EraseMember",
           Asking<v1::EraseMemberRequest>([](System&, const Things& t, auto& r) {
             r.mutable_erasure()->set_person(t.person);
             r.mutable_erasure()->set_cause(claim::v1::Erasure::CAUSE_ASKED);
           }),
           B::kRegulators},
          {"RegistryService.SetProductUse",
           Asking<v1::SetProductUseRequest>([](System&, const Things& t, auto& r) {
             r.mutable_product_use()->set_product(t.product);
             r.mutable_product_use()->set_party(t.manager->party());
           }),
           B::kNobody},
          {"IdentityService.InviteMember",
           Asking<v1::InviteMemberRequest>([](System& s, const Things& t, auto& r) {
             r = s.Invitation(t.manager->party(), claim::v1::MEMBER_ROLE_MANAGER,
                              *rpc::KeyOfCode(s.portal().origin(), rpc::NewCode()));
           }),
           B::kNobody},
          {"IdentityService.ListMembers", Asking<v1::ListMembersRequest>(party), B::kManagers},
          {"IdentityService.ListKeys", Asking<v1::ListKeysRequest>(party), B::kManagers},
          {"TraceService.ListStock", Asking<v1::ListStockRequest>(party), B::kSeers}};
}

std::vector<Naming> Supervision() {
  using B = Naming::Beside;
  const auto batch = [](System&, const Things& t, auto& r) { r.set_batch(t.batch); };
  return {
      {"OriginService.GetBatch",
       Asking<v1::GetBatchRequest>([](System&, const Things& t, auto& r) { r.set_name(t.batch); }),
       B::kSeers},
      {"TraceService.StreamTimeline", Asking<v1::StreamTimelineRequest>(batch), B::kSeers},
      {"TraceService.TraceBack", Asking<v1::TraceBackRequest>(batch), B::kSeers},
      {"TraceService.TraceForward", Asking<v1::TraceForwardRequest>(batch), B::kSeers},
      {"InspectionService.GetSampling",
       Asking<v1::GetSamplingRequest>(
           [](System&, const Things& t, auto& r) { r.set_name(t.sampling); }),
       B::kSupervisors},
      {"InspectionService.IssueResult",
       Asking<v1::IssueResultRequest>([](System& s, const Things& t, auto& r) {
         r.mutable_issuance()->set_sampling(t.sampling);
         *r.mutable_issuance()->mutable_occur() = s.Now();
       }),
       B::kNobody},
      {"InspectionService.PlaceHold",
       Asking<v1::PlaceHoldRequest>([](System& s, const Things& t, auto& r) {
         r.mutable_hold()->set_batch(t.second_batch);
         r.mutable_hold()->set_cause(claim::v1::HOLD_CAUSE_SUSPICION);
         *r.mutable_hold()->mutable_occur() = s.Now();
       }),
       B::kReach},
      {"InspectionService.ReleaseHold",
       Asking<v1::ReleaseHoldRequest>([](System& s, const Things& t, auto& r) {
         r.mutable_release()->set_hold(t.hold);
         r.mutable_release()->set_batch(t.held_batch);
         r.mutable_release()->set_basis(claim::v1::RELEASE_BASIS_INVESTIGATION_CLOSED);
         *r.mutable_release()->mutable_occur() = s.Now();
       }),
       B::kReach},
      {"InspectionService.RecordSampling",
       Asking<v1::RecordSamplingRequest>([](System& s, const Things& t, auto& r) {
         r.mutable_sampling()->set_batch(t.second_batch);
         r.mutable_sampling()->set_purpose(claim::v1::SAMPLING_PURPOSE_ROUTINE);
         *r.mutable_sampling()->mutable_sample() = System::Kilograms(1);
         r.mutable_sampling()->set_seal_number(absl::AsciiStrToUpper(RandomUuid().substr(0, 30)));
         *r.mutable_sampling()->mutable_occur() = s.Now();
       }),
       B::kReach},
      {"ShipmentService.GetShipment",
       Asking<v1::GetShipmentRequest>(
           [](System&, const Things& t, auto& r) { r.set_name(t.shipment); }),
       B::kSupervisors},
      {"RecallService.OpenRecall",
       Asking<v1::OpenRecallRequest>([](System& s, const Things& t, auto& r) {
         r.mutable_recall()->add_batches(t.second_batch);
         r.mutable_recall()->set_level(claim::v1::RECALL_LEVEL_TWO);
         r.mutable_recall()->set_hazard(claim::v1::HAZARD_OTHER);
         r.mutable_recall()->set_notice_zh("请勿食用。");
         *r.mutable_recall()->mutable_occur() = s.Now();
       }),
       B::kReach},
      {"RegistryService.RecordCertification",
       Asking<v1::RecordCertificationRequest>([](System&, const Things& t, auto& r) {
         *r.mutable_certification() = CertificationOf(t, claim::v1::CERTIFICATION_SCHEME_GAP);
       }),
       B::kReach},
      {"RegistryService.EndCertification",
       Asking<v1::EndCertificationRequest>([](System&, const Things& t, auto& r) {
         r.mutable_end()->set_certification(t.certification);
         r.mutable_end()->set_cause(claim::v1::CertificationEnd::CAUSE_ERROR);
       }),
       B::kReach},
      {"IdentityService.ProposeChange",
       Asking<v1::ProposeChangeRequest>([](System&, const Things& t, auto& r) {
         r.mutable_proposal()->mutable_suspension()->set_party(t.manager->party());
         r.mutable_proposal()->mutable_suspension()->set_suspended(true);
       }),
       B::kReach}};
}

// Whether a role may have a thing of another party, in his jurisdiction or out of it.
bool MayHave(const Role& role, Owner owner, Naming::Beside beside) {
  const bool regulator = role.is(claim::v1::PARTY_ROLE_REGULATOR);
  if (regulator && owner == Owner::kElsewhere) return false;
  switch (beside) {
    case Naming::Beside::kNobody:
      return false;
    case Naming::Beside::kSeers:
      return regulator || role.is(claim::v1::PARTY_ROLE_LAB) || role.permissions.contains("AUDIT");
    case Naming::Beside::kSupervisors:
      return regulator || role.permissions.contains("AUDIT");
    case Naming::Beside::kReach:
      return true;
    case Naming::Beside::kRegulators:
      return regulator;
    case Naming::Beside::kManagers:
      return role.permissions.contains("MANAGE_PARTIES");
  }
  return false;
}

std::vector<Naming> AllNamings() {
  std::vector<Naming> namings = Movements();
  for (const auto& more : {Belongings(), Supervision()}) {
    namings.insert(namings.end(), more.begin(), more.end());
  }
  return namings;
}

// Methods that are signed and not among the namings, and why.
const std::map<std::string, const char*>& NamedElsewhere() {
  static const auto* methods = new std::map<std::string, const char*>{
      {"AuditService.ListRecords", "the whole log, its auditors'"},
      {"AuditService.ExportRecords", "the whole log, its auditors'"},
      {"AuditService.ListAccess", "AuditLogTest: a manager's own party, auditors the rest"},
      {"AuditService.GetAccessProof", "AuditLogTest"},
      {"ComplaintService.ListComplaints", "ComplaintServiceTest.IsOfTheOfficersOfThePartysPlace"},
      {"ComplaintService.GetComplaint", "ComplaintServiceTest.IsOfTheOfficersOfThePartysPlace"},
      {"ComplaintService.GetComplaintPhoto", "ComplaintServiceTest"},
      {"ComplaintService.AcceptComplaint", "ComplaintServiceTest"},
      {"ComplaintService.RejectComplaint", "ComplaintServiceTest"},
      {"ComplaintService.AnswerComplaint", "ComplaintServiceTest"},
      {"IdentityService.GetCaller", "of the caller himself"},
      {"IdentityService.RotateKey", "of the caller himself"},
      {"IdentityService.RevokeKey", "IdentityTest: his own, his managers', a regulator's in reach"},
      {"IdentityService.ProposeAttestation", "DisputeTest: of a key of the caller's party"},
      {"IdentityService.ApproveChange", "GrantTest: another person's, within his reach"},
      {"IdentityService.ListProposals", "GrantTest"},
      {"IdentityService.ListGrants", "a party's rights are everybody's to see"},
      {"InspectionService.RecordResult", "InspectionTest: the laboratory that has the sample"},
      {"LabelService.ListScanSignals", "SignalTest.OnlyTheRegulatorOfThePartySeesThem…"},
      {"OperationService.MakeSnapshot", "of the machine"},
      {"OperationService.ReadLog", "of the machine"},
      {"OperationService.GetLogStatus", "of the machine"},
      {"OriginService.RegisterHarvests", "as RegisterHarvest, by the same rules"},
      {"RecallService.CloseRecall", "RecallTest: within his reach"},
      {"RecallService.GetRecall", "a recall is everybody's to see"},
      {"RecallService.ListRecalls", "a recall is everybody's to see"},
      {"RecallService.StreamRecallScope", "DrillTest, RecallTest"},
      {"RegistryService.RegisterParty", "of nobody yet"},
      {"RegistryService.GetParty", "decision 0012: names are everybody's to see"},
      {"RegistryService.ListParties", "decision 0012"},
      {"RegistryService.RegisterSite", "the caller's own"},
      {"RegistryService.GetSite", "decision 0012"},
      {"RegistryService.ListSites", "decision 0012"},
      {"RegistryService.RegisterPlot", "the caller's own"},
      {"RegistryService.GetPlot", "decision 0012"},
      {"RegistryService.ListPlots", "decision 0012"},
      {"RegistryService.RegisterProduct", "the caller's own"},
      {"RegistryService.GetProduct", "decision 0012"},
      {"RegistryService.ListProducts", "decision 0012"},
      {"RegistryService.ListCertifications", "decision 0012"},
      {"ShipmentService.ListShipments", "of the caller's sites; ShipmentTest"},
      {"TraceService.ListBatches", "TraceTest: of the caller, or within his reach"}};
  return *methods;
}

// Whoever adds a method says whose the things are that it names.
TEST(PermissionNamesTest, EverySignedMethodIsTriedOnAnothersThingsOrSaysWhyNot) {
  std::set<std::string> tried;
  for (const Naming& naming : AllNamings()) tried.insert(naming.method);
  std::set<std::string> reasons;
  for (const MethodDescriptor* method : Methods()) {
    const std::string permission = PermissionOf(*method);
    if (permission == "PUBLIC" || permission == "INTERNAL" || permission == "ENROLL") continue;
    const std::string name = StrCat(method->service()->name(), ".", method->name());
    EXPECT_NE(tried.contains(name), NamedElsewhere().contains(name)) << name;
    reasons.insert(name);
  }
  for (const auto& [name, why] : NamedElsewhere()) EXPECT_TRUE(reasons.contains(name)) << name;
}

TEST_P(PermissionMatrixTest, D4_AThingIsItsOwnersAndOfWhoeverSupervisesIt) {
  const std::vector<Naming> namings = AllNamings();
  std::map<Owner, Things> things;
  const Role& coop = Roles().front();
  const absl::Duration year = absl::Hours(24 * 365);
  things[Owner::kOwn] = MakeThings(Make(coop, kHere, year));
  things[Owner::kOther] = MakeThings(Make(coop, kHere, year));
  things[Owner::kElsewhere] = MakeThings(Make(coop, kElsewhere, year));
  static const std::set<v1::Reason> kHidden = {
      v1::REASON_NOT_FOUND,     v1::REASON_NOT_OWN,     v1::REASON_NOT_IN_POSSESSION,
      v1::REASON_NOT_ADDRESSEE, v1::REASON_NOT_ALLOWED, v1::REASON_PARTY_MANAGED};
  for (const Role& role : Roles()) {
    const bool grower = role.is(claim::v1::PARTY_ROLE_COOPERATIVE);
    Actor* actor = nullptr;
    if (!grower) {
      actor = &Make(role, kHere, year);
    } else if (role.member == claim::v1::MEMBER_ROLE_MANAGER) {
      actor = things[Owner::kOwn].manager;
    } else {
      actor = &system_.AddMember(*things[Owner::kOwn].manager, role.member);
    }
    rpc::Client client(actor->options());
    for (const Naming& naming : namings) {
      const MethodDescriptor* method =
          DescriptorPool::generated_pool()->FindMethodByName(StrCat("suyuan.v1.", naming.method));
      ASSERT_NE(method, nullptr) << naming.method;
      if (!Allowed(role, PermissionOf(*method))) continue;  // The gate's cells are above.
      for (const auto& [owner, thing] : things) {
        const bool own = owner == Owner::kOwn && grower;
        const bool may = own || MayHave(role, owner, naming.beside);
        const absl::Status status = Send(client, *method, *naming.request(system_, thing));
        EXPECT_EQ(kHidden.contains(domain::ReasonOf(status)), !may)
            << naming.method << " × " << role.name << " × " << static_cast<int>(owner) << ": "
            << status;
        EXPECT_TRUE(may || !status.ok()) << naming.method << " × " << role.name;
        // What somebody sees that is not his own stands in the audit log.
        const rules::v1::MethodRules& rules = method->options().GetExtension(rules::v1::method);
        EXPECT_TRUE(own || !status.ok() || rules.mutation() ||
                    rules.watch() != rules::v1::WATCH_UNSPECIFIED)
            << naming.method << " is not watched";
        ++cells_;
      }
    }
  }
  std::printf("permission_cells %d\n", cells_);
}
// A name of that kind and ledger that nobody has.
std::string AbsentName(const std::string& name) {
  const size_t id = name.find('/') + 1;
  return name.substr(0, id) + domain::MakeId(name.substr(id, 4), "nobody", RandomUuid(), 0);
}

constexpr std::string Things::*kHiddenNames[] = {
    &Things::batch,    &Things::second_batch, &Things::held_batch, &Things::run,
    &Things::shipment, &Things::sampling,     &Things::person,     &Things::hold};

// The things with names that nobody has, but for those that everybody sees (decision 0012):
// parties, sites, plots, products and certifications.
Things Absent(const Things& things) {
  Things absent = things;
  for (const auto name : kHiddenNames) absent.*name = AbsentName(things.*name);
  return absent;
}

// What a refusal says, with the names of `things` for those of `absent`.
std::string Said(const RawAnswer& answer, const Things& things, const Things& absent) {
  std::string said = StrCat(answer.status.error_code(), "|", answer.status.error_message(), "|",
                            answer.status.error_details(), "|");
  for (const auto& [name, value] : answer.trailers) StrAppend(&said, name, "=", value, "|");
  std::vector<std::pair<std::string, std::string>> names;
  for (const auto name : kHiddenNames) names.emplace_back(absent.*name, things.*name);
  return absl::StrReplaceAll(said, names);
}

// An outsider learns nothing of what there is: status, text, details and trailers of what is
// another's are those of what is not there, to the byte. How long each takes is a row of ./dev
// bench.
TEST_P(PermissionMatrixTest, D4_WhatIsAnothersIsAnsweredAsWhatIsNotThere) {
  const absl::Duration year = absl::Hours(24 * 365);
  const Role& coop = Roles().front();
  const Things things = MakeThings(Make(coop, kHere, year));
  const Things absent = Absent(things);
  const auto channel =
      grpc::CreateChannel(system_.grpc_target(), grpc::InsecureChannelCredentials());
  int alike = 0;
  for (const Role& role : Roles()) {
    const bool regulator = role.is(claim::v1::PARTY_ROLE_REGULATOR);
    const Actor& outsider = Make(role, regulator ? kElsewhere : kHere, year);
    for (const Naming& naming : AllNamings()) {
      const MethodDescriptor* method =
          DescriptorPool::generated_pool()->FindMethodByName(StrCat("suyuan.v1.", naming.method));
      const Owner whose = regulator ? Owner::kElsewhere : Owner::kOther;
      if (!Allowed(role, PermissionOf(*method)) || MayHave(role, whose, naming.beside)) continue;
      const auto ask = [&](const Things& of) {
        const std::string path = StrCat("/", method->service()->full_name(), "/", method->name());
        const std::string body = naming.request(system_, of)->SerializeAsString();
        return RawCall(channel, path, body,
                       SignatureOf(outsider, path, body, system_.clock().Now()));
      };
      const RawAnswer anothers = ask(things), none = ask(absent);
      EXPECT_FALSE(anothers.status.ok()) << naming.method;
      EXPECT_EQ(Said(anothers, things, absent), Said(none, things, absent))
          << naming.method << " × " << role.name;
      ++alike;
    }
  }
  std::printf("hidden_cells %d\n", alike);
}

INSTANTIATE_TEST_SUITE_P(Topologies, PermissionMatrixTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit), TopologyName);

}  // namespace
}  // namespace suyuan::test
