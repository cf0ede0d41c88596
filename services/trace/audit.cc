#include "services/trace/audit.h"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>

#include "services/domain/chain_rules.h"
#include "services/domain/error.h"
#include "services/domain/states.h"
#include "services/domain/states_identity.h"
#include "services/domain/time.h"
#include "services/rpc/consistency.h"
#include "services/rpc/hashes.h"
#include "services/rpc/paging.h"
#include "services/rpc/receipt.h"
#include "services/tlog/proof.h"
#include "services/trace/audit_access.h"
#include "storage/base/bytes.h"
#include "storage/base/clock.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/item_proof.h"
#include "suyuan/event/v1/event.pb.h"
#include "suyuan/ledger/v1/ledger.pb.h"
#include "suyuan/v1/audit.pb.h"

namespace suyuan::trace {
namespace {

constexpr size_t kReadBytes = 1 << 20;  // Of records, at a time.

constexpr char kGetSignedCheckpoint[] = "/suyuan.ledger.v1.LedgerService/GetSignedCheckpoint";
constexpr char kGetAuditCheckpoint[] = "/suyuan.ledger.v1.LedgerService/GetAuditCheckpoint";
constexpr char kGetAuditConsistency[] = "/suyuan.ledger.v1.LedgerService/GetAuditConsistency";
constexpr absl::Duration kCheckpointWait = absl::Seconds(5);

// A published checkpoint of at least `min_size` records, if there is one.
absl::StatusOr<ledger::v1::GetSignedCheckpointResponse> Checkpoint(const rpc::Host& host,
                                                                   int64_t min_size) {
  ledger::v1::GetSignedCheckpointRequest request;
  request.set_min_size(min_size);
  return host.router->Ask<ledger::v1::GetSignedCheckpointResponse>(kGetSignedCheckpoint, request);
}

// Waits for such a checkpoint without a thread; that none came is found by whoever then asks.
void AwaitCheckpoint(const rpc::Host& host, int64_t min_size,
                     std::function<void(absl::Status)> go) {
  ledger::v1::GetSignedCheckpointRequest request;
  request.set_min_size(min_size);
  request.set_wait_micros(absl::ToInt64Microseconds(kCheckpointWait));
  host.router->AskLater(kGetSignedCheckpoint, request,
                        [go](const absl::StatusOr<std::string>&) { go(absl::OkStatus()); });
}

v1::Level LevelOf(const ledger::v1::GetSignedCheckpointResponse& checkpoint) {
  return checkpoint.witnessed() ? v1::LEVEL_WITNESSED : v1::LEVEL_PUBLISHED;
}

absl::StatusOr<v1::GetRecordProofResponse> ProofOf(const rpc::Host& host, int64_t sequence) {
  ASSIGN_OR_RETURN(ledger::v1::GetSignedCheckpointResponse checkpoint,
                   Checkpoint(host, sequence + 1));
  if (sequence >= checkpoint.size()) return domain::NotFound(StrCat("records/", sequence));
  const auto index = static_cast<uint64_t>(sequence);
  ASSIGN_OR_RETURN(const ledger::Record record, host.log->GetRecord(index));
  ASSIGN_OR_RETURN(const std::vector<Hash> path,
                   host.log->InclusionProof(index, static_cast<uint64_t>(checkpoint.size())));
  v1::GetRecordProofResponse response;
  response.set_leaf(record.leaf.Encode());
  response.set_sequence(sequence);
  rpc::AddHashes(path, response.mutable_inclusion());
  response.set_checkpoint(std::move(*checkpoint.mutable_note()));
  response.set_level(LevelOf(checkpoint));
  response.set_tlog_proof(tlog::FormatProof({response.leaf(), index, path, response.checkpoint()}));
  return response;
}

// Whether the event brought the batch into being.
bool Makes(const event::v1::Event& event, const std::string& batch) {
  const auto among = [&](const auto& outputs) {
    return std::any_of(outputs.begin(), outputs.end(),
                       [&](const auto& output) { return output.batch() == batch; });
  };
  return event.batch_harvested().batch() == batch ||
         event.batches_merged().output().batch() == batch || among(event.batch_split().outputs()) ||
         among(event.batch_graded().outputs());
}

absl::StatusOr<v1::GetBatchProofResponse> BatchProofOf(const rpc::Host& host,
                                                       const v1::GetBatchProofRequest& request) {
  ASSIGN_OR_RETURN(v1::GetRecordProofResponse proof, ProofOf(host, request.sequence()));
  ASSIGN_OR_RETURN(const ledger::Record record,
                   host.log->GetRecord(static_cast<uint64_t>(request.sequence())));
  for (size_t at = 0; at < record.items.size(); ++at) {
    const ledger::Item& item = record.items[at];
    event::v1::Event event;
    if (item.type != ledger::ItemType::kEvent || !event.ParseFromString(item.bytes) ||
        !Makes(event, request.batch())) {
      continue;
    }
    ASSIGN_OR_RETURN(const std::vector<Hash> path, ledger::ProveItem(record, at));
    v1::GetBatchProofResponse response;
    response.set_tlog_proof(std::move(*proof.mutable_tlog_proof()));
    response.set_event(item.bytes);
    response.set_event_salt(item.salt);
    response.set_item_index(static_cast<int32_t>(at));
    response.set_item_count(static_cast<int32_t>(record.items.size()));
    rpc::AddHashes(path, response.mutable_content_path());
    response.set_sequence(request.sequence());
    response.set_level(proof.level());
    return response;
  }
  return domain::NotFound(request.batch());
}

absl::StatusOr<v1::Receipt> ReceiptFor(const rpc::Host& host, int64_t sequence) {
  ledger::Appended appended;
  appended.sequence = static_cast<uint64_t>(sequence);
  const absl::StatusOr<ledger::Record> record = host.log->GetRecord(appended.sequence);
  if (absl::IsNotFound(record.status())) return domain::NotFound(StrCat("records/", sequence));
  if (!record.ok()) return record.status();
  appended.record_micros = record->leaf.record_micros;
  appended.leaf_hash = record->leaf_hash;
  ASSIGN_OR_RETURN(appended.receipt, host.log->GetReceipt(appended.sequence));
  if (appended.receipt.count == 0) return domain::Error(v1::REASON_READ_ONLY);
  const auto checkpoint = Checkpoint(host, sequence + 1);
  const bool published = checkpoint.ok() && checkpoint->size() > sequence;
  return rpc::ReceiptOf(appended, published ? LevelOf(*checkpoint) : v1::LEVEL_DURABLE);
}

absl::Status FillSummary(const ledger::Record& record, v1::RecordSummary* summary) {
  summary->set_sequence(static_cast<int64_t>(record.leaf.sequence));
  *summary->mutable_record_time() = domain::StampOf(FromMicros(record.leaf.record_micros));
  summary->set_leaf_hash(std::string(AsBytes(record.leaf_hash)));
  const ledger::Authorship authorship = record.authorship();
  summary->set_method(authorship.method);
  summary->set_key(StrCat("keys/", HexOf(authorship.key_id)));
  *summary->mutable_signed_time() = domain::StampOf(FromMicros(authorship.signed_micros));
  event::v1::Event event;
  for (const std::string_view bytes : record.events()) {
    if (!event.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      return absl::DataLossError(StrCat("an event of ", record.leaf.sequence, " cannot be read"));
    }
    summary->set_party(event.actor_party());
    summary->set_member(event.actor_member());
    const auto* kind = event.GetDescriptor()->FindFieldByNumber(event.what_case());
    summary->add_events(kind == nullptr ? "" : kind->name());
  }
  return absl::OkStatus();
}

// A record that is durable did not come: told, so that what is missing never looks like the end.
absl::Status Unread(uint64_t sequence) {
  return absl::UnavailableError(StrCat("record ", sequence, " was not answered"));
}

// Keys as of now, each asked for once a page: not the view's, which may lag behind a revocation.
class Standings {
 public:
  explicit Standings(store::Store* store) : store_(store) {}

