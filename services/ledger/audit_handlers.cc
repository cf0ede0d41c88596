#include "services/ledger/audit_handlers.h"

#include <utility>

#include "google/protobuf/descriptor.h"
#include "services/domain/error.h"
#include "services/domain/states_identity.h"
#include "services/ledger/convert.h"
#include "services/rpc/consistency.h"
#include "services/rpc/view.h"
#include "services/rpc/waiting.h"
#include "services/store/act_check.h"
#include "services/store/events.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/base/uuid.h"
#include "suyuan/event/v1/event.pb.h"
#include "suyuan/ledger/v1/ledger.pb.h"

namespace suyuan::ledger {
namespace {

using google::protobuf::DescriptorPool;
using suyuan::v1::GetAccessProofRequest;
using suyuan::v1::GetAccessProofResponse;
using suyuan::v1::GetCheckpointRequest;
using suyuan::v1::GetCheckpointResponse;
using suyuan::v1::GetConsistencyProofRequest;
using suyuan::v1::GetConsistencyProofResponse;
using suyuan::v1::ListAccessRequest;
using suyuan::v1::ListAccessResponse;

constexpr char kMethod[] = "/suyuan.ledger.v1.LedgerService/ReportAccess";  // Of the record.
constexpr size_t kSourceSize = 16;
constexpr absl::Duration kCheckpointWait = absl::Seconds(5);

absl::Status Refuse(std::string_view why) { return absl::InvalidArgumentError(ToAbsl(why)); }

// Names of the contract only: nothing that a caller chose stands in the audit log.
bool IsMethod(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (path.empty() || path[0] != '/' || slash == 0) return false;
  return DescriptorPool::generated_pool()->FindMethodByName(
             StrCat(path.substr(1, slash - 1), ".", path.substr(slash + 1))) != nullptr;
}

// The newest checkpoint that covers so much, a witnessed one if there is one.
absl::StatusOr<Published> Newest(Publisher& publisher, uint64_t min_size) {
  return rpc::WaitFor<absl::StatusOr<Published>>(
      [&](auto done) { publisher.WhenPublished(min_size, absl::ZeroDuration(), std::move(done)); });
}

template <typename Request, typename Response>
void AddReadOnly(rpc::Handlers& handlers, std::string_view method) {
  handlers.Query<Request, Response>(
      method, [](const rpc::Call&, const Request&) -> absl::StatusOr<Response> {
        return domain::Error(suyuan::v1::REASON_READ_ONLY);
      });
}

}  // namespace

AuditHandlers::AuditHandlers(const rpc::Host& host, Ledger* log, rpc::SigningKey key)
    : host_(host), log_(log), key_(std::move(key)) {}

absl::StatusOr<std::unique_ptr<AuditHandlers>> AuditHandlers::Start(const rpc::Host& host,
                                                                    PublisherOptions publisher) {
  std::unique_ptr<AuditHandlers> audit(new AuditHandlers(host, publisher.log, publisher.key));
  rpc::Host own = host;
  own.log = publisher.log;
  ASSIGN_OR_RETURN(audit->publisher_, Publisher::Start(std::move(publisher)));
  ASSIGN_OR_RETURN(audit->view_, rpc::StartView(own, &audit->projection_, "audit"));
  return audit;
}

void AuditHandlers::AddTo(rpc::Handlers& handlers) {
  AddReport(handlers);
  AddReads(handlers);
  AddProofs(handlers);
}

// Whose the key is, the log says.
absl::StatusOr<event::v1::Event> AuditHandlers::EventOf(const event::v1::AccessSummed& sum) const {
  suyuan::v1::Reason reason;
  if (!sum.method().empty() && !IsMethod(sum.method())) return Refuse("there is no such method");
  if (!sum.reason().empty() && !suyuan::v1::Reason_Parse(sum.reason(), &reason)) {
    return Refuse("there is no such reason");
  }
  if (sum.count() < 1) return Refuse("a sum of nothing");
  event::v1::Event event;
  event::v1::AccessSummed* kept = event.mutable_access_summed();
  *kept = sum;
  kept->clear_party();
  kept->clear_member();
  if (sum.key().empty()) return event;
  if (!sum.key().starts_with("keys/")) return Refuse("there is no such key");
  ASSIGN_OR_RETURN(const auto key, host_.store->Find<domain::KeyState>(sum.key()));
  if (key == nullptr) return Refuse("there is no such key");
  kept->set_party(key->party);
  kept->set_member(key->member);
  return event;
}

absl::StatusOr<AppendRequest> AuditHandlers::RecordOf(const v1::ReportAccessRequest& report) const {
  if (report.source().size() != kSourceSize || report.number() < 1 || report.sums_size() < 1 ||
      report.sums_size() > static_cast<int>(kEventsMax)) {
    return Refuse("not a report");
  }
  std::vector<event::v1::Event> events;
  for (const event::v1::AccessSummed& sum : report.sums()) {
    ASSIGN_OR_RETURN(events.emplace_back(), EventOf(sum));
  }
  event::v1::AccessReport body;
  body.set_source(report.source());
  body.set_number(report.number());
  body.set_events_hash(std::string(AsBytes(store::HashOfEvents(events))));
  AppendRequest record;
  record.kind = RecordKind::kSystem;
  record.body = body.SerializeAsString();
  record.request_key = StrCat("/", UuidOf(record.body));
  for (const event::v1::Event& event : events) record.events.push_back(event.SerializeAsString());
  record.decided = host_.clock->Now();
  record.authorship.algorithm = key_.algorithm();
  record.authorship.key_id = key_.KeyId();
  record.authorship.signed_micros = ToMicros(record.decided);
  record.authorship.method = kMethod;
  record.authorship.signature =
      key_.Sign(SignedText(log_->identity().origin, record.authorship, record.body));
  return record;
}

void AuditHandlers::AddReport(rpc::Handlers& handlers) {
  handlers.Async<v1::ReportAccessRequest, v1::ReportAccessResponse>(
      "ReportAccess",
      [this](const rpc::Call&, std::shared_ptr<const v1::ReportAccessRequest> report, auto done) {
        absl::StatusOr<AppendRequest> record = RecordOf(*report);
        if (!record.ok()) return done(record.status());
        log_->Append(*std::move(record), [done](absl::StatusOr<Appended> appended) {
          if (!appended.ok()) return done(appended.status());
          v1::ReportAccessResponse response;
          response.set_sequence(ToWire(appended->sequence));
          done(std::move(response));
        });
      });
}

void AuditHandlers::AddReads(rpc::Handlers& handlers) {
  auto& list = handlers.Query<ListAccessRequest, ListAccessResponse>(
      "ListAccess", [this](const rpc::Call& call, const auto& request) {
        return ListAccess(view_->db(), call, request);
      });
  list.ready = [this](const google::protobuf::Message& message, auto go) {
    const auto& request = static_cast<const ListAccessRequest&>(message);
    if (request.min_sequence() <= 0) return go(absl::OkStatus());
    view_->WhenReached(FromWire(request.min_sequence()) + 1, rpc::kViewWait,
                       [go](const absl::Status& reached) {
                         go(reached.ok() ? reached : domain::Error(suyuan::v1::REASON_VIEW_BEHIND));
                       });
  };
}

void AuditHandlers::AddProofs(rpc::Handlers& handlers) {
  const auto when_published = [this](uint64_t min_size, auto go) {
    publisher_->WhenPublished(min_size, kCheckpointWait,
                              [go](const absl::StatusOr<Published>&) { go(absl::OkStatus()); });
  };
  auto& proof = handlers.Query<GetAccessProofRequest, GetAccessProofResponse>(
      "GetAccessProof",
      [this](const rpc::Call&, const auto& request) -> absl::StatusOr<GetAccessProofResponse> {
        ASSIGN_OR_RETURN(const AccessName name, ParseAccessName(request.name()));
        ASSIGN_OR_RETURN(const Published newest, Newest(*publisher_, name.sequence + 1));
        return ProveAccess(*log_, request.name(), newest);
      });
  proof.ready = [when_published](const google::protobuf::Message& message, auto go) {
    const auto name = ParseAccessName(static_cast<const GetAccessProofRequest&>(message).name());
    if (!name.ok()) return go(absl::OkStatus());  // Which the answer finds.
    when_published(name->sequence + 1, go);
  };
  auto& checkpoint = handlers.Query<GetCheckpointRequest, GetCheckpointResponse>(
      "GetAuditCheckpoint",
      [this](const rpc::Call&, const auto& request) -> absl::StatusOr<GetCheckpointResponse> {
        ASSIGN_OR_RETURN(const Published newest, Newest(*publisher_, FromWire(request.min_size())));
        GetCheckpointResponse response;
        response.set_note(newest.note);
        response.set_size(ToWire(newest.head.size));
        response.set_root(std::string(AsBytes(newest.head.root)));
        response.set_level(newest.witnessed ? suyuan::v1::LEVEL_WITNESSED
                                            : suyuan::v1::LEVEL_PUBLISHED);
        return response;
      });
  checkpoint.ready = [when_published](const google::protobuf::Message& message, auto go) {
    when_published(FromWire(static_cast<const GetCheckpointRequest&>(message).min_size()), go);
  };
  handlers.Query<GetConsistencyProofRequest, GetConsistencyProofResponse>(
      "GetAuditConsistency",
      [this](const rpc::Call&, const auto& request) { return rpc::ConsistencyOf(*log_, request); });
}

void AddNoAuditLog(rpc::Handlers& handlers) {
  AddReadOnly<v1::ReportAccessRequest, v1::ReportAccessResponse>(handlers, "ReportAccess");
  AddReadOnly<ListAccessRequest, ListAccessResponse>(handlers, "ListAccess");
  AddReadOnly<GetAccessProofRequest, GetAccessProofResponse>(handlers, "GetAccessProof");
  AddReadOnly<GetCheckpointRequest, GetCheckpointResponse>(handlers, "GetAuditCheckpoint");
  AddReadOnly<GetConsistencyProofRequest, GetConsistencyProofResponse>(handlers,
                                                                       "GetAuditConsistency");
}

}  // namespace suyuan::ledger
