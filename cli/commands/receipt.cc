// receipt: what a write was answered with, checked on the user's machine.
#include "services/tlog/receipt.h"

#include "cli/commands/commands.h"
#include "cli/json.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "services/text/problem.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "suyuan/v1/types.pb.h"

namespace suyuan::cli {
namespace {

using google::protobuf::Struct;
using google::protobuf::util::JsonStringToMessage;
using google::protobuf::util::MessageToJsonString;

absl::Status NotHeld(const absl::Status& status) {
  return text::Problem(absl::StatusCode::kDataLoss,
                       StrCat("回执不成立：", std::string(status.message())),
                       StrCat("the receipt does not hold: ", std::string(status.message())));
}

// The receipt in the JSON a write printed, or by itself.
absl::StatusOr<v1::Receipt> ReceiptIn(const std::string& file) {
  ASSIGN_OR_RETURN(const std::string json, ReadFile(file));
  Struct answer;
  std::string inner = json;
  v1::Receipt receipt;
  if (JsonStringToMessage(json, &answer).ok()) {
    const auto found = answer.fields().find("receipt");
    if (found != answer.fields().end()) {
      inner.clear();
      SUYUAN_CHECK(MessageToJsonString(found->second.struct_value(), &inner).ok());
    }
    if (JsonStringToMessage(inner, &receipt).ok()) return receipt;
  }
  return text::Problem(absl::StatusCode::kInvalidArgument, StrCat(file, " 里没有回执"),
                       StrCat("there is no receipt in ", file));
}

// The log's promise is kept: the record stands in it today. `key`: the receipt's log.
absl::Status CheckStands(Invocation& invocation, const tlog::VerifierKey& key, int64_t sequence,
                         const Hash& leaf_hash) {
  ASSIGN_OR_RETURN(Session* const session, invocation.Connected());
  if (key.ToString() != session->profile.log_key) {
    return text::Problem(absl::StatusCode::kInvalidArgument, "服务器是另一个账本的：请换配置",
                         "the server is another log's: use the profile of this one's");
  }
  const absl::StatusOr<Hash> now = ProvenLeafHash(*session, sequence);
  if (absl::IsNotFound(now.status())) {
    return text::Problem(
        absl::StatusCode::kNotFound,
        StrCat("服务器现在没有第 ", sequence,
               " 号记录：可能是落后的副本，请稍后再问；若一直没有，账本就退回了过去"),
        StrCat(
            "the server does not have record ", sequence,
            " now. A copy may be behind: ask again later. If it stays so, the log has gone back"));
  }
  RETURN_IF_ERROR(now.status());
  if (*now == leaf_hash) return absl::OkStatus();
  return text::Problem(
      absl::StatusCode::kDataLoss,
      StrCat("账本改写了历史：第 ", sequence,
             " 号现在是另一条记录。请保留回执，并用 suyuan proof get ", sequence,
             " --out 文件 取下它现在的证明：两者都有账本的签名，互相矛盾"),
      StrCat("the log has rewritten its past: another record is number ", sequence,
             " now. Keep the receipt, and what suyuan proof get ", sequence,
             " --out FILE gives: the log signed both, and they contradict each other"));
}

absl::Status Check(Invocation& invocation) {
  ASSIGN_OR_RETURN(const v1::Receipt receipt, ReceiptIn(invocation.Text("file")));
  ASSIGN_OR_RETURN(const tlog::VerifierKey key, LogKeyOf(invocation));
  ledger::Receipt group{static_cast<uint64_t>(receipt.first()),
                        static_cast<uint64_t>(receipt.count()),
                        {},
                        receipt.signature()};
  const absl::Status malformed = absl::InvalidArgumentError("a hash is not 32 bytes long");
  for (const std::string& hash : receipt.path()) {
    if (hash.size() != kHashSize) return NotHeld(malformed);
    group.path.push_back(HashFromBytes(hash));
  }
  if (receipt.leaf_hash().size() != kHashSize) return NotHeld(malformed);
  const absl::Status held = tlog::CheckReceipt(group, static_cast<uint64_t>(receipt.sequence()),
                                               HashFromBytes(receipt.leaf_hash()), key);
  if (!held.ok()) return NotHeld(held);
  const bool online = invocation.Has("--online");
  if (online) {
    RETURN_IF_ERROR(
        CheckStands(invocation, key, receipt.sequence(), HashFromBytes(receipt.leaf_hash())));
  }
  const std::string hash = HexOf(receipt.leaf_hash());
  invocation.Json(JsonObject()
                      .Bool("verified", true)
                      .Number("sequence", receipt.sequence())
                      .Text("leafHash", hash)
                      .Text("origin", key.name())
                      .Bool("online", online)
                      .str());
  invocation.Line(
      {StrCat("回执成立：账本 ", key.name(), " 已签名承诺保有第 ", receipt.sequence(),
              " 号记录，叶哈希 ", hash),
       StrCat("The receipt holds: the log ", key.name(), " has signed that it has record ",
              receipt.sequence(), "; leaf hash ", hash)});
  if (online) {
    invocation.Line({"账本今天仍有这条记录", "The log still has that record today"});
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<tlog::VerifierKey> LogKeyOf(const Invocation& invocation) {
  std::string key = invocation.Text("--log-key");
  if (key.empty()) {
    ASSIGN_OR_RETURN(const Profiles profiles, Profiles::Load(invocation.globals.config));
    const absl::StatusOr<Profile> profile = profiles.Get(invocation.globals.profile);
    if (profile.ok()) key = profile->log_key;
  }
  if (!key.empty()) return tlog::VerifierKey::Parse(key);
  return text::Problem(absl::StatusCode::kInvalidArgument, "请用 --log-key 说明是哪个账本",
                       "say with --log-key which log it is");
}

Arg LogKeyArg() {
  return {"--log-key",
          "",
          {"账本公钥（C2SP 格式），缺省为配置中固定的",
           "verifier key of the log; else the one the profile has pinned"}};
}

std::vector<Command> ReceiptCommands() {
  return {
      {.path = "receipt check",
       .help = {"离线验证一次写入的回执（--json 的输出）",
                "check the receipt of a write (what it printed with --json), offline"},
       .args = {{"file", "", {"回执文件", "file of the receipt"}, Arg::Need::kRequired},
                {"--online!",
                 "",
                 {"再问服务器：这条记录今天仍在账本里",
                  "also ask the server: the record stands in the log today"}},
                LogKeyArg()},
       .run = Check},
      {.path = "receipt get",
       .help = {"一条记录的回执，及其现已达到的级别",
                "the receipt of a record, and how far it has come by now"},
       .method = "AuditService/GetReceipt",
       .args = {{"sequence", "sequence", {"记录号", "number of the record"}, Arg::Need::kRequired}},
       .view = {"", {"sequence", "record_time", "level", "leaf_hash"}}}};
}

}  // namespace suyuan::cli
