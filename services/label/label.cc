#include "services/label/label.h"

#include <filesystem>
#include <optional>

#include "absl/strings/ascii.h"
#include "services/document/qr.h"
#include "services/domain/chain_rules.h"
#include "services/domain/deciders.h"
#include "services/domain/error.h"
#include "services/label/code.h"
#include "services/label/journeys.h"
#include "services/label/pins.h"
#include "services/label/print.h"
#include "services/label/products.h"
#include "services/label/scans.h"
#include "services/label/signals.h"
#include "services/label/view.h"
#include "services/rpc/paging.h"
#include "storage/base/bytes.h"
#include "storage/base/log.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "suyuan/v1/label.pb.h"

namespace suyuan::label {
namespace {

constexpr absl::Duration kViewWait = absl::Seconds(5);
constexpr int kDotsDefault = 8;

// Scheme and host of the addresses printed, both in lower case: several phones take another
// scheme's spelling for plain text.
struct Address {
  std::string scheme;  // "https://".
  std::string host;    // With its port, where it has one.
};

absl::StatusOr<Address> AddressOf(const std::string& public_url) {
  const std::string url = absl::AsciiStrToLower(public_url);
  for (const std::string scheme : {"https://", "http://"}) {
    if (!url.starts_with(scheme)) continue;
    const std::string host = url.substr(scheme.size());
    if (host.empty() ||
        host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.:[]") != std::string::npos) {
      break;
    }
    return Address{scheme, host};
  }
  return absl::InvalidArgumentError(StrCat("not scheme and host alone: ", public_url));
}

// The picture a request asks for, of an address.
template <typename Request, typename Response>
absl::Status DrawInto(const Request& request, const std::string& url, Response* response) {
  response->set_url(url);
  if (request.image() == v1::LABEL_IMAGE_PNG) {
    const int dots = request.dots_per_module() == 0 ? kDotsDefault : request.dots_per_module();
    ASSIGN_OR_RETURN(*response->mutable_image(), document::QrPng(url, dots));
    response->set_media_type("image/png");
  } else {
    ASSIGN_OR_RETURN(*response->mutable_image(), document::QrSvg(url));
    response->set_media_type("image/svg+xml");
  }
  return absl::OkStatus();
}

// Unknown, guessed and another product's: nobody learns which.
absl::Status UnknownLabel() { return domain::NotFound("label"); }

// Labels of a run are derived, not stored: a page's rows are their numbers.
absl::StatusOr<int> FirstNumber(const rpc::Page& page, const Run& run) {
  if (page.after.empty()) return 1;
  const std::string position = page.after.substr(page.prefix.size());
  ByteReader reader(position);
  const uint32_t last = reader.U32();
  if (!reader.done() || last >= static_cast<uint32_t>(run.count)) {
    return domain::Error(v1::REASON_PAGE_TOKEN_INVALID);
  }
  return static_cast<int>(last) + 1;
}

std::string TokenAfterNumber(const rpc::Page& page, int number) {
  std::string last = page.prefix;
  PutU32(last, static_cast<uint32_t>(number));
  return rpc::TokenAfter(page, last);
}

class LabelModule final : public rpc::Module {
 public:
  static absl::StatusOr<std::unique_ptr<rpc::Module>> Make(const rpc::Host& host,
                                                           LabelSettings settings) {
    ASSIGN_OR_RETURN(Address address, AddressOf(settings.public_url));
    std::map<int, std::string> secrets = std::move(settings.earlier_keys);
    secrets[settings.epoch] = std::move(settings.epoch_key);
    EpochKeys keys;
    for (const auto& [epoch, secret] : secrets) {
      if (secret.size() < kEpochKeyMin) {
        return absl::InvalidArgumentError(StrCat("the key of label epoch ", epoch, " is short"));
      }
      keys.emplace(epoch, HmacKey(secret));
    }
    std::unique_ptr<LabelModule> label(
        new LabelModule(host, std::move(address), settings.epoch, std::move(keys)));
    index::RunnerOptions options;
    options.dir = host.dir + "/view";
    options.source = host.log;
    options.projection = &label->projection_;
    options.memory = host.memory;
    ASSIGN_OR_RETURN(label->runner_, index::Runner::Start(options));
    label->view_.emplace(&label->runner_->db());
    std::error_code error;
    std::filesystem::create_directories(settings.scans_dir, error);
    if (!error) {
      std::filesystem::permissions(settings.scans_dir, std::filesystem::perms::owner_all, error);
    }
    if (error) return absl::InternalError(StrCat(settings.scans_dir, ": ", error.message()));
    ScansOptions scans;
    scans.dir = settings.scans_dir + "/counts";
    scans.clock = host.clock;
    scans.utc_offset_minutes = host.log->identity().utc_offset_minutes;
    scans.memory = host.memory;
    ASSIGN_OR_RETURN(label->scans_, Scans::Open(scans));
    PinsOptions pins;
    pins.dir = settings.scans_dir + "/pins";
    pins.clock = host.clock;
    pins.utc_offset_minutes = scans.utc_offset_minutes;
    pins.memory = host.memory;
    ASSIGN_OR_RETURN(label->pins_, Pins::Open(pins));
    label->Register();
    return label;
  }
  std::vector<const rpc::Handlers*> services() const override { return {&handlers_}; }

