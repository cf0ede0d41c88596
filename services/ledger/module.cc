#include "services/ledger/module.h"

#include <algorithm>
#include <utility>

#include "services/domain/error.h"
#include "services/domain/states.h"
#include "services/domain/states_identity.h"
#include "services/domain/time.h"
#include "services/ledger/convert.h"
#include "services/ledger/snapshots.h"
#include "services/ledger/tiles.h"
#include "services/rpc/hashes.h"
#include "services/rpc/invitation.h"
#include "services/rpc/once.h"
#include "services/rpc/waiting.h"
#include "services/store/act_check.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "suyuan/v1/operation.pb.h"

namespace suyuan::ledger {
namespace {

constexpr size_t kReadBytesMax = 16 << 20;
constexpr absl::Duration kReadWaitMax = absl::Seconds(10);
constexpr size_t kFollowBytes = 4 << 20;  // Of records in one answer to who follows.

absl::Status Refuse(std::string_view why) { return absl::PermissionDeniedError(ToAbsl(why)); }

class LedgerModule final : public rpc::Module {
 public:
  LedgerModule(const rpc::Host& host, LedgerModuleOptions options)
      : host_(host),
        options_(std::move(options)),
        handlers_(v1::GetIdentityRequest::descriptor()->file()->FindServiceByName("LedgerService")),
        snapshots_(options_.log, host.dir + "/snapshots"),
        audit_snapshots_(options_.audit_log, host.dir + "/audit-snapshots"),
        operation_(suyuan::v1::MakeSnapshotRequest::descriptor()->file()->FindServiceByName(
            "OperationService")) {
    AddWrites();
    AddReads();
    AddProofs();
    AddOperation();
    AddTiles(handlers_, host_.log,
             [this]() -> absl::StatusOr<uint64_t> { return checkpoints().published_size(); });
    if (options_.audit != nullptr) {
      options_.audit->AddTo(handlers_);
    } else {
      AddNoAuditLog(handlers_);
    }
  }
  std::vector<const rpc::Handlers*> services() const override { return {&handlers_, &operation_}; }

 private:
  Checkpoints& checkpoints() const { return *options_.checkpoints; }
  absl::StatusOr<suyuan::v1::ReadLogResponse> ReadLog(
      const suyuan::v1::ReadLogRequest& request) const;
  absl::StatusOr<suyuan::v1::GetLogStatusResponse> LogStatus() const;
  void AddWrites();
  void AddReads();
  void AddProofs();
  void AddOperation();
  store::Past Now() const;
  absl::StatusOr<bool> Moved(const AppendRequest& request) const;
  absl::StatusOr<domain::Caller> AuthorOf(const AppendRequest& request) const;
  absl::Status CheckAuthor(const AppendRequest& request) const;