  absl::Status Fill(v1::RecordSummary* summary) {
    auto found = keys_.find(summary->key());
    if (found == keys_.end()) {
      ASSIGN_OR_RETURN(auto key, store_->Find<domain::KeyState>(summary->key()));
      found = keys_.emplace(summary->key(), std::move(key)).first;
    }
    const absl::Time time = domain::TimeOf(summary->record_time());
    v1::Standing standing =
        found->second == nullptr ? v1::STANDING_VALID : found->second->StandingAt(time);
    if (standing == v1::STANDING_DISPUTED) {
      ASSIGN_OR_RETURN(standing, store_->Read({}, [&](domain::World& world) {
        return domain::FindStanding(world, summary->key(), time);
      }));
    }
    summary->set_standing(standing);
    return absl::OkStatus();
  }

 private:
  store::Store* const store_;
  std::map<std::string, std::shared_ptr<const domain::KeyState>> keys_;
};

absl::StatusOr<v1::ListRecordsResponse> ListRecords(const rpc::Host& host, const rpc::Call& call,
                                                    const v1::ListRecordsRequest& request) {
  ASSIGN_OR_RETURN(const rpc::Page page,
                   rpc::PageOf(call, request, "record|", StrCat(request.from())));
  auto next = static_cast<uint64_t>(request.from());
  if (!page.after.empty()) next = ByteReader(page.after.substr(page.prefix.size())).U64() + 1;
  ASSIGN_OR_RETURN(const ledger::TreeHead head, host.log->GetTreeHead());
  v1::ListRecordsResponse response;
  Standings standings(host.store);
  while (next < head.size && response.records_size() < page.size) {
    ASSIGN_OR_RETURN(const ledger::Records records,
                     host.log->ReadRecords(next, kReadBytes, absl::ZeroDuration()));
    if (records.empty()) return Unread(next);
    for (const auto& record : records) {
      if (next == head.size || response.records_size() == page.size) break;
      v1::RecordSummary* const summary = response.add_records();
      RETURN_IF_ERROR(FillSummary(*record, summary));
      RETURN_IF_ERROR(standings.Fill(summary));
      ++next;
    }
  }
  if (next < head.size) {
    response.set_next_page_token(rpc::TokenAfter(page, page.prefix + BigEndian64(next - 1)));
  }
  return response;
}

// Records of a range, read some at a time, given one a pull.
class Export {
 public:
  Export(ledger::Client* log, uint64_t from, uint64_t end) : log_(log), next_(from), end_(end) {}