 private:
  LabelModule(const rpc::Host& host, Address address, int epoch, EpochKeys keys)
      : host_(host),
        address_(std::move(address)),
        epoch_(epoch),
        keys_(std::move(keys)),
        origin_(host.log->identity().origin),
        projection_(origin_, &keys_),
        journeys_(host.router) {}

  void Register();
  void RegisterCommands();

  // The run, where the caller's party issued it: NOT_FOUND otherwise.
  absl::StatusOr<Run> OwnRun(const rpc::Call& call, const std::string& name) const {
    ASSIGN_OR_RETURN(std::optional<Run> run, view_->FindRun(name));
    if (!run.has_value() || run->party != call.caller->party.name()) return domain::NotFound(name);
    return *std::move(run);
  }
  absl::StatusOr<v1::LabelCode> CodeIn(const Run& run, int number) const;
  absl::StatusOr<v1::ListLabelCodesResponse> ListCodes(const rpc::Call& call,
                                                       const v1::ListLabelCodesRequest& request);
  absl::StatusOr<v1::ListLabelRangesResponse> ListRanges(const rpc::Call& call,
                                                         const v1::ListLabelRangesRequest& request);
  absl::StatusOr<v1::ListLabelRunsResponse> ListRuns(const rpc::Call& call,
                                                     const v1::ListLabelRunsRequest& request);
  absl::StatusOr<v1::DrawLabelResponse> Draw(const rpc::Call& call,
                                             const v1::DrawLabelRequest& request);
  absl::StatusOr<rpc::Generator<v1::PrintLabelsResponse>> Print(
      const rpc::Call& call, const v1::PrintLabelsRequest& request);
  absl::StatusOr<v1::DrawBatchCodeResponse> DrawBatch(const rpc::Call& call,
                                                      const v1::DrawBatchCodeRequest& request);
  // The label of a code that holds, of that product where one is named; NOT_FOUND otherwise.
  absl::StatusOr<Label> FindLabel(const std::string& code, const std::string& gtin) const;
  // What is said of a label itself; its batch's journey is another matter.
  absl::StatusOr<v1::ResolveLabelResponse> Show(const Label& label) const;
  // Of the label's batch. The trace view may be behind this one: it knows the batch once it has
  // seen the run's record.
  absl::StatusOr<std::shared_ptr<const Journey>> JourneyOf(const Label& label,
                                                           int64_t min_sequence) {
    return journeys_.Get(label.run.batch,
                         std::max(min_sequence, static_cast<int64_t>(label.run.sequence)));
  }
  void AddScans(const absl::StatusOr<Scanned>& scanned, v1::ResolveLabelResponse* response) const;
  absl::StatusOr<v1::ResolveLabelResponse> Resolve(const v1::ResolveLabelRequest& request);
  absl::StatusOr<v1::ScanLabelResponse> Scan(const v1::ScanLabelRequest& request);
  absl::StatusOr<v1::CheckLabelPinResponse> CheckPin(const v1::CheckLabelPinRequest& request);
  absl::StatusOr<v1::ListScanSignalsResponse> ListSignals(
      const rpc::Call& call, const v1::ListScanSignalsRequest& request);
  absl::StatusOr<v1::ResolveBatchResponse> ResolveBatch(const v1::ResolveBatchRequest& request);

