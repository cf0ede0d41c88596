#include "services/trace/trace.h"

#include <utility>

#include "services/domain/chain_rules.h"
#include "services/rpc/paging.h"
#include "services/trace/access.h"
#include "services/trace/audit.h"
#include "services/trace/journey.h"
#include "services/trace/projection.h"
#include "services/trace/rows.h"
#include "services/trace/walk.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "suyuan/v1/audit.pb.h"

namespace suyuan::trace {
namespace {

constexpr absl::Duration kViewWait = absl::Seconds(5);

class TraceModule final : public rpc::Module {
 public:
  static absl::StatusOr<std::unique_ptr<rpc::Module>> Make(const rpc::Host& host) {
    std::unique_ptr<TraceModule> trace(new TraceModule(host));
    index::RunnerOptions options;
    options.dir = host.dir + "/view";
    options.source = host.log;
    options.projection = &trace->projection_;
    options.memory = host.memory;
    ASSIGN_OR_RETURN(trace->runner_, index::Runner::Start(options));
    trace->RegisterStreams();
    trace->RegisterQueries();
    RegisterAudit(trace->host_, trace->audit_);
    return trace;
  }
  std::vector<const rpc::Handlers*> services() const override { return {&trace_, &audit_}; }

 private:
  explicit TraceModule(const rpc::Host& host) : host_(host) {}
  void RegisterStreams();
  void RegisterQueries();

  // The view as of now: all of an answer is read from one.
  std::shared_ptr<const View> Now() const { return std::make_shared<const View>(&runner_->db()); }
  absl::StatusOr<v1::ListStockResponse> ListStock(const rpc::Call& call,
                                                  const v1::ListStockRequest& request) const;
  absl::StatusOr<v1::ListBatchesResponse> ListBatches(const rpc::Call& call,
                                                      const v1::ListBatchesRequest& request) const;

  const rpc::Host host_;
  TraceProjection projection_;
  std::unique_ptr<index::Runner> runner_;
  rpc::Handlers trace_{v1::TraceNode::descriptor()->file()->FindServiceByName("TraceService")};
  rpc::Handlers audit_{v1::RecordSummary::descriptor()->file()->FindServiceByName("AuditService")};
};

// One row a pull.
rpc::Generator<v1::TimelineEntry> Timeline(std::shared_ptr<const View> view,
                                           const std::string& batch) {
  const std::string prefix = StrCat(batch, "|");
  std::shared_ptr<kv::Iterator> row = view->NewIterator(kTimeline);
  row->Seek(prefix);
  return [view, prefix, row]() -> absl::StatusOr<std::unique_ptr<v1::TimelineEntry>> {
    if (!row->Valid() || !row->key().starts_with(prefix)) {
      RETURN_IF_ERROR(row->status());
      return nullptr;
    }
    auto entry = std::make_unique<v1::TimelineEntry>();
    if (!entry->ParseFromString(std::string(row->value()))) {
      return absl::DataLossError("a row of the trace view cannot be read");
    }
    row->Next();
    RETURN_IF_ERROR(view->AddNames(entry.get()));
    return entry;
  };
}

// One batch a pull.
absl::StatusOr<rpc::Generator<v1::TraceNode>> Nodes(std::shared_ptr<const View> view,
                                                    Direction direction,
                                                    const std::vector<std::string>& roots,
                                                    int depth_max) {
  ASSIGN_OR_RETURN(std::shared_ptr<Walk> walk, Walk::Start(std::move(view), direction, roots,
                                                           depth_max == 0 ? kDepthAll : depth_max));
  return rpc::Generator<v1::TraceNode>([walk] { return walk->Next(); });
}

void TraceModule::RegisterStreams() {
  trace_.Stream<v1::StreamTimelineRequest, v1::TimelineEntry>(
      "StreamTimeline",
      [this](const rpc::Call& call,
             const auto& request) -> absl::StatusOr<rpc::Generator<v1::TimelineEntry>> {
        const std::shared_ptr<const View> view = Now();
        RETURN_IF_ERROR(GetSeen(*view, *call.caller, request.batch()).status());
        return Timeline(view, request.batch());
      });
  const auto walk = [this](Direction direction) {
    return [this, direction](const rpc::Call& call,
                             const auto& request) -> absl::StatusOr<rpc::Generator<v1::TraceNode>> {
      const std::shared_ptr<const View> view = Now();
      RETURN_IF_ERROR(GetSeen(*view, *call.caller, request.batch()).status());
      return Nodes(view, direction, {request.batch()}, request.depth_max());
    };
  };
  trace_.Stream<v1::TraceBackRequest, v1::TraceNode>("TraceBack", walk(Direction::kBack));
  trace_.Stream<v1::TraceForwardRequest, v1::TraceNode>("TraceForward", walk(Direction::kForward));
  trace_.Stream<v1::StreamScopeRequest, v1::TraceNode>(
      "StreamScope", [this](const rpc::Call&, const auto& request) {
        return Nodes(Now(), Direction::kForward,
                     {request.batches().begin(), request.batches().end()}, kDepthAll);
      });
}

void TraceModule::RegisterQueries() {
  trace_.Query<v1::ListStockRequest, v1::ListStockResponse>(
      "ListStock",
      [this](const rpc::Call& call, const auto& request) { return ListStock(call, request); });
  trace_.Query<v1::ListBatchesRequest, v1::ListBatchesResponse>(
      "ListBatches",
      [this](const rpc::Call& call, const auto& request) { return ListBatches(call, request); });
  trace_.Query<v1::GetJourneyRequest, v1::Journey>(
      "GetJourney",
      [this](const rpc::Call&, const auto& request) { return JourneyOf(*Now(), request.batch()); });
  trace_.set_view([this](uint64_t size, std::function<void(absl::Status)> done) {
    runner_->WhenReached(size, kViewWait, std::move(done));
  });
}

// What stands at a holding's place, as a line of a list. False: nothing does any more.
absl::StatusOr<bool> FillStock(const View& view, const std::string& holding_key,
                               v1::StockLine* line) {
  v1::Holding* holding = line->mutable_holding();
  ASSIGN_OR_RETURN(const bool held, view.Find(kHoldings, holding_key, holding));
  v1::Batch batch;
  ASSIGN_OR_RETURN(const bool found,
                   view.FindBatch(holding_key.substr(0, holding_key.find('|')), &batch));
  if (!held || !found) return absl::DataLossError("a line of stock leads nowhere");
  ASSIGN_OR_RETURN(*holding->mutable_party_name(), view.NameOf(holding->party()));
  ASSIGN_OR_RETURN(*holding->mutable_site_name(), view.NameOf(holding->site()));
  line->set_batch(batch.name());
  line->set_product(batch.product());
  ASSIGN_OR_RETURN(*line->mutable_product_name(), view.NameOf(batch.product()));
  line->set_grade(batch.grade());
  line->set_on_hold(batch.holds_size() > 0);
  ASSIGN_OR_RETURN(const std::optional<v1::OpenRecall> recall, view.OpenRecallOf(batch));
  line->set_recalled(recall.has_value());
  return true;
}

absl::StatusOr<v1::ListStockResponse> TraceModule::ListStock(
    const rpc::Call& call, const v1::ListStockRequest& request) const {
  const std::string own = call.caller->party.name();
  const std::string party = request.party().empty() ? own : request.party();
  const std::string prefix =
      request.site().empty() ? StrCat("stock|", party, "|") : StockKey(party, request.site(), "");
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(call, request, prefix));
  const std::shared_ptr<const View> view = Now();
  if (party != own && !SeesAll(*call.caller)) {
    ASSIGN_OR_RETURN(const bool supervised, Supervises(*view, *call.caller, party));
    if (!supervised) return domain::NotFound(party);
  }
  const std::unique_ptr<kv::Iterator> row = view->NewIterator(kHoldings);
  v1::ListStockResponse response;
  ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                   rpc::VisitPage(page, *row, [&](std::string_view, std::string_view holding) {
                     return FillStock(*view, std::string(holding), response.add_lines());
                   }));
  ASSIGN_OR_RETURN(const uint64_t size, view->Size());
  response.set_as_of_size(static_cast<int64_t>(size));
  return response;
}

