// audit: checkpoints, proofs, records.
#include <filesystem>
#include <fstream>

#include "cli/commands/commands.h"
#include "cli/json.h"
#include "services/text/problem.h"
#include "services/tlog/audit_origin.h"
#include "services/tlog/checkpoint.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/export.h"
#include "storage/ledger/merkle.h"
#include "suyuan/v1/audit.pb.h"

namespace suyuan::cli {
namespace {

constexpr char kGetProof[] = "/suyuan.v1.AuditService/GetRecordProof";
constexpr char kGetConsistency[] = "/suyuan.v1.AuditService/GetConsistencyProof";

absl::Status NotProven(const absl::Status& status) {
  return text::Problem(absl::StatusCode::kDataLoss,
                       StrCat("证明不成立：", std::string(status.message())),
                       StrCat("the proof does not hold: ", std::string(status.message())));
}

// The pinned log's, or of its audit log that the note is of.
absl::StatusOr<std::string> KeyFor(const Session& session, const std::string& note, v1::Log log) {
  if (log != v1::LOG_AUDIT) return session.profile.log_key;
  ASSIGN_OR_RETURN(const tlog::VerifierKey pinned,
                   tlog::VerifierKey::Parse(session.profile.log_key));
  const absl::StatusOr<tlog::VerifierKey> audit = tlog::AuditKeyFor(pinned, note);
  if (!audit.ok()) return NotProven(audit.status());
  return audit->ToString();
}

// The checkpoint's signature is the pinned log's, or its audit log's; then it is kept, so that the
// log cannot later show another past: `--previous FILE` holds the last checkpoint seen.
absl::StatusOr<ledger::TreeHead> OpenPinned(Session& session, const std::string& note,
                                            v1::Log log = v1::LOG_UNSPECIFIED) {
  ASSIGN_OR_RETURN(const std::string key, KeyFor(session, note, log));
  absl::StatusOr<ledger::TreeHead> head = tlog::OpenCheckpoint(note, key);
  if (!head.ok()) return NotProven(head.status());
  return head;
}

absl::Status CheckGrown(Session& session, v1::Log log, const ledger::TreeHead& old_head,
                        const ledger::TreeHead& new_head) {
  if (old_head.size > new_head.size) {
    return NotProven(absl::DataLossError(StrCat("the log shrank from ", old_head.size)));
  }
  v1::GetConsistencyProofRequest request;
  request.set_log(log);
  request.set_old_size(static_cast<int64_t>(old_head.size));
  request.set_new_size(static_cast<int64_t>(new_head.size));
  ASSIGN_OR_RETURN(const v1::GetConsistencyProofResponse proof,
                   session.client->Call<v1::GetConsistencyProofResponse>(kGetConsistency, request));
  const absl::Status grown = ledger::VerifyConsistency(
      old_head.size, new_head.size, AsBytes(old_head.root), AsBytes(new_head.root),
      {proof.hashes().begin(), proof.hashes().end()});
  return grown.ok() ? grown : NotProven(grown);
}

absl::StatusOr<v1::GetCheckpointResponse> Newest(Session& session, v1::Log log) {
  v1::GetCheckpointRequest request;
  request.set_log(log);
  return session.client->Call<v1::GetCheckpointResponse>("/suyuan.v1.AuditService/GetCheckpoint",
                                                         request);
}

v1::Log LogOf(const Invocation& invocation) {
  return invocation.Has("--audit") ? v1::LOG_AUDIT : v1::LOG_UNSPECIFIED;
}

// What witnesses and policies know a log by.
absl::Status Key(Invocation& invocation) {
  ASSIGN_OR_RETURN(Session* const session, invocation.Connected());
  const v1::Log log = LogOf(invocation);
  ASSIGN_OR_RETURN(const v1::GetCheckpointResponse newest, Newest(*session, log));
  RETURN_IF_ERROR(OpenPinned(*session, newest.note(), log).status());
  ASSIGN_OR_RETURN(const std::string key, KeyFor(*session, newest.note(), log));
  invocation.Json(JsonObject().Text("verifierKey", key).str());
  invocation.Line({key, key});
  return absl::OkStatus();
}

absl::Status Checkpoint(Invocation& invocation) {
  ASSIGN_OR_RETURN(Session* const session, invocation.Connected());
  const v1::Log log = LogOf(invocation);
  ASSIGN_OR_RETURN(const v1::GetCheckpointResponse answer, Newest(*session, log));
  ASSIGN_OR_RETURN(const ledger::TreeHead head, OpenPinned(*session, answer.note(), log));
  if (const std::string path = invocation.Text("--previous"); !path.empty()) {
    if (const absl::StatusOr<std::string> old = ReadFile(path); old.ok()) {
      if (old->substr(0, old->find('\n')) != answer.note().substr(0, answer.note().find('\n'))) {
        return NotProven(absl::DataLossError("it is another log than before"));
      }
      ASSIGN_OR_RETURN(const ledger::TreeHead old_head, OpenPinned(*session, *old, log));
      RETURN_IF_ERROR(CheckGrown(*session, log, old_head, head));
    }
    RETURN_IF_ERROR(ReplaceFile(path, answer.note(), 0644));
  }
  if (invocation.globals.json) {
    invocation.Json(answer);
  } else {
    invocation.out << answer.note();
    invocation.Line({StrCat("签名有效：账本共 ", head.size, " 条记录"),
                     StrCat("The signature holds: the log has ", head.size, " records")});
  }
  return absl::OkStatus();
}

absl::StatusOr<Hash> CheckProof(Session& session, const v1::GetRecordProofResponse& proof) {
  ASSIGN_OR_RETURN(const ledger::TreeHead head, OpenPinned(session, proof.checkpoint()));
  const absl::StatusOr<ledger::Leaf> leaf = ledger::Leaf::Decode(proof.leaf());
  if (!leaf.ok()) return NotProven(leaf.status());
  if (static_cast<int64_t>(leaf->sequence) != proof.sequence()) {
    return NotProven(absl::DataLossError("the leaf is another record's"));
  }
  const Hash leaf_hash = ledger::LeafHash(proof.leaf());
  const absl::Status included = ledger::VerifyInclusion(
      leaf->sequence, head.size, AsBytes(leaf_hash),
      {proof.inclusion().begin(), proof.inclusion().end()}, AsBytes(head.root));
  if (!included.ok()) return NotProven(included);
  return leaf_hash;
}

absl::Status Proof(Invocation& invocation) {
  v1::GetRecordProofRequest request;
  int64_t sequence = 0;
  if (!absl::SimpleAtoi(invocation.Text("sequence"), &sequence) || sequence < 0) {
    return text::Problem(absl::StatusCode::kInvalidArgument, "记录号是从 0 起的整数",
                         "a record's number is a whole number from 0");
  }
  ASSIGN_OR_RETURN(Session* const session, invocation.Connected());
  if (!invocation.Has("--check")) {
    request.set_sequence(sequence);
    ASSIGN_OR_RETURN(const v1::GetRecordProofResponse proof,
                     session->client->Call<v1::GetRecordProofResponse>(kGetProof, request));
    invocation.Json(proof);
    if (!invocation.globals.json) invocation.out << proof.DebugString();
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const Hash leaf_hash, ProvenLeafHash(*session, sequence));
  const std::string hash = HexOf(AsBytes(leaf_hash));
  invocation.Json(JsonObject()
                      .Bool("verified", true)
                      .Number("sequence", sequence)
                      .Text("leafHash", hash)
                      .str());
  invocation.Line({StrCat("证明成立：第 ", sequence, " 号记录在签名的账本之中，叶哈希 ", hash),
                   StrCat("Proven: record ", sequence, " is in the signed log; leaf hash ", hash)});
  return absl::OkStatus();
}

// Writes an export as storage/FORMAT.md 6 has it, its root computed here from what came.
absl::Status Export(Invocation& invocation) {
  const std::string dir = invocation.Text("--out");
  ASSIGN_OR_RETURN(Session* const session, invocation.Connected());
  ASSIGN_OR_RETURN(std::unique_ptr<ledger::ExportWriter> writer, ledger::ExportWriter::Create(dir));
  RETURN_IF_ERROR(session->client->Stream<v1::ExportRecordsResponse>(
      "/suyuan.v1.AuditService/ExportRecords", v1::ExportRecordsRequest(),
      [&](const v1::ExportRecordsResponse& record) {
        return writer->Add(record.leaf(), record.items());
      }));
  ledger::LogIdentity identity;
  identity.origin = session->info.origin();
  identity.ledger_id = session->info.ledger_id();
  ASSIGN_OR_RETURN(const ledger::TreeHead head, writer->Finish(identity));
  invocation.Json(JsonObject()
                      .Text("dir", dir)
                      .Number("size", static_cast<int64_t>(head.size))
                      .Text("root", HexOf(AsBytes(head.root)))
                      .str());
  invocation.Line({StrCat("已导出 ", head.size, " 条记录到 ", dir, "；用 suyuan store verify 验证"),
                   StrCat("exported ", head.size, " records to ", dir,
                          "; check them with suyuan store verify")});
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Hash> ProvenLeafHash(Session& session, int64_t sequence) {
  v1::GetRecordProofRequest request;
  request.set_sequence(sequence);
  ASSIGN_OR_RETURN(const v1::GetRecordProofResponse proof,
                   session.client->Call<v1::GetRecordProofResponse>(kGetProof, request));
  if (proof.sequence() != sequence) {
    return NotProven(absl::DataLossError("the proof is of another record"));
  }
  return CheckProof(session, proof);
}

std::vector<Command> AuditCommands() {
  return {{.path = "audit checkpoint",
           .help = {"取最新检查点并验签", "fetch the newest checkpoint and check its signature"},
           .args = {{"--audit!", "", {"审计日志的", "of the audit log"}},
                    {"--previous",
                     "",
                     {"保存上次检查点的文件：验证账本只增不改",
                      "file of the last checkpoint: proves that the log only grew"}}},
           .run = Checkpoint},
          {.path = "audit key",
           .help = {"账本的公钥，写进见证人的设置和信任策略",
                    "the log's verifier key, for witnesses and policies"},
           .args = {{"--audit!", "", {"审计日志的", "of the audit log"}}},
           .run = Key},
          {.path = "audit proof",
           .help = {"一条记录在账本中的证明", "the proof that a record is in the log"},
           .args = {{"sequence", "", {"记录号", "the record's number"}, Arg::Need::kRequired},
                    {"--check!", "", {"在本机验证证明和签名", "verify proof and signature here"}}},
           .run = Proof},
          {.path = "audit records",
           .help = {"谁在何时做了什么", "who did what, and when"},
           .method = "AuditService/ListRecords",
           .args = {{"--from", "from", {"起始记录号", "first record"}}},
           .view = {"records", {"sequence", "record_time", "method", "events", "party", "key"}}},
          {.path = "audit export",
           .help = {"导出全部记录，供独立验证", "export all records, to be checked independently"},
           .args = {{"--out",
                     "",
                     {"目录，须不存在或为空", "folder, empty or not there"},
                     Arg::Need::kRequired}},
           .run = Export}};
}

}  // namespace suyuan::cli