  const rpc::Host host_;
  const Address address_;
  const int epoch_;
  const EpochKeys keys_;
  const std::string origin_;
  LabelProjection projection_;
  std::unique_ptr<index::Runner> runner_;
  std::optional<LabelView> view_;
  std::unique_ptr<Scans> scans_;
  std::unique_ptr<Pins> pins_;
  Journeys journeys_;
  rpc::Handlers handlers_{
      v1::ResolveLabelRequest::descriptor()->file()->FindServiceByName("LabelService")};
};

void LabelModule::RegisterCommands() {
  handlers_.Command<v1::IssueLabelsRequest, v1::IssueLabelsResponse>(
      "IssueLabels",
      [this](domain::World& world, domain::Context& context, const auto& request) {
        return domain::DecideIssueLabels(world, context, request.run(), epoch_, address_.host);
      },
      [](const auto&, const rpc::Recorded& recorded, v1::IssueLabelsResponse* response) {
        const event::v1::LabelsIssued& issued = recorded.events[0].labels_issued();
        response->set_run(issued.run());
        response->set_count(issued.claim().count());
      });
  handlers_.Command<v1::VoidLabelsRequest, v1::VoidLabelsResponse>(
      "VoidLabels",
      [](domain::World& world, domain::Context& context, const auto& request) {
        return domain::DecideVoidLabels(world, context, request.label_void());
      },
      [](const auto&, const rpc::Recorded& recorded, v1::VoidLabelsResponse* response) {
        const claim::v1::LabelVoid& claim = recorded.events[0].labels_voided().claim();
        response->set_voided(claim.last() - claim.first() + 1);
      });
  handlers_.Command<v1::MarkLabelsRequest, v1::MarkLabelsResponse>(
      "MarkLabels",
      [](domain::World& world, domain::Context& context, const auto& request) {
        return domain::DecideMarkLabels(world, context, request.label_mark());
      },
      [](const auto&, const rpc::Recorded&, v1::MarkLabelsResponse*) {});
}

void LabelModule::Register() {
  RegisterCommands();
  handlers_.Query<v1::ListLabelRangesRequest, v1::ListLabelRangesResponse>(
      "ListLabelRanges",
      [this](const rpc::Call& call, const auto& request) { return ListRanges(call, request); });
  handlers_.Query<v1::ListLabelCodesRequest, v1::ListLabelCodesResponse>(
      "ListLabelCodes",
      [this](const rpc::Call& call, const auto& request) { return ListCodes(call, request); });
  handlers_.Query<v1::ListLabelRunsRequest, v1::ListLabelRunsResponse>(
      "ListLabelRuns",
      [this](const rpc::Call& call, const auto& request) { return ListRuns(call, request); });
  handlers_.Query<v1::DrawLabelRequest, v1::DrawLabelResponse>(
      "DrawLabel",
      [this](const rpc::Call& call, const auto& request) { return Draw(call, request); });
  handlers_.Query<v1::ResolveLabelRequest, v1::ResolveLabelResponse>(
      "ResolveLabel", [this](const rpc::Call&, const auto& request) { return Resolve(request); });
  handlers_.Async<v1::ScanLabelRequest, v1::ScanLabelResponse>(
      "ScanLabel", [this](const rpc::Call&, const auto& request, const auto& done) {
        done(Scan(*request));
        scans_->WriteIfDue();  // Whoever scanned is answered already.
      });
  handlers_.Query<v1::CheckLabelPinRequest, v1::CheckLabelPinResponse>(
      "CheckLabelPin", [this](const rpc::Call&, const auto& request) { return CheckPin(request); });
  handlers_.Query<v1::ListScanSignalsRequest, v1::ListScanSignalsResponse>(
      "ListScanSignals",
      [this](const rpc::Call& call, const auto& request) { return ListSignals(call, request); });
  handlers_.Query<v1::DrawBatchCodeRequest, v1::DrawBatchCodeResponse>(
      "DrawBatchCode",
      [this](const rpc::Call& call, const auto& request) { return DrawBatch(call, request); });
  handlers_.Query<v1::ResolveBatchRequest, v1::ResolveBatchResponse>(
      "ResolveBatch",
      [this](const rpc::Call&, const auto& request) { return ResolveBatch(request); });
  handlers_.Query<v1::ResolveProductRequest, v1::ResolveProductResponse>(
      "ResolveProduct", [this](const rpc::Call&, const auto& request) {
        return ResolveProduct(*host_.store, request);
      });
  handlers_.Stream<v1::PrintLabelsRequest, v1::PrintLabelsResponse>(
      "PrintLabels",
      [this](const rpc::Call& call, const auto& request) { return Print(call, request); });
  handlers_.set_view([this](uint64_t size, std::function<void(absl::Status)> done) {
    runner_->WhenReached(size, kViewWait, std::move(done));
  });
}

absl::StatusOr<v1::LabelCode> LabelModule::CodeIn(const Run& run, int number) const {
  v1::LabelCode code;
  code.set_number(number);
  // The view holds no run whose key is not there.
  code.set_code(CodeOf(keys_.at(run.epoch), origin_, run.name, number));
  code.set_url(LabelUrl(address_.scheme + run.host, run.gtin14, code.code()));
  ASSIGN_OR_RETURN(const Life life, view_->LifeOf(run.name, number));
  code.set_voided(life.state == v1::LABEL_STATE_VOIDED);
  code.set_state(life.state);
  if (run.pin) code.set_pin(PinOf(keys_.at(run.epoch), origin_, run.name, number));
  return code;
}

absl::StatusOr<v1::ListLabelCodesResponse> LabelModule::ListCodes(
    const rpc::Call& call, const v1::ListLabelCodesRequest& request) {
  ASSIGN_OR_RETURN(const Run run, OwnRun(call, request.run()));
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(call, request, run.name + "|"));
  ASSIGN_OR_RETURN(int number, FirstNumber(page, run));
  v1::ListLabelCodesResponse response;
  for (; number <= run.count; ++number) {
    if (response.codes_size() == page.size) {
      response.set_next_page_token(TokenAfterNumber(page, number - 1));
      break;
    }
    ASSIGN_OR_RETURN(*response.add_codes(), CodeIn(run, number));
  }
  return response;
}

absl::StatusOr<v1::ListLabelRangesResponse> LabelModule::ListRanges(
    const rpc::Call& call, const v1::ListLabelRangesRequest& request) {
  ASSIGN_OR_RETURN(const Run run, OwnRun(call, request.run()));
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(call, request, run.name + "|"));
  ASSIGN_OR_RETURN(int number, FirstNumber(page, run));
  v1::ListLabelRangesResponse response;
  while (number <= run.count) {
    if (response.ranges_size() == page.size) {
      response.set_next_page_token(TokenAfterNumber(page, number - 1));
      break;
    }
    ASSIGN_OR_RETURN(*response.add_ranges(), view_->RangeFrom(run, number));
    number = response.ranges().rbegin()->last() + 1;
  }
  return response;
}

