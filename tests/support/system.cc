#include "tests/support/system.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <thread>
#include <utility>

#include "services/app/modules.h"
#include "services/ledger/genesis.h"
#include "services/store/author_check.h"
#include "storage/base/log.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/base/uuid.h"
#include "storage/ledger/merkle.h"
#include "suyuan/ledger/v1/ledger.pb.h"
#include "suyuan/v1/audit.pb.h"
#include "suyuan/v1/label.pb.h"
#include "suyuan/v1/origin.pb.h"
#include "suyuan/v1/registry.pb.h"
#include "suyuan/v1/shipment.pb.h"

namespace suyuan::test {
namespace {

template <typename T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) std::fprintf(stderr, "%s\n", value.status().ToString().c_str());
  SUYUAN_CHECK(value.ok());
  return *std::move(value);
}

}  // namespace

System::System(Topology topology) : topology_(topology), data_(temp_ / "d") {
  log::SetQuiet(true);
  ledger::GenesisOptions genesis;
  genesis.log_dir = data_ + "/log";
  genesis.keys_dir = data_ + "/keys";
  genesis.name = "test";
  genesis.public_url = "http://trace.example.cn";
  genesis.demo = true;
  const absl::Status created = ledger::CreateGenesis(genesis, clock_);
  if (!created.ok()) std::fprintf(stderr, "%s\n", created.ToString().c_str());
  SUYUAN_CHECK(created.ok());
  Start();
  stranger_ = MakeActor("", "", std::nullopt);
  operator_ = KeyHolder(ledger::kOperatorKeyFile);
  second_operator_ = KeyHolder(ledger::kSecondOperatorKeyFile);
}

std::unique_ptr<Actor> System::KeyHolder(const char* file) {
  const auto key = Must(rpc::SigningKey::Load(StrCat(data_, "/keys/", file)));
  const auto caller =
      Must(MakeActor("", "", key)
               ->Call<v1::GetCallerResponse>("IdentityService/GetCaller", v1::GetCallerRequest()));
  return MakeActor(caller.party(), caller.member(), key);
}

System::~System() { StopAll(); }

app::ProcessOptions System::Options() const {
  app::ProcessOptions options;
  options.dir = data_;
  options.clock = &clock_;
  options.policy = policy_;
  options.audit_policy = audit_policy_;
  options.places = places_;
  options.party_calls = party_calls_;
  return options;
}

size_t System::PlaceOf(std::string_view module) {
  const std::vector<app::ModuleSpec>& all = app::Modules();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const app::ModuleSpec& spec) { return spec.name == module; });
  SUYUAN_CHECK(found != all.end());
  return static_cast<size_t>(found - all.begin());
}

void System::StopModule(std::string_view name) { processes_[PlaceOf(name)].reset(); }

void System::StartModule(std::string_view name) {
  app::ProcessOptions options = Options();
  options.modules = {std::string(name)};
  processes_[PlaceOf(name)] = Must(app::Process::Start(options));
}

void System::Start() {
  app::ProcessOptions options = Options();
  const auto start = [&](std::vector<std::string> modules) {
    options.modules = std::move(modules);
    processes_.push_back(Must(app::Process::Start(options)));
  };
  if (topology_ == Topology::kSplit) {
    for (const app::ModuleSpec& spec : app::Modules()) start({std::string(spec.name)});
  }
  options.grpc_address = StrCat("127.0.0.1:", grpc_port_);
  options.http_address = "127.0.0.1:0";
  start(topology_ == Topology::kSplit ? std::vector<std::string>{std::string(app::kPortalModule)}
                                      : std::vector<std::string>());
  grpc_port_ = portal().grpc_port();
}

void System::StopAll() {
  if (processes_.empty()) return;
  // The portal first, as it calls the others; the ledger last, as they all call it.
  processes_.pop_back();
  std::vector<std::thread> stopping;
  for (size_t i = 1; i < processes_.size(); ++i) {
    stopping.emplace_back([process = processes_[i].get()] { process->Stop(); });
  }
  for (std::thread& thread : stopping) thread.join();
  while (!processes_.empty()) processes_.pop_back();
}

