// audit access: who was refused what, and who saw what is not his own, with proof.
#include <algorithm>

#include "cli/commands/commands.h"
#include "cli/json.h"
#include "cli/show.h"
#include "google/protobuf/util/json_util.h"
#include "services/text/problem.h"
#include "services/tlog/audit_origin.h"
#include "services/tlog/proof.h"
#include "storage/base/bytes.h"
#include "storage/base/clock.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/merkle.h"
#include "storage/ledger/record.h"
#include "suyuan/event/v1/event.pb.h"
#include "suyuan/v1/audit.pb.h"

namespace suyuan::cli {
namespace {

absl::Status NotProven(const absl::Status& status) {
  return text::Problem(absl::StatusCode::kDataLoss,
                       StrCat("证明不成立：", std::string(status.message())),
                       StrCat("the proof does not hold: ", std::string(status.message())));
}

// A sum that is proven, and where.
struct Proven {
  event::v1::AccessSummed sum;
  std::string origin;
  std::string name;
};

// That the sum is in the record, the record in the audit log, and that the trusted log's.
absl::StatusOr<Proven> Check(const v1::GetAccessProofResponse& shown,
                             const tlog::VerifierKey& log_key) {
  ASSIGN_OR_RETURN(const tlog::Proof proof, tlog::ParseProof(shown.tlog_proof()));
  ASSIGN_OR_RETURN(const tlog::VerifierKey key, tlog::AuditKeyFor(log_key, proof.checkpoint));
  const std::string leaf_bytes = proof.extra.value_or("");
  RETURN_IF_ERROR(
      tlog::VerifyProof(proof, ledger::LeafHash(leaf_bytes), tlog::Policy::OfLog(key)).status());
  ASSIGN_OR_RETURN(const ledger::Leaf leaf, ledger::Leaf::Decode(leaf_bytes));
  // The three items before the events are as in every record: storage/FORMAT.md 2.
  const std::string name = StrCat(leaf.sequence, ".", shown.item_index() - 3);
  if (leaf.sequence != proof.index || shown.item_index() < 3 || shown.name() != name ||
      shown.event_salt().size() != ledger::kSaltSize) {
    return absl::DataLossError("it is of another sum");
  }
  const Hash item = ledger::ItemHash(ledger::ItemType::kEvent, shown.event_salt(), shown.event());
  RETURN_IF_ERROR(ledger::VerifyInclusion(
      static_cast<uint64_t>(shown.item_index()), static_cast<uint64_t>(shown.item_count()),
      AsBytes(item), {shown.content_path().begin(), shown.content_path().end()},
      AsBytes(leaf.content_root)));
  event::v1::Event event;
  if (!event.ParseFromString(shown.event()) || !event.has_access_summed()) {
    return absl::DataLossError("there is no sum in it");
  }
  return Proven{event.access_summed(), key.name(), name};
}

void Show(Invocation& invocation, const Proven& proven) {
  const event::v1::AccessSummed& sum = proven.sum;
  const auto time = [](int64_t micros) {
    return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", FromMicros(micros), absl::UTCTimeZone());
  };
  invocation.Json(JsonObject()
                      .Bool("verified", true)
                      .Text("name", proven.name)
                      .Text("origin", proven.origin)
                      .Text("party", sum.party())
                      .Text("member", sum.member())
                      .Text("key", sum.key())
                      .Text("method", sum.method())
                      .Text("reason", sum.reason())
                      .Number("count", sum.count())
                      .Text("firstTime", time(sum.first_micros()))
                      .Text("lastTime", time(sum.last_micros()))
                      .str());
  const std::string first = time(sum.first_micros());
  const bool refused = !sum.reason().empty();
  invocation.Line(
      {StrCat("证明成立：", sum.party(), " ", sum.member(), " ", first, " 起 ", sum.count(), " 次 ",
              sum.method(), refused ? StrCat(" 被拒绝：", sum.reason()) : std::string(" 已答复"),
              "，在审计日志 ", proven.origin, " 第 ", proven.name, " 条"),
       StrCat("Proven: ", sum.party(), " ", sum.member(), " from ", first, ", ", sum.count(),
              " times ", sum.method(),
              refused ? StrCat(", refused: ", sum.reason()) : std::string(", answered"), "; entry ",
              proven.name, " of the audit log ", proven.origin)});
}

absl::Status GetProof(Invocation& invocation) {
  v1::GetAccessProofRequest request;
  request.set_name(invocation.Text("entry"));
  ASSIGN_OR_RETURN(Session* const session, invocation.Connected());
  ASSIGN_OR_RETURN(const v1::GetAccessProofResponse shown,
                   session->client->Call<v1::GetAccessProofResponse>(
                       "/suyuan.v1.AuditService/GetAccessProof", request));
  ASSIGN_OR_RETURN(const tlog::VerifierKey key, tlog::VerifierKey::Parse(session->profile.log_key));
  const absl::StatusOr<Proven> proven = Check(shown, key);
  if (!proven.ok()) return NotProven(proven.status());
  if (proven->name != request.name()) {
    return NotProven(absl::DataLossError("the proof is of another sum"));
  }
  if (const std::string file = invocation.Text("--tlog-proof"); !file.empty()) {
    RETURN_IF_ERROR(ReplaceFile(file, shown.tlog_proof(), 0644));
  }
  if (const std::string file = invocation.Text("--out"); !file.empty()) {
    std::string json;
    SUYUAN_CHECK(google::protobuf::util::MessageToJsonString(shown, &json).ok());
    RETURN_IF_ERROR(ReplaceFile(file, json + "\n", 0600));
  }
  Show(invocation, *proven);
  return absl::OkStatus();
}

absl::Status CheckFile(Invocation& invocation) {
  ASSIGN_OR_RETURN(const std::string json, ReadFile(invocation.Text("file")));
  v1::GetAccessProofResponse shown;
  if (!google::protobuf::util::JsonStringToMessage(json, &shown).ok()) {
    return text::Problem(absl::StatusCode::kInvalidArgument, "文件里没有证明",
                         "there is no proof in that file");
  }
  ASSIGN_OR_RETURN(const tlog::VerifierKey key, LogKeyOf(invocation));
  const absl::StatusOr<Proven> proven = Check(shown, key);
  if (!proven.ok()) return NotProven(proven.status());
  Show(invocation, *proven);
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> AccessCommands() {
  return {
      {.path = "audit access",
       .help = {"谁被拒绝了什么、谁凭职权看了什么（审计日志，按分钟合计，最新在前）",
                "who was refused what, and who saw what is not his own (the audit log, summed by "
                "the minute, newest first)"},
       .method = "AuditService/ListAccess",
       .args = {{"--party", "party", {"哪个主体的密钥", "of the keys of this party"}},
                {"--member", "member", {"哪个成员的密钥", "of the keys of this member"}},
                {"--key", "key", {"哪把密钥", "of this key"}},
                {"--method", "method", {"哪个接口，如 TraceBack", "this method, e.g. TraceBack"}},
                {"--reason", "reason", {"因何被拒绝", "refused for this reason"}},
                {"--outcome", "outcome", {"被拒绝的或已答复的", "refused or answered"}},
                {"--from", "from_time", {"自何时起", "from this time on"}},
                {"--until", "until_time", {"到何时止（不含）", "before this time"}}},
       .view = {"accesses",
                {"name", "first_time", "count", "outcome", "reason", "method", "party", "member"}}},
      {.path = "audit access-proof",
       .help = {"取审计日志一条的证明并当场验证",
                "fetch the proof of an entry of the audit log, and check it"},
       .args =
           {{"entry", "", {"条目号，如 12.0", "the entry's id, e.g. 12.0"}, Arg::Need::kRequired},
            {"--out", "", {"写入文件，供离线验证", "file to write, to be checked offline"}},
            {"--tlog-proof",
             "",
             {"另存所在记录的证明（C2SP tlog-proof）",
              "file for the proof of its record (C2SP tlog-proof)"}}},
       .run = GetProof},
      {.path = "audit access-check",
       .help = {"离线验证审计条目的证明文件",
                "check the proof of an entry of the audit log, offline"},
       .args = {{"file", "", {"证明文件", "the proof"}, Arg::Need::kRequired}, LogKeyArg()},
       .run = CheckFile}};
}

}  // namespace suyuan::cli