absl::StatusOr<v1::ListLabelRunsResponse> LabelModule::ListRuns(
    const rpc::Call& call, const v1::ListLabelRunsRequest& request) {
  const std::string& caller = call.caller->party.name();
  ASSIGN_OR_RETURN(const auto batch, host_.store->Find<domain::BatchState>(request.batch()));
  if (batch == nullptr || (batch->party != caller && batch->maker != caller)) {
    return domain::NotFound(request.batch());
  }
  ASSIGN_OR_RETURN(const rpc::Page page,
                   rpc::PageOf(call, request, RunListPrefix(request.batch())));
  v1::ListLabelRunsResponse response;
  const kv::Db& db = view_->db();
  const std::unique_ptr<kv::Iterator> row = db.NewIterator(kRuns);
  ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      rpc::VisitPage(
          page, *row, [&](std::string_view, std::string_view name) -> absl::StatusOr<bool> {
            ASSIGN_OR_RETURN(const std::optional<Run> run, view_->FindRun(std::string(name)));
            if (!run.has_value() || run->party != caller) return false;
            ASSIGN_OR_RETURN(const std::string summary, db.Get(kSummaries, name));
            if (response.add_runs()->ParseFromString(summary)) return true;
            return absl::DataLossError("a label run cannot be read");
          }));
  return response;
}