void System::Restart() {
  StopAll();
  Start();
}

void System::UsePolicy(std::string_view text) {
  policy_ = temp_ / "policy";
  std::ofstream(policy_, std::ios::binary) << text;
  Restart();
}

void System::UseAuditPolicy(std::string_view text) {
  audit_policy_ = temp_ / "audit-policy";
  std::ofstream(audit_policy_, std::ios::binary) << text;
  Restart();
}

void System::UsePlaces(std::string_view table) {
  places_ = temp_ / "places.mmdb";
  std::ofstream(places_, std::ios::binary) << table;
  Restart();
}

void System::LimitCalls(int per_second) {
  party_calls_ = per_second;
  Restart();
}

std::string System::grpc_target() const { return StrCat("127.0.0.1:", grpc_port_); }

std::unique_ptr<Actor> System::MakeActor(std::string party, std::string member,
                                         std::optional<rpc::SigningKey> key) {
  rpc::ClientOptions options;
  options.target = grpc_target();
  options.key = std::move(key);
  options.origin = portal().origin();
  options.clock = &clock_;
  return std::make_unique<Actor>(std::move(party), std::move(member), std::move(options));
}

Actor& System::Enrol(Actor& manager, const std::string& party, claim::v1::MemberRole role,
                     absl::Time until) {
  const rpc::SigningKey code_key = Must(rpc::KeyOfCode(portal().origin(), rpc::NewCode()));
  v1::InviteMemberRequest invitation = Invitation(party, role, code_key);
  if (until != absl::InfiniteFuture()) {
    *invitation.mutable_invitation()->mutable_until_time() = domain::StampOf(until);
  }
  Must(manager.Call<v1::InviteMemberResponse>("IdentityService/InviteMember", invitation));
  const rpc::SigningKey key = rpc::SigningKey::Generate(rpc::kEcdsaP256);
  const std::unique_ptr<Actor> newcomer = MakeActor(party, "", key);
  const auto enrolled = Must(newcomer->Call<v1::EnrollKeyResponse>(
      "IdentityService/EnrollKey", Enrollment(portal().origin(), code_key, key)));
  actors_.push_back(MakeActor(party, enrolled.member(), key));
  return *actors_.back();
}

v1::InviteMemberRequest System::Invitation(const std::string& party, claim::v1::MemberRole role,
                                           const rpc::SigningKey& code_key) const {
  v1::InviteMemberRequest request;
  request.set_request_id(RandomUuid());
  request.mutable_invitation()->set_party(party);
  request.mutable_invitation()->set_role(role);
  request.mutable_invitation()->set_code_spki(code_key.Spki());
  *request.mutable_invitation()->mutable_expire_time() =
      domain::StampOf(clock_.Now() + absl::Hours(24));
  return request;
}

v1::EnrollKeyRequest System::Enrollment(const std::string& origin, const rpc::SigningKey& code_key,
                                        const rpc::SigningKey& key) {
  v1::EnrollKeyRequest request;
  request.set_request_id(RandomUuid());
  claim::v1::Enrollment& claim = *request.mutable_enrollment();
  claim.set_invitation(rpc::NameOfKey("invitations", code_key.algorithm(), code_key.Spki()));
  claim.set_algorithm(static_cast<claim::v1::KeyAlgorithm>(key.algorithm()));
  claim.set_spki(key.Spki());
  claim.set_code_proof(code_key.Sign(
      rpc::EnrollmentText(origin, rpc::NameOfKey("keys", key.algorithm(), key.Spki()))));
  return request;
}

claim::v1::Grant System::GrantOf(const std::string& party, claim::v1::PartyRole role) const {
  claim::v1::Grant grant;
  grant.set_party(party);
  grant.set_role(role);
  *grant.mutable_until_time() = domain::StampOf(clock_.Now() + absl::Hours(24 * 365));
  if (role == claim::v1::PARTY_ROLE_LAB) {
    grant.set_certificate("CATL-0001");
    for (const char* analyte : kAnalytes) grant.add_parameters(analyte);
  }
  return grant;
}

