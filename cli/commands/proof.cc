// proof: that a record is in the log, as a file that anybody can check offline (C2SP tlog-proof).
#include "services/tlog/proof.h"

#include "absl/strings/numbers.h"
#include "cli/commands/commands.h"
#include "cli/json.h"
#include "services/text/problem.h"
#include "services/tlog/audit_origin.h"
#include "storage/base/bytes.h"
#include "storage/base/clock.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/merkle.h"
#include "storage/ledger/record.h"
#include "suyuan/v1/audit.pb.h"

namespace suyuan::cli {
namespace {

constexpr char kGetProof[] = "/suyuan.v1.AuditService/GetRecordProof";

const char* WhyInChinese(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
      return "文件格式不正确";
    case absl::StatusCode::kNotFound:
      return "证明属于另一个账本";
    case absl::StatusCode::kFailedPrecondition:
      return "签名的见证人不够";
    case absl::StatusCode::kOutOfRange:
      return "检查点还没有覆盖这条记录";
    default:
      return "签名或哈希不符";
  }
}

// What is malformed is a file that is not understood; all else is a proof that does not hold.
absl::Status NotProven(const absl::Status& status) {
  const auto code = absl::IsInvalidArgument(status) ? absl::StatusCode::kInvalidArgument
                                                    : absl::StatusCode::kDataLoss;
  const std::string why(status.message());
  return text::Problem(code, StrCat("证明不成立：", WhyInChinese(status.code()), "（", why, "）"),
                       StrCat("the proof does not hold: ", why));
}

absl::StatusOr<int64_t> SequenceOf(const std::string& text) {
  int64_t sequence = 0;
  if (absl::SimpleAtoi(text, &sequence) && sequence >= 0) return sequence;
  return text::Problem(absl::StatusCode::kInvalidArgument, "记录号是从 0 起的整数",
                       "a record's number is a whole number from 0");
}

// A proof that held.
struct Proven {
  ledger::Leaf leaf;
  Hash leaf_hash{};
  tlog::Trusted trusted;
};

absl::StatusOr<Proven> Check(const tlog::Proof& proof, const std::string& leaf_bytes,
                             const tlog::Policy& policy) {
  Proven proven;
  proven.leaf_hash = ledger::LeafHash(leaf_bytes);
  absl::StatusOr<tlog::Trusted> trusted = tlog::VerifyProof(proof, proven.leaf_hash, policy);
  if (!trusted.ok()) return NotProven(trusted.status());
  proven.trusted = *std::move(trusted);
  absl::StatusOr<ledger::Leaf> leaf = ledger::Leaf::Decode(leaf_bytes);
  if (!leaf.ok()) return NotProven(leaf.status());
  if (leaf->sequence != proof.index) {
    return NotProven(absl::DataLossError("the leaf is another record's"));
  }
  proven.leaf = *std::move(leaf);
  return proven;
}

void Show(Invocation& invocation, const Proven& proven, const std::string& file) {
  const auto sequence = static_cast<int64_t>(proven.leaf.sequence);
  const std::string hash = HexOf(AsBytes(proven.leaf_hash));
  const auto size = static_cast<int64_t>(proven.trusted.checkpoint.head.size);
  std::vector<std::string> witnesses;
  for (const tlog::Trusted::Cosigned& cosigned : proven.trusted.cosigned) {
    witnesses.push_back(JsonObject()
                            .Text("name", cosigned.witness)
                            .Text("time", absl::FormatTime(absl::FromUnixSeconds(cosigned.seconds),
                                                           absl::UTCTimeZone()))
                            .str());
  }
  invocation.Json(JsonObject()
                      .Bool("verified", true)
                      .Number("sequence", sequence)
                      .Text("leafHash", hash)
                      .Text("recordTime", absl::FormatTime(FromMicros(proven.leaf.record_micros),
                                                           absl::UTCTimeZone()))
                      .Text("origin", proven.trusted.checkpoint.origin)
                      .Number("size", size)
                      .Json("witnesses", JsonList(witnesses))
                      .Text("file", file)
                      .str());
  const size_t count = proven.trusted.cosigned.size();
  invocation.Line(
      {StrCat("证明成立：第 ", sequence, " 号记录在共 ", size, " 条的账本 ",
              proven.trusted.checkpoint.origin, " 之中，见证人 ", count, " 个，叶哈希 ", hash),
       StrCat("Proven: record ", sequence, " is in the log ", proven.trusted.checkpoint.origin,
              " of ", size, " records, seen by ", count, " of your witnesses; leaf hash ", hash)});
}

// The pinned log of the profile; nobody is asked.
absl::StatusOr<std::string> PinnedKey(const Invocation& invocation) {
  ASSIGN_OR_RETURN(const Profiles profiles, Profiles::Load(invocation.globals.config));
  const absl::StatusOr<Profile> profile = profiles.Get(invocation.globals.profile);
  if (profile.ok() && !profile->log_key.empty()) return profile->log_key;
  return text::Problem(absl::StatusCode::kInvalidArgument,
                       "请用 --log-key 或 --policy 说明信任哪个账本",
                       "say with --log-key or --policy which log you trust");
}

// Whom the user trusts: a policy's logs, else the key given, else the profile's log.
absl::StatusOr<tlog::Policy> PolicyOf(const Invocation& invocation) {
  std::string text = "quorum none\n";
  if (const std::string file = invocation.Text("--policy"); !file.empty()) {
    ASSIGN_OR_RETURN(text, ReadFile(file));
  }
  ASSIGN_OR_RETURN(tlog::Policy policy, tlog::Policy::Parse(text));
  std::string log_key = invocation.Text("--log-key");
  if (log_key.empty() && policy.logs().empty()) {
    ASSIGN_OR_RETURN(log_key, PinnedKey(invocation));
  }
  if (log_key.empty()) return policy;
  ASSIGN_OR_RETURN(const tlog::VerifierKey key, tlog::VerifierKey::Parse(log_key));
  if (key.type() != tlog::KeyType::kEd25519) {
    return text::Problem(absl::StatusCode::kInvalidArgument, "--log-key 是见证人的公钥",
                         "--log-key is a witness's");
  }
  policy.AddLog(key);
  return policy;
}

absl::Status Get(Invocation& invocation) {
  v1::GetRecordProofRequest request;
  ASSIGN_OR_RETURN(const int64_t sequence, SequenceOf(invocation.Text("sequence")));
  request.set_sequence(sequence);
  ASSIGN_OR_RETURN(Session* const session, invocation.Connected());
  ASSIGN_OR_RETURN(const tlog::Policy policy, PolicyOf(invocation));
  ASSIGN_OR_RETURN(const v1::GetRecordProofResponse answer,
                   session->client->Call<v1::GetRecordProofResponse>(kGetProof, request));
  const absl::StatusOr<tlog::Proof> proof = tlog::ParseProof(answer.tlog_proof());
  if (!proof.ok()) return NotProven(proof.status());
  if (proof->index != static_cast<uint64_t>(sequence)) {
    return NotProven(absl::DataLossError("the proof is of another record"));
  }
  ASSIGN_OR_RETURN(const Proven proven, Check(*proof, proof->extra.value_or(""), policy));
  const std::string file = invocation.Text("--out");
  if (file.empty()) {
    invocation.Json(JsonObject().Text("proof", answer.tlog_proof()).str());
    if (!invocation.globals.json) invocation.out << answer.tlog_proof();
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(ReplaceFile(file, answer.tlog_proof(), 0644));
  Show(invocation, proven, file);
  return absl::OkStatus();
}

// Whoever trusts a log trusts its audit log, which the same key signs.
void TrustAuditLog(const std::string& checkpoint, tlog::Policy* policy) {
  const std::vector<tlog::PolicyLog> logs = policy->logs();
  for (const tlog::PolicyLog& log : logs) {
    const absl::StatusOr<tlog::VerifierKey> key = tlog::AuditKeyFor(log.key, checkpoint);
    if (key.ok()) policy->AddLog(*key);
  }
}

absl::Status CheckFile(Invocation& invocation) {
  const std::string file = invocation.Text("file");
  ASSIGN_OR_RETURN(tlog::Policy policy, PolicyOf(invocation));
  ASSIGN_OR_RETURN(const std::string text, ReadFile(file));
  const absl::StatusOr<tlog::Proof> proof = tlog::ParseProof(text);
  if (!proof.ok()) return NotProven(proof.status());
  TrustAuditLog(proof->checkpoint, &policy);
  if (const std::string record = invocation.Text("--record"); !record.empty()) {
    ASSIGN_OR_RETURN(const int64_t sequence, SequenceOf(record));
    if (proof->index != static_cast<uint64_t>(sequence)) {
      return NotProven(absl::DataLossError(StrCat("the proof is of record ", proof->index)));
    }
  }
  std::string leaf = proof->extra.value_or("");
  if (const std::string leaf_file = invocation.Text("--leaf"); !leaf_file.empty()) {
    ASSIGN_OR_RETURN(leaf, ReadFile(leaf_file));
  } else if (!proof->extra) {
    return text::Problem(absl::StatusCode::kInvalidArgument, "证明里没有叶子，请用 --leaf 给出",
                         "the proof holds no leaf; give it with --leaf");
  }
  ASSIGN_OR_RETURN(const Proven proven, Check(*proof, leaf, policy));
  Show(invocation, proven, file);
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> ProofCommands() {
  const Arg policy = {"--policy",
                      "",
                      {"信任策略文件（C2SP tlog-policy）：账本、见证人、法定数",
                       "policy file (C2SP tlog-policy): logs, witnesses, quorum"}};
  return {{.path = "proof get",
           .help = {"取一条记录的证明文件，可离线验证",
                    "fetch the proof of a record as a file to be checked offline"},
           .args = {{"sequence", "", {"记录号", "the record's number"}, Arg::Need::kRequired},
                    {"--out", "", {"写入文件（.tlog-proof）", "file to write (.tlog-proof)"}},
                    policy},
           .run = Get},
          {.path = "proof check",
           .help = {"离线验证证明文件", "check a proof file, offline"},
           .args = {{"file", "", {"证明文件", "the proof"}, Arg::Need::kRequired},
                    {"--record", "", {"应当是哪条记录", "the record it has to be of"}},
                    {"--leaf",
                     "",
                     {"叶子文件，代替证明里的", "file of the leaf, in place of the proof's own"}},
                    policy,
                    LogKeyArg()},
           .run = CheckFile}};
}

}  // namespace suyuan::cli