absl::StatusOr<v1::DrawLabelResponse> LabelModule::Draw(const rpc::Call& call,
                                                        const v1::DrawLabelRequest& request) {
  ASSIGN_OR_RETURN(const Run run, OwnRun(call, request.run()));
  if (request.number() > run.count) return domain::Error(v1::REASON_LABEL_RANGE);
  ASSIGN_OR_RETURN(const v1::LabelCode code, CodeIn(run, request.number()));
  if (code.voided()) return domain::Error(v1::REASON_LABEL_RANGE);
  v1::DrawLabelResponse response;
  RETURN_IF_ERROR(DrawInto(request, code.url(), &response));
  return response;
}

absl::StatusOr<rpc::Generator<v1::PrintLabelsResponse>> LabelModule::Print(
    const rpc::Call& call, const v1::PrintLabelsRequest& request) {
  PrintJob job;
  ASSIGN_OR_RETURN(job.run, OwnRun(call, request.run()));
  job.request = request;
  ASSIGN_OR_RETURN(const auto journey,
                   journeys_.Get(job.run.batch, static_cast<int64_t>(job.run.sequence)));
  job.journey = journey->says;
  job.utc_offset_minutes = host_.log->identity().utc_offset_minutes;
  job.code = [this, run = job.run](int number) { return CodeIn(run, number); };
  return OpenPrint(std::move(job));
}

absl::StatusOr<v1::DrawBatchCodeResponse> LabelModule::DrawBatch(
    const rpc::Call& call, const v1::DrawBatchCodeRequest& request) {
  const std::string& caller = call.caller->party.name();
  ASSIGN_OR_RETURN(const auto batch, host_.store->Find<domain::BatchState>(request.batch()));
  if (batch == nullptr || (batch->party != caller && batch->maker != caller)) {
    return domain::NotFound(request.batch());
  }
  ASSIGN_OR_RETURN(const std::string gtin14, view_->GtinOf(batch->product));
  const std::string id(domain::BatchId::FromName(request.batch()).id());
  v1::DrawBatchCodeResponse response;
  const std::string url = BatchUrl(address_.scheme + address_.host, gtin14, id);
  RETURN_IF_ERROR(DrawInto(request, url, &response));
  return response;
}

absl::StatusOr<Label> LabelModule::FindLabel(const std::string& code,
                                             const std::string& gtin) const {
  bool holds = false;
  for (const auto& [epoch, key] : keys_) holds |= CheckHolds(key, code);
  if (!holds) return UnknownLabel();
  ASSIGN_OR_RETURN(std::optional<Label> label, view_->FindCode(code));
  if (!label.has_value()) return UnknownLabel();
  if (!gtin.empty() && Gtin14(gtin) != label->run.gtin14) return UnknownLabel();
  return *std::move(label);
}

absl::StatusOr<v1::ResolveLabelResponse> LabelModule::Show(const Label& label) const {
  const Run& run = label.run;
  v1::ResolveLabelResponse response;
  response.set_batch(run.batch);
  response.set_number(label.number);
  ASSIGN_OR_RETURN(const Life life, view_->LifeOf(run.name, label.number));
  response.set_voided(life.state == v1::LABEL_STATE_VOIDED);
  response.set_state(life.state);
  response.set_steps_recorded(life.steps_recorded);
  if (life.mark.has_occur()) *response.mutable_state_time() = life.mark.occur().time();
  response.set_retire_cause(life.mark.cause());
  response.set_has_pin(run.pin);
  return response;
}