  absl::StatusOr<std::unique_ptr<v1::ExportRecordsResponse>> Next() {
    if (read_.empty() && next_ < end_) {
      ASSIGN_OR_RETURN(const ledger::Records records,
                       log_->ReadRecords(next_, kReadBytes, absl::ZeroDuration()));
      if (records.empty()) return Unread(next_);
      read_.assign(records.begin(), records.end());
    }
    if (next_ == end_) return nullptr;
    auto response = std::make_unique<v1::ExportRecordsResponse>();
    response->set_leaf(read_.front()->leaf.Encode());
    response->set_items(ledger::EncodeItems(read_.front()->items));
    read_.pop_front();
    ++next_;
    return response;
  }

 private:
  ledger::Client* const log_;
  uint64_t next_;
  const uint64_t end_;
  std::deque<std::shared_ptr<const ledger::Record>> read_;
};

absl::StatusOr<rpc::Generator<v1::ExportRecordsResponse>> OpenExport(
    const rpc::Host& host, const v1::ExportRecordsRequest& request) {
  ASSIGN_OR_RETURN(const ledger::TreeHead head, host.log->GetTreeHead());
  const uint64_t from = std::min(static_cast<uint64_t>(request.from()), head.size);
  const uint64_t left = head.size - from;
  const uint64_t count = request.count() == 0 ? left : static_cast<uint64_t>(request.count());
  auto records = std::make_shared<Export>(host.log, from, from + std::min(count, left));
  return rpc::Generator<v1::ExportRecordsResponse>([records] { return records->Next(); });
}

}  // namespace

void RegisterAudit(const rpc::Host& host, rpc::Handlers& handlers) {
  auto& checkpoint = handlers.Query<v1::GetCheckpointRequest, v1::GetCheckpointResponse>(
      "GetCheckpoint",
      [&host](const rpc::Call&, const auto& request) -> absl::StatusOr<v1::GetCheckpointResponse> {
        if (request.log() == v1::LOG_AUDIT) {  // It was waited for.
          return host.router->Ask<v1::GetCheckpointResponse>(kGetAuditCheckpoint, request);
        }
        ASSIGN_OR_RETURN(const auto checkpoint, Checkpoint(host, request.min_size()));
        v1::GetCheckpointResponse response;
        response.set_note(checkpoint.note());
        response.set_size(checkpoint.size());
        response.set_root(checkpoint.root());
        response.set_level(LevelOf(checkpoint));
        return response;
      });
  checkpoint.ready = [&host](const google::protobuf::Message& request, auto go) {
    const auto& asked = static_cast<const v1::GetCheckpointRequest&>(request);
    if (asked.log() == v1::LOG_AUDIT) {
      return host.router->AskLater(
          kGetAuditCheckpoint, asked,
          [go](const absl::StatusOr<std::string>&) { go(absl::OkStatus()); });
    }
    AwaitCheckpoint(host, asked.min_size(), std::move(go));
  };
  auto& proof = handlers.Query<v1::GetRecordProofRequest, v1::GetRecordProofResponse>(
      "GetRecordProof",
      [&host](const rpc::Call&, const auto& request) { return ProofOf(host, request.sequence()); });
  proof.ready = [&host](const google::protobuf::Message& request, auto go) {
    const auto& asked = static_cast<const v1::GetRecordProofRequest&>(request);
    AwaitCheckpoint(host, asked.sequence() + 1, std::move(go));
  };
  auto& batch = handlers.Query<v1::GetBatchProofRequest, v1::GetBatchProofResponse>(
      "GetBatchProof",
      [&host](const rpc::Call&, const auto& request) { return BatchProofOf(host, request); });
  batch.ready = [&host](const google::protobuf::Message& request, auto go) {
    const auto& asked = static_cast<const v1::GetBatchProofRequest&>(request);
    AwaitCheckpoint(host, asked.sequence() + 1, std::move(go));
  };
  handlers.Query<v1::GetReceiptRequest, v1::Receipt>(
      "GetReceipt", [&host](const rpc::Call&, const auto& request) {
        return ReceiptFor(host, request.sequence());
      });
  handlers.Query<v1::GetConsistencyProofRequest, v1::GetConsistencyProofResponse>(
      "GetConsistencyProof",
      [&host](const rpc::Call&,
              const auto& request) -> absl::StatusOr<v1::GetConsistencyProofResponse> {
        if (request.log() == v1::LOG_AUDIT) {
          return host.router->Ask<v1::GetConsistencyProofResponse>(kGetAuditConsistency, request);
        }
        return rpc::ConsistencyOf(*host.log, request);
      });
  handlers.Query<v1::ListRecordsRequest, v1::ListRecordsResponse>(
      "ListRecords", [&host](const rpc::Call& call, const auto& request) {
        return ListRecords(host, call, request);
      });
  handlers.Stream<v1::ExportRecordsRequest, v1::ExportRecordsResponse>(
      "ExportRecords",
      [&host](const rpc::Call&, const auto& request) { return OpenExport(host, request); });
  RegisterAccess(host, handlers);
}

}  // namespace suyuan::trace