std::string System::Change(const claim::v1::Proposal& proposal) {
  v1::ProposeChangeRequest propose;
  propose.set_request_id(RandomUuid());
  *propose.mutable_proposal() = proposal;
  const auto proposed =
      Must(operator_->Call<v1::ProposeChangeResponse>("IdentityService/ProposeChange", propose));
  v1::ApproveChangeRequest approve;
  approve.set_request_id(RandomUuid());
  approve.mutable_approval()->set_proposal(proposed.proposal());
  Must(second_operator_->Call<v1::ApproveChangeResponse>("IdentityService/ApproveChange", approve));
  return proposed.proposal();
}

std::string System::Give(const claim::v1::Grant& grant) {
  claim::v1::Proposal proposal;
  *proposal.mutable_grant() = grant;
  return Change(proposal);
}

void System::Suspend(const std::string& party, bool suspended) {
  claim::v1::Proposal proposal;
  proposal.mutable_suspension()->set_party(party);
  proposal.mutable_suspension()->set_suspended(suspended);
  Change(proposal);
}

Actor& System::AddParty(const std::string& name, std::vector<claim::v1::PartyRole> roles,
                        const std::string& region) {
  v1::RegisterPartyRequest request;
  request.set_request_id(RandomUuid());
  request.mutable_party()->set_name(name);
  request.mutable_party()->set_region_code(region);
  std::vector<claim::v1::PartyRole> granted;
  for (const claim::v1::PartyRole role : roles) {
    const bool grant = role == claim::v1::PARTY_ROLE_LAB ||
                       role == claim::v1::PARTY_ROLE_REGULATOR ||
                       role == claim::v1::PARTY_ROLE_AUDITOR;
    if (grant) {
      granted.push_back(role);
    } else {
      request.mutable_party()->add_roles(role);
    }
  }
  const auto response =
      Must(operator_->Call<v1::RegisterPartyResponse>("RegistryService/RegisterParty", request));
  for (const claim::v1::PartyRole role : granted) {
    claim::v1::Grant grant = GrantOf(response.party(), role);
    if (role == claim::v1::PARTY_ROLE_REGULATOR) grant.set_region_code(region);
    Give(grant);
  }
  return Enrol(*operator_, response.party(), claim::v1::MEMBER_ROLE_MANAGER);
}

Actor& System::AddMember(Actor& manager, claim::v1::MemberRole role, absl::Time until) {
  return Enrol(manager, manager.party(), role, until);
}

std::string System::AddSite(Actor& actor, claim::v1::SiteKind kind, const std::string& parent) {
  v1::RegisterSiteRequest request;
  request.set_request_id(RandomUuid());
  request.mutable_site()->set_name("站点");
  request.mutable_site()->set_kind(kind);
  request.mutable_site()->set_parent(parent);
  return Must(actor.Call<v1::RegisterSiteResponse>("RegistryService/RegisterSite", request)).site();
}

std::string System::AddPlot(Actor& actor) {
  v1::RegisterPlotRequest request;
  request.set_request_id(RandomUuid());
  request.mutable_plot()->set_name("一号地");
  request.mutable_plot()->set_kind(claim::v1::PLOT_KIND_FIELD);
  request.mutable_plot()->set_area_m2(6666);
  request.mutable_plot()->set_township("金山镇");
  request.mutable_plot()->set_village("大村");
  return Must(actor.Call<v1::RegisterPlotResponse>("RegistryService/RegisterPlot", request)).plot();
}