  const rpc::Host host_;
  const LedgerModuleOptions options_;
  rpc::Handlers handlers_;
  Snapshots snapshots_;
  Snapshots audit_snapshots_;  // Makes none where there is no audit log.
  rpc::Handlers operation_;
};

store::Past LedgerModule::Now() const {
  const LogIdentity& identity = host_.log->identity();
  return {identity.origin, identity.ledger_id,
          [this](const std::string& stream) -> std::shared_ptr<const domain::StreamState> {
            const auto state = host_.store->Find<domain::StreamState>(stream);
            return state.ok() ? *state : nullptr;
          }};
}

// What was decided on streams that have moved since is decided again, not refused.
absl::StatusOr<bool> LedgerModule::Moved(const AppendRequest& request) const {
  std::vector<StreamVersion> streams;
  for (const Read& read : request.reads) streams.push_back({read.stream, read.version});
  for (const Write& write : request.writes) {
    if (write.expected.has_value()) streams.push_back({write.stream, *write.expected});
  }
  ASSIGN_OR_RETURN(const Loaded loaded, host_.log->Load(streams, ""));
  for (size_t i = 0; i < streams.size(); ++i) {
    if (loaded.streams[i].version != streams[i].version) return true;
  }
  return false;
}

// Who signs with a key, as of now; the append is conditional on the key's stream. ABORTED: the key
// is revoked.
absl::StatusOr<domain::Caller> LedgerModule::AuthorOf(const AppendRequest& request) const {
  const auto name = domain::KeyId::FromId(HexOf(request.authorship.key_id));
  const auto names = [&](const auto& stream) { return stream.stream == name.name(); };
  if (std::none_of(request.reads.begin(), request.reads.end(), names) &&
      std::none_of(request.writes.begin(), request.writes.end(), names)) {
    return Refuse("the append does not depend on its author's key");
  }
  const std::string text =
      SignedText(host_.log->identity().origin, request.authorship, request.body);
  const auto brought = store::EnrollmentIn(
      request.authorship.method, request.authorship.encoding == Encoding::kJson, request.body);
  domain::Caller author;
  std::string spki;
  if (brought.has_value()) {
    author.key = name;
    author.newcomer = true;
    spki = brought->spki();
  } else {
    absl::StatusOr<domain::Caller> found = store::FindAuthor(Now(), name, request.decided);
    // Since it was decided, it may be: whoever decides again learns it.
    if (domain::ReasonOf(found.status()) == suyuan::v1::REASON_KEY_REVOKED) {
      return absl::AbortedError("the key is revoked");
    }
    if (!found.ok()) return Refuse("no key may append this");
    author = *std::move(found);
    ASSIGN_OR_RETURN(const auto key, host_.store->Find<domain::KeyState>(name.name()));
    spki = key->spki;
  }
  // An id is a hash of algorithm and key: of another algorithm it would be another's.
  if (rpc::KeyIdOf(request.authorship.algorithm, spki) != request.authorship.key_id ||
      !rpc::SignedBy(request.authorship.algorithm, spki, text, request.authorship.signature)) {
    return Refuse("the signature does not verify");
  }
  return author;
}

// As at the door (rpc/once.h): a module that let it in may be another's by now.
bool ReadOneWay(const store::Act& act) {
  if (act.kind != RecordKind::kCommand) return true;
  if (act.json) return rpc::CheckJsonOnce(act.body).ok();
  const auto* method = store::FindMethod(act.method);
  return method != nullptr && rpc::CheckOnce(act.body, method->input_type()).ok();
}

// PERMISSION_DENIED: whoever calls is not whose record it would be, or it says what he did not.
absl::Status LedgerModule::CheckAuthor(const AppendRequest& request) const {
  if (request.kind != RecordKind::kCommand && request.kind != RecordKind::kSystem) {
    return Refuse("no module may append this");
  }
  ASSIGN_OR_RETURN(const domain::Caller author, AuthorOf(request));
  store::Act act;
  act.kind = request.kind;
  act.method = request.authorship.method;
  act.json = request.authorship.encoding == Encoding::kJson;
  act.request_key = request.request_key;
  act.body = request.body;
  act.decided = request.decided;
  if (request.private_root.has_value()) act.private_root = AsBytes(*request.private_root);
  for (const std::string& event : request.events) {
    if (!act.events.emplace_back().ParseFromString(event)) {
      return Refuse("an event cannot be read");
    }
  }
  RETURN_IF_ERROR(store::CheckAct(author, act, Now()));
  return ReadOneWay(act) ? absl::OkStatus() : Refuse("its request can be read in two ways");
}

void LedgerModule::AddWrites() {
  handlers_.Async<v1::AppendRecordRequest, v1::AppendRecordResponse>(
      "AppendRecord",
      [this](const rpc::Call&, std::shared_ptr<const v1::AppendRecordRequest> proto, auto done) {
        absl::StatusOr<AppendRequest> request = FromProto(*proto);
        if (!request.ok()) return done(request.status());
        if (const absl::Status author = CheckAuthor(*request); !author.ok()) {
          const absl::StatusOr<bool> moved = Moved(*request);
          return done(moved.ok() && *moved ? absl::AbortedError("a stream moved") : author);
        }
        host_.log->Append(*std::move(request), [done](absl::StatusOr<Appended> appended) {
          if (!appended.ok()) return done(appended.status());
          done(ToProto(*appended));
        });
      });
}

void LedgerModule::AddReads() {
  handlers_.Query<v1::GetIdentityRequest, v1::GetIdentityResponse>(
      "GetIdentity",
      [this](const rpc::Call&, const auto&) -> absl::StatusOr<v1::GetIdentityResponse> {
        const LogIdentity& identity = host_.log->identity();
        v1::GetIdentityResponse response;
        response.set_origin(identity.origin);
        response.set_ledger_id(identity.ledger_id);
        response.set_demo(identity.demo);
        response.set_utc_offset_minutes(identity.utc_offset_minutes);
        response.set_log_verifier_key(options_.verifier_key);
        response.set_public_url(options_.public_url);
        return response;
      });
  handlers_.Query<v1::LoadStreamsRequest, v1::LoadStreamsResponse>(
      "LoadStreams",
      [this](const rpc::Call&, const auto& request) -> absl::StatusOr<v1::LoadStreamsResponse> {
        std::vector<StreamVersion> known;
        for (const v1::StreamVersion& stream : request.known()) {
          known.push_back({stream.stream(), FromWire(stream.version())});
        }
        ASSIGN_OR_RETURN(const Loaded loaded, host_.log->Load(known, request.request_key()));
        v1::LoadStreamsResponse response;
        response.set_replayed_sequence(ToWire(loaded.replayed_sequence.value_or(kAbsent)));
        for (const StreamTail& tail : loaded.streams) {
          v1::StreamTail* out = response.add_streams();
          out->set_version(ToWire(tail.version));
          for (const auto& record : tail.records) *out->add_records() = ToStored(*record);
        }
        return response;
      });
  handlers_.Query<v1::GetReceiptRequest, v1::GetReceiptResponse>(
      "GetReceipt",
      [this](const rpc::Call&, const auto& request) -> absl::StatusOr<v1::GetReceiptResponse> {
        ASSIGN_OR_RETURN(const Receipt receipt,
                         host_.log->GetReceipt(FromWire(request.sequence())));
        v1::GetReceiptResponse response;
        *response.mutable_receipt() = ToProto(receipt);
        return response;
      });
  handlers_.Query<v1::ReadRecordsRequest, v1::ReadRecordsResponse>(
      "ReadRecords",
      [this](const rpc::Call&, const auto& request) -> absl::StatusOr<v1::ReadRecordsResponse> {
        const size_t bytes =
            std::min<size_t>(std::max<int64_t>(request.max_bytes(), 0), kReadBytesMax);
        const absl::Duration wait =
            std::min(absl::Microseconds(request.wait_micros()), kReadWaitMax);
        ASSIGN_OR_RETURN(const Records records,
                         host_.log->ReadRecords(FromWire(request.from()), bytes, wait));
        v1::ReadRecordsResponse response;
        for (const auto& record : records) *response.add_records() = ToStored(*record);
        return response;
      });
}

void LedgerModule::AddProofs() {
  handlers_.Async<v1::GetSignedCheckpointRequest, v1::GetSignedCheckpointResponse>(
      "GetSignedCheckpoint",
      [this](const rpc::Call&, std::shared_ptr<const v1::GetSignedCheckpointRequest> request,
             auto done) {
        const absl::Duration wait =
            std::min(absl::Microseconds(request->wait_micros()), kReadWaitMax);
        checkpoints().WhenPublished(FromWire(std::max<int64_t>(request->min_size(), 0)), wait,
                                    [done](absl::StatusOr<Published> published) {
                                      if (!published.ok()) return done(published.status());
                                      v1::GetSignedCheckpointResponse response;
                                      response.set_note(published->note);
                                      response.set_size(ToWire(published->head.size));
                                      response.set_root(std::string(AsBytes(published->head.root)));
                                      response.set_witnessed(published->witnessed);
                                      done(std::move(response));
                                    });
      });
  handlers_.Query<v1::GetTreeHeadRequest, v1::GetTreeHeadResponse>(
      "GetTreeHead",
      [this](const rpc::Call&, const auto& request) -> absl::StatusOr<v1::GetTreeHeadResponse> {
        TreeHead head;
        if (request.has_size()) {
          head.size = FromWire(request.size());
          ASSIGN_OR_RETURN(head.root, host_.log->RootAt(head.size));
        } else {
          ASSIGN_OR_RETURN(head, host_.log->GetTreeHead());
        }
        v1::GetTreeHeadResponse response;
        response.set_size(ToWire(head.size));
        response.set_root(std::string(AsBytes(head.root)));
        return response;
      });
  handlers_.Query<v1::GetProofRequest, v1::GetProofResponse>(
      "GetProof",
      [this](const rpc::Call&, const auto& request) -> absl::StatusOr<v1::GetProofResponse> {
        const uint64_t size = FromWire(request.size());
        absl::StatusOr<std::vector<Hash>> hashes =
            request.has_sequence()
                ? host_.log->InclusionProof(FromWire(request.sequence()), size)
                : host_.log->ConsistencyProof(FromWire(request.old_size()), size);
        if (!hashes.ok()) return hashes.status();
        v1::GetProofResponse response;
        rpc::AddHashes(*hashes, response.mutable_hashes());
        return response;
      });
}

void LedgerModule::AddOperation() {
  operation_.Query<suyuan::v1::MakeSnapshotRequest, suyuan::v1::MakeSnapshotResponse>(
      "MakeSnapshot",
      [this](const rpc::Call&, const auto&) -> absl::StatusOr<suyuan::v1::MakeSnapshotResponse> {
        suyuan::v1::MakeSnapshotResponse response;
        if (options_.audit_log != nullptr) {
          ASSIGN_OR_RETURN(const Snapshot audit, audit_snapshots_.Make());
          response.set_audit_folder(audit.folder);
        }
        ASSIGN_OR_RETURN(const Snapshot snapshot, snapshots_.Make());
        response.set_folder(snapshot.folder);
        response.set_size(ToWire(snapshot.size));
        return response;
      });
  auto& read_log = operation_.Query<suyuan::v1::ReadLogRequest, suyuan::v1::ReadLogResponse>(
      "ReadLog", [this](const rpc::Call&, const auto& request) { return ReadLog(request); });
  read_log.ready = [this](const google::protobuf::Message& message, auto go) {
    const auto& request = static_cast<const suyuan::v1::ReadLogRequest&>(message);
    checkpoints().WhenGrown(FromWire(request.from()) + 1, absl::Microseconds(request.wait_micros()),
                            [go](const absl::StatusOr<Published>&) { go(absl::OkStatus()); });
  };
  operation_.Query<suyuan::v1::GetLogStatusRequest, suyuan::v1::GetLogStatusResponse>(
      "GetLogStatus", [this](const rpc::Call&, const auto&) { return LogStatus(); });
}

absl::StatusOr<suyuan::v1::ReadLogResponse> LedgerModule::ReadLog(
    const suyuan::v1::ReadLogRequest& request) const {
  if (options_.following != nullptr) return domain::Error(suyuan::v1::REASON_READ_ONLY);
  ASSIGN_OR_RETURN(const Published newest,
                   rpc::WaitFor<absl::StatusOr<Published>>([this](auto done) {
                     checkpoints().WhenGrown(0, absl::ZeroDuration(), done);
                   }));
  suyuan::v1::ReadLogResponse response;
  response.set_checkpoint(newest.note);
  uint64_t end = FromWire(request.from());
  if (end >= newest.head.size) return response;
  ASSIGN_OR_RETURN(const Records records,
                   host_.log->ReadRecords(end, kFollowBytes, absl::ZeroDuration()));
  for (const auto& record : records) {
    if (end == newest.head.size) break;
    suyuan::v1::LogRecord* out = response.add_records();
    out->set_leaf(record->leaf.Encode());
    out->set_items(EncodeItems(record->items));
    ++end;
  }
  if (end == newest.head.size) return response;
  ASSIGN_OR_RETURN(const std::vector<Hash> hashes,
                   host_.log->ConsistencyProof(end, newest.head.size));
  rpc::AddHashes(hashes, response.mutable_consistency());
  return response;
}

absl::StatusOr<suyuan::v1::GetLogStatusResponse> LedgerModule::LogStatus() const {
  ASSIGN_OR_RETURN(const TreeHead head, host_.log->GetTreeHead());
  suyuan::v1::GetLogStatusResponse response;
  response.set_size(ToWire(head.size));
  response.set_published_size(ToWire(checkpoints().published_size()));
  if (options_.following == nullptr) return response;
  const FollowState state = options_.following->state();
  suyuan::v1::Following* following = response.mutable_following();
  following->set_leader_size(ToWire(state.leader_size));
  following->set_behind(ToWire(state.leader_size - std::min(state.leader_size, head.size)));
  if (state.contact) *following->mutable_contact_time() = domain::StampOf(*state.contact);
  following->set_trouble(std::string(state.trouble.message()));
  following->set_stopped(std::string(state.stopped.message()));
  return response;
}

}  // namespace

std::unique_ptr<rpc::Module> MakeLedgerModule(const rpc::Host& host, LedgerModuleOptions options) {
  return std::make_unique<LedgerModule>(host, std::move(options));
}

}  // namespace suyuan::ledger