// Counts that cannot be read are no reason to show nothing.
void LabelModule::AddScans(const absl::StatusOr<Scanned>& scanned,
                           v1::ResolveLabelResponse* response) const {
  if (scanned.ok()) {
    *response->mutable_scans() = ScansOf(*scans_, *scanned);
  } else {
    log::Error("scans not found", {{"status", scanned.status().ToString()}});
  }
}

absl::StatusOr<v1::ResolveLabelResponse> LabelModule::Resolve(
    const v1::ResolveLabelRequest& request) {
  ASSIGN_OR_RETURN(const Label label, FindLabel(request.code(), request.gtin()));
  ASSIGN_OR_RETURN(v1::ResolveLabelResponse response, Show(label));
  ASSIGN_OR_RETURN(const auto journey, JourneyOf(label, request.min_sequence()));
  *response.mutable_journey() = journey->says;
  AddScans(scans_->Find(label.run.name, label.number), &response);
  return response;
}

absl::StatusOr<v1::ScanLabelResponse> LabelModule::Scan(const v1::ScanLabelRequest& request) {
  ASSIGN_OR_RETURN(const Label label, FindLabel(request.code(), request.gtin()));
  ASSIGN_OR_RETURN(const auto journey, JourneyOf(label, 0));
  v1::ScanLabelResponse response;
  response.set_journey_version(journey->version);
  ASSIGN_OR_RETURN(*response.mutable_label(), Show(label));
  AddScans(scans_->Count({.run = label.run.name,
                          .number = label.number,
                          .batch = label.run.batch,
                          .network = request.network(),
                          .signals = SignalsOf(response.label(), journey->says),
                          .place = PlaceOf(request.place())}),
           response.mutable_label());
  return response;
}

absl::StatusOr<v1::CheckLabelPinResponse> LabelModule::CheckPin(
    const v1::CheckLabelPinRequest& request) {
  ASSIGN_OR_RETURN(const Label label, FindLabel(request.code(), request.gtin()));
  v1::CheckLabelPinResponse response;
  response.set_outcome(v1::PIN_OUTCOME_NONE);
  if (!label.run.pin) return response;
  const std::string pin = PinOf(keys_.at(label.run.epoch), origin_, label.run.name, label.number);
  return pins_->Check(label, pin, request.pin(), request.network());
}

absl::StatusOr<v1::ListScanSignalsResponse> LabelModule::ListSignals(
    const rpc::Call& call, const v1::ListScanSignalsRequest& request) {
  RETURN_IF_ERROR(scans_->Write());  // What is pending belongs to the answer.
  const std::string prefix = request.batch().empty() ? "" : request.batch() + "|";
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(call, request, prefix));
  v1::ListScanSignalsResponse response;
  const std::unique_ptr<kv::Iterator> row = scans_->Clusters();
  ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      rpc::VisitPage(
          page, *row, [&](std::string_view key, std::string_view value) -> absl::StatusOr<bool> {
            ASSIGN_OR_RETURN(auto cluster,
                             ShownCluster(*host_.store, *scans_, *call.caller, key, value));
            if (cluster.has_value()) *response.add_signals() = *std::move(cluster);
            return cluster.has_value();
          }));
  return response;
}

absl::StatusOr<v1::ResolveBatchResponse> LabelModule::ResolveBatch(
    const v1::ResolveBatchRequest& request) {
  v1::ResolveBatchResponse response;
  ASSIGN_OR_RETURN(const auto journey, journeys_.Get(request.batch(), request.min_sequence()));
  *response.mutable_journey() = journey->says;
  response.set_journey_version(journey->version);
  if (!request.gtin().empty() &&
      Gtin14(request.gtin()) != Gtin14(response.journey().product().gtin())) {
    return domain::NotFound(request.batch());
  }
  return response;
}

}  // namespace

absl::StatusOr<std::unique_ptr<rpc::Module>> MakeLabel(const rpc::Host& host,
                                                       LabelSettings settings) {
  return LabelModule::Make(host, std::move(settings));
}

}  // namespace suyuan::label