absl::StatusOr<v1::ListBatchesResponse> TraceModule::ListBatches(
    const rpc::Call& call, const v1::ListBatchesRequest& request) const {
  // The narrowest list there is; the rest of what is asked for is a filter over it.
  std::string list = "all|";
  // A regulator of a part of the ledger looks through all of it for what is his to see.
  const bool chooses = !SeesAll(*call.caller) && call.caller->Is(claim::v1::PARTY_ROLE_REGULATOR);
  if (!SeesAll(*call.caller) && !chooses) {
    list = StrCat("seen|", call.caller->party.name(), "|");
  } else if (!request.party().empty()) {
    list = StrCat("party|", request.party(), "|");
  } else if (!request.product().empty()) {
    list = StrCat("product|", request.product(), "|");
  }
  ASSIGN_OR_RETURN(
      const rpc::Page page,
      rpc::PageOf(call, request, list, StrCat(request.party(), "|", request.product())));
  const std::shared_ptr<const View> view = Now();
  const std::unique_ptr<kv::Iterator> row = view->NewIterator(kBatches);
  v1::ListBatchesResponse response;
  ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      rpc::VisitPage(
          page, *row, [&](std::string_view, std::string_view name) -> absl::StatusOr<bool> {
            v1::Batch batch;
            ASSIGN_OR_RETURN(const bool found, view->FindBatch(std::string(name), &batch));
            if (!found) return absl::DataLossError("a list leads to no batch");
            if (!request.party().empty() && batch.party() != request.party()) return false;
            if (!request.product().empty() && batch.product() != request.product()) {
              return false;
            }
            if (chooses) {
              ASSIGN_OR_RETURN(const bool seen, MaySee(*view, *call.caller, batch));
              if (!seen) return false;
            }
            *response.add_batches() = std::move(batch);
            return true;
          }));
  return response;
}

}  // namespace

absl::StatusOr<std::unique_ptr<rpc::Module>> MakeTrace(const rpc::Host& host) {
  return TraceModule::Make(host);
}

}  // namespace suyuan::trace