std::string System::AddProduct(Actor& actor, const std::string& gtin) {
  v1::RegisterProductRequest request;
  request.set_request_id(RandomUuid());
  request.mutable_product()->set_name("香葱");
  request.mutable_product()->set_name_en("Chives");
  request.mutable_product()->set_gtin(gtin);
  request.mutable_product()->set_unit(claim::v1::UNIT_MILLIGRAM);
  request.mutable_product()->mutable_net_content()->set_amount(500'000);
  request.mutable_product()->mutable_net_content()->set_unit(claim::v1::UNIT_MILLIGRAM);
  request.mutable_product()->add_grades("特级");
  request.mutable_product()->add_grades("一级");
  return Must(actor.Call<v1::RegisterProductResponse>("RegistryService/RegisterProduct", request))
      .product();
}

std::string System::Harvest(Actor& actor, const std::string& product, const std::string& plot,
                            const std::string& site, int64_t kilograms) {
  v1::RegisterHarvestRequest request;
  request.set_request_id(RandomUuid());
  request.mutable_harvest()->set_product(product);
  request.mutable_harvest()->add_plots(plot);
  request.mutable_harvest()->set_site(site);
  *request.mutable_harvest()->mutable_quantity() = Kilograms(kilograms);
  *request.mutable_harvest()->mutable_occur() = Now();
  return Must(actor.Call<v1::RegisterHarvestResponse>("OriginService/RegisterHarvest", request))
      .batch();
}

std::string System::Ship(Actor& actor, const std::string& batch, int64_t kilograms,
                         const std::string& from, const std::string& to) {
  v1::ShipRequest request;
  request.set_request_id(RandomUuid());
  request.mutable_dispatch()->set_from_site(from);
  request.mutable_dispatch()->set_to_site(to);
  claim::v1::BatchQuantity* line = request.mutable_dispatch()->add_lines();
  line->set_batch(batch);
  *line->mutable_quantity() = Kilograms(kilograms);
  *request.mutable_dispatch()->mutable_occur() = Now();
  return Must(actor.Call<v1::ShipResponse>("ShipmentService/Ship", request)).shipment();
}

void System::Receive(Actor& actor, const std::string& shipment) {
  v1::ReceiveShipmentRequest request;
  request.set_request_id(RandomUuid());
  request.mutable_arrival()->set_shipment(shipment);
  *request.mutable_arrival()->mutable_occur() = Now();
  Must(actor.Call<v1::ReceiveShipmentResponse>("ShipmentService/ReceiveShipment", request));
}

std::string System::Label(Actor& actor, const std::string& batch) {
  v1::IssueLabelsRequest issue;
  issue.set_request_id(RandomUuid());
  issue.mutable_run()->set_batch(batch);
  issue.mutable_run()->set_count(1);
  const auto issued = Must(actor.Call<v1::IssueLabelsResponse>("LabelService/IssueLabels", issue));
  v1::ListLabelCodesRequest list;
  list.set_run(issued.run());
  list.set_min_sequence(issued.receipt().sequence());
  return Must(actor.Call<v1::ListLabelCodesResponse>("LabelService/ListLabelCodes", list))
      .codes(0)
      .code();
}

claim::v1::When System::Now() const {
  claim::v1::When when;
  *when.mutable_time() = domain::StampOf(clock_.Now());
  when.set_utc_offset_minutes(480);
  return when;
}

claim::v1::Quantity System::Kilograms(int64_t kilograms) {
  claim::v1::Quantity quantity;
  quantity.set_amount(kilograms * 1'000'000);
  quantity.set_unit(claim::v1::UNIT_MILLIGRAM);
  return quantity;
}

int64_t System::LastSequence() {
  return Must(portal().router().Ask<ledger::v1::GetTreeHeadResponse>(
                  "/suyuan.ledger.v1.LedgerService/GetTreeHead", ledger::v1::GetTreeHeadRequest()))
             .size() -
         1;
}

void ExpectLogVerifies(System& system) {
  const auto records = system.operator_actor().Stream<v1::ExportRecordsResponse>(
      "AuditService/ExportRecords", v1::ExportRecordsRequest());
  ASSERT_OK(records);
  store::AuthorCheck authors;
  for (const v1::ExportRecordsResponse& exported : *records) {
    const auto leaf = ledger::Leaf::Decode(exported.leaf());
    const auto items = ledger::DecodeItems(exported.items());
    ASSERT_OK(leaf);
    ASSERT_OK(items);
    EXPECT_OK(authors.Check({*leaf, ledger::LeafHash(exported.leaf()), *items})) << leaf->sequence;
  }
}

}  // namespace suyuan::test
