// store: a stopped ledger, or an export of one, without its server.
#include <algorithm>
#include <filesystem>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "cli/commands/commands.h"
#include "cli/environment.h"
#include "cli/json.h"
#include "cli/stopped_store.h"
#include "google/protobuf/util/json_util.h"
#include "services/ledger/genesis.h"
#include "services/rpc/keys.h"
#include "services/store/author_check.h"
#include "services/text/problem.h"
#include "services/tlog/checkpoint.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/export.h"
#include "storage/ledger/ledger.h"
#include "storage/ledger/mark.h"
#include "storage/ledger/verify.h"
#include "suyuan/event/v1/event.pb.h"

namespace suyuan::cli {
namespace {

constexpr size_t kReadBytes = 4 << 20;
constexpr size_t kErrorsMax = 100;

// "all", "none", or a sample.
constexpr int kSample = 100;

absl::StatusOr<int> SampleOf(Invocation& invocation) {
  const std::string wanted = invocation.Text("--signatures");
  if (wanted.empty() || wanted == "all") return 1;
  if (wanted == "sample") return kSample;
  if (wanted == "none") return 0;
  return text::Problem(absl::StatusCode::kInvalidArgument, "--signatures 须为 all、sample 或 none",
                       "--signatures is all, sample or none");
}

struct Verified {
  ledger::VerifyResult result;
  absl::Duration took;
};

// A write failed in the last process that had this data directory: its mark says so.
bool Poisoned(const Invocation& invocation) {
  const std::string given = invocation.Text("--mark-dir");
  const auto mark =
      ledger::Mark::Open(given.empty() ? StrCat(invocation.Text("dir"), ".mark") : given);
  return mark.ok() && (*mark)->state().poisoned;  // Without a mark, nobody says so.
}

JsonObject VerifiedJson(const ledger::VerifyResult& result, absl::Duration took, bool poisoned) {
  const auto one = [](const ledger::VerifyError& error) {
    JsonObject json;
    json.Text("finding", ledger::FindingName(error.finding));
    if (error.sequence != ledger::kAbsent) {
      json.Number("sequence", static_cast<int64_t>(error.sequence));
    }
    return json.Text("text", error.text).str();
  };
  std::vector<std::string> errors, first;
  for (const ledger::VerifyError& error : result.errors) errors.push_back(one(error));
  for (const auto& [finding, error] : result.first) first.push_back(one(error));
  const double seconds = std::max(absl::ToDoubleSeconds(took), 1e-6);
  const auto number = [](double value) { return static_cast<int64_t>(value); };
  return JsonObject()
      .Bool("verified", result.ok())
      .Number("size", number(result.head.size))
      .Text("root", HexOf(AsBytes(result.head.root)))
      .Number("records", number(result.records))
      .Number("items", number(result.items))
      .Number("events", number(result.events))
      .Number("streams", number(result.streams))
      .Number("signatures", number(result.authors))
      .Number("checkpoints", number(result.checkpoints))
      .Number("bytes", number(result.bytes_hashed))
      .Number("milliseconds", absl::ToInt64Milliseconds(took))
      .Number("recordsPerSecond", number(result.records / seconds))
      .Number("bytesPerSecond", number(result.bytes_hashed / seconds))
      .Number("errorCount", number(result.error_count))
      .Bool("poisoned", poisoned)
      .Json("first", JsonList(first))
      .Json("errors", JsonList(errors));
}

void ShowErrors(Invocation& invocation, const ledger::VerifyResult& result, const char* log) {
  for (const ledger::VerifyError& error : result.errors) {
    const std::string at = error.sequence == ledger::kAbsent ? "-" : StrCat(error.sequence);
    const std::string line =
        StrCat(log, at, "  ", ledger::FindingName(error.finding), "  ", error.text);
    invocation.Line({line, line});
  }
}

// Of both logs; `audit`: null where there is no audit log.
void ShowVerified(Invocation& invocation, const Verified& log, const Verified* audit) {
  const bool poisoned = Poisoned(invocation);
  JsonObject json = VerifiedJson(log.result, log.took, poisoned);
  if (audit != nullptr) json.Json("audit", VerifiedJson(audit->result, audit->took, false).str());
  invocation.Json(json.str());
  ShowErrors(invocation, log.result, "");
  if (audit != nullptr) ShowErrors(invocation, audit->result, "audit  ");
  const ledger::VerifyResult& result = log.result;
  if (result.ok()) {
    const std::string root = HexOf(AsBytes(result.head.root));
    invocation.Line({StrCat("验证通过：", result.records, " 条记录、", result.events, " 个事件、",
                            result.authors, " 个签名，链、树、流全部相符\n共 ", result.head.size,
                            " 条记录，树根 ", root),
                     StrCat("Verified: ", result.records, " records, ", result.events, " events, ",
                            result.authors, " signatures; chain, tree and streams all hold\n",
                            result.head.size, " records in all, root ", root)});
  }
  if (audit != nullptr && audit->result.ok()) {
    invocation.Line({StrCat("审计日志也相符：", audit->result.head.size, " 条记录、",
                            audit->result.events, " 个事件"),
                     StrCat("The audit log holds too: ", audit->result.head.size, " records, ",
                            audit->result.events, " events")});
  }
  if (!result.ok() || !poisoned) return;
  invocation.Line(
      {"上次运行因写入失败而停止：请查磁盘，再用 suyuand --verify-store 启动，由它验证并解除",
       "The last process stopped because a write failed: look at the disk, then start suyuand with "
       "--verify-store, which verifies again and lifts that"});
}

// One log, from where the state in the file `state_path` ends ("": from its beginning); the state
// is written anew where the log holds.
absl::StatusOr<Verified> VerifyOne(Invocation& invocation, const std::string& dir,
                                   const std::string& key, const std::string& state_path) {
  store::AuthorCheck check;
  const ledger::AuthorHooks hooks = check.Hooks();
  ledger::VerifyOptions options;
  options.errors_max = kErrorsMax;
  ASSIGN_OR_RETURN(const int sample, SampleOf(invocation));
  if (sample > 0) {
    options.authors = &hooks;
    options.author_sample = sample;
  }
  if (StderrIsTerminal() && !invocation.globals.json) {
    options.progress = [&](uint64_t done, uint64_t size) {
      invocation.err << "\r" << done << " / " << size << (done == size ? "\n" : "") << std::flush;
    };
  }
  options.want_state = !state_path.empty();
  ledger::VerifyState state;
  if (!state_path.empty() && std::filesystem::exists(state_path)) {
    ASSIGN_OR_RETURN(const std::string text, ReadFile(state_path));
    ASSIGN_OR_RETURN(state, ledger::VerifyState::Decode(text));
    options.since = &state;
  }
  const absl::Time start = invocation.clock.Now();
  Verified verified;
  ASSIGN_OR_RETURN(verified.result, VerifyDir(dir, key, options));
  verified.took = invocation.clock.Now() - start;
  if (state_path.empty() || !verified.result.ok()) return verified;
  RETURN_IF_ERROR(ReplaceFile(state_path, verified.result.state.Encode(), 0600));
  return verified;
}

absl::Status Verify(Invocation& invocation) {
  const std::string dir = invocation.Text("dir"), state_path = invocation.Text("--since");
  ASSIGN_OR_RETURN(const Verified log,
                   VerifyOne(invocation, dir, invocation.Text("--vkey"), state_path));
  std::optional<Verified> audit;
  if (const std::string audit_dir = dir + "/audit"; ledger::Ledger::Exists(audit_dir)) {
    ASSIGN_OR_RETURN(const std::string key, AuditKeyOf(dir, audit_dir));
    ASSIGN_OR_RETURN(audit, VerifyOne(invocation, audit_dir, key,
                                      state_path.empty() ? "" : state_path + ".audit"));
  }
  ShowVerified(invocation, log, audit ? &*audit : nullptr);
  const uint64_t findings = log.result.error_count + (audit ? audit->result.error_count : 0);
  if (log.result.ok() && (!audit || audit->result.ok())) return absl::OkStatus();
  return text::Problem(absl::StatusCode::kDataLoss, StrCat("验证不通过：", findings, " 处不符"),
                       StrCat("verification failed: ", findings, " findings"));
}

std::string RecordJson(const ledger::Record& record) {
  const ledger::Authorship authorship = record.authorship();
  std::vector<std::string> events;
  for (const std::string_view bytes : record.events()) {
    event::v1::Event event;
    event.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
    if (event.has_schema_stored()) event.mutable_schema_stored()->Clear();  // Large.
    if (!google::protobuf::util::MessageToJsonString(event, &events.emplace_back()).ok()) {
      events.back() = "null";
    }
  }
  const absl::Time time = FromMicros(record.leaf.record_micros);
  return JsonObject()
      .Number("sequence", static_cast<int64_t>(record.leaf.sequence))
      .Text("recordTime", absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", time, absl::UTCTimeZone()))
      .Text("method", authorship.method)
      .Text("key", StrCat("keys/", HexOf(authorship.key_id)))
      .Json("events", JsonList(events))
      .str();
}

absl::StatusOr<uint64_t> NumberOf(Invocation& invocation, const char* flag, uint64_t otherwise) {
  if (!invocation.Has(flag)) return otherwise;
  uint64_t number = 0;
  if (absl::SimpleAtoi(invocation.Text(flag), &number)) return number;
  return text::Problem(absl::StatusCode::kInvalidArgument, StrCat(flag, " 须为整数"),
                       StrCat(flag, " is a whole number"));
}

// One JSON object a record, for people too: it is what is there.
absl::Status Dump(Invocation& invocation) {
  ASSIGN_OR_RETURN(uint64_t next, NumberOf(invocation, "--from", 0));
  ASSIGN_OR_RETURN(uint64_t left, NumberOf(invocation, "--count", ~uint64_t{0}));
  ASSIGN_OR_RETURN(const std::unique_ptr<ledger::Ledger> log, OpenStopped(invocation.Text("dir")));
  while (left > 0) {
    ASSIGN_OR_RETURN(const ledger::Records records,
                     log->ReadRecords(next, kReadBytes, absl::ZeroDuration()));
    if (records.empty()) break;
    for (const auto& record : records) {
      if (left-- == 0) return absl::OkStatus();
      invocation.out << RecordJson(*record) << '\n';
      next = record->leaf.sequence + 1;
    }
  }
  return absl::OkStatus();
}

// The checkpoint of a public export: given, or signed here with the log's key.
absl::StatusOr<ledger::ExportParts> PublicParts(Invocation& invocation, ledger::Ledger& log) {
  ledger::ExportParts parts;
  parts.items = invocation.Has("--full");
  if (invocation.Has("--checkpoint")) {
    ASSIGN_OR_RETURN(parts.checkpoint, ReadFile(invocation.Text("--checkpoint")));
    parts.verifier_key = invocation.Text("--vkey");
    if (!tlog::OpenCheckpoint(parts.checkpoint, parts.verifier_key).ok()) {
      return text::Problem(absl::StatusCode::kInvalidArgument, "--vkey 须为签署该检查点的密钥",
                           "--vkey is the key that signed it");
    }
    return parts;
  }
  const std::string path = invocation.Has("--log-key")
                               ? invocation.Text("--log-key")
                               : StrCat(invocation.Text("dir"), "/keys/", ledger::kLogKeyFile);
  ASSIGN_OR_RETURN(const rpc::SigningKey key, rpc::SigningKey::Load(path));
  ASSIGN_OR_RETURN(const ledger::TreeHead head, log.GetTreeHead());
  const std::string& origin = log.identity().origin;
  parts.verifier_key = tlog::VerifierKeyOf(origin, key);
  ASSIGN_OR_RETURN(const std::optional<std::string> stored, log.FindNewestCheckpoint());
  const bool usable = stored && tlog::OpenCheckpoint(*stored, parts.verifier_key).ok();
  parts.checkpoint = usable ? *stored : tlog::SignCheckpoint(origin, head, key);
  return parts;
}

// Named by the server, or moved to where it is wanted.
absl::Status Snapshot(Invocation& invocation) {
  ASSIGN_OR_RETURN(const SnapshotFolders folders, TakeSnapshot(invocation));
  std::string folder = folders.log;
  if (const std::string out = invocation.Text("--out"); !out.empty()) {
    std::error_code error;
    if (std::filesystem::exists(out, error)) {
      return text::Problem(absl::StatusCode::kInvalidArgument, StrCat(out, " 已存在"),
                           StrCat(out, " exists"));
    }
    std::filesystem::rename(folder, out, error);
    if (error) {  // On another disk.
      error.clear();
      std::filesystem::copy(folder, out, error);
    }
    if (error) return absl::InternalError(StrCat(out, ": ", error.message()));
    folder = out;
  }
  invocation.Json(JsonObject().Text("dir", folder).str());
  invocation.Line({StrCat("快照在 ", folder), StrCat("the snapshot is in ", folder)});
  return absl::OkStatus();
}

absl::Status Export(Invocation& invocation) {
  const std::string out = invocation.Text("--out");
  ASSIGN_OR_RETURN(const std::unique_ptr<ledger::Ledger> log, OpenStopped(invocation.Text("dir")));
  ledger::ExportParts parts;
  if (invocation.Has("--public")) {
    ASSIGN_OR_RETURN(parts, PublicParts(invocation, *log));
  }
  RETURN_IF_ERROR(ledger::ExportLedger(*log, out, parts));
  invocation.Json(JsonObject().Text("dir", out).str());
  invocation.Line({StrCat("已导出到 ", out), StrCat("exported to ", out)});
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> StoreCommands() {
  const Arg dir{
      "dir", "", {"数据目录或导出目录", "data directory, or an export"}, Arg::Need::kRequired};
  return {
      {.path = "store verify",
       .help =
           {"重算并验证停机账本、快照或导出：内容、链、树、流、签名",
            "recompute and verify a stopped store, a snapshot or an export: content, chain, tree, "
            "streams, signatures"},
       .args = {dir,
                {"--signatures",
                 "",
                 {"all（默认）、sample（约百分之一）或 none",
                  "all (default), sample (about 1 %) or none"}},
                {"--since",
                 "",
                 {"上次验证留下的状态文件：只验其后的记录；没有则从头，并写入",
                  "state of the last verification: only what came after; made if it is not there"}},
                {"--vkey", "", {"检查点的公钥", "key that checkpoints are signed with"}},
                {"--mark-dir",
                 "",
                 {"高水位标记目录，默认 DIR.mark", "folder of the mark, default DIR.mark"}}},
       .run = Verify},
      {.path = "store snapshot",
       .help = {"向运行中的服务要一份账本快照（在服务器上运行）",
                "a snapshot of the log from the server while it runs (on its machine)"},
       .args = {{"--out",
                 "",
                 {"移到该目录，须不存在；缺省留在服务器的目录里，下一份取代它",
                  "folder to move it to, not there yet; else the next one takes its place"}}},
       .run = Snapshot},
      {.path = "store dump",
       .help = {"逐条打印记录（JSON）", "print records, one JSON object each"},
       .args = {dir,
                {"--from", "", {"起始记录号", "first record"}},
                {"--count", "", {"条数", "how many"}}},
       .run = Dump},
      {.path = "store export",
       .help = {"导出停机账本或快照", "export a stopped store or a snapshot"},
       .args = {dir,
                {"--out",
                 "",
                 {"目录，须不存在或为空", "folder, empty or not there"},
                 Arg::Need::kRequired},
                {"--public!",
                 "",
                 {"公开部分：叶、瓦片与检查点（C2SP tlog-tiles）",
                  "what is for everybody: leaves, tiles, checkpoint (C2SP tlog-tiles)"}},
                {"--full!", "", {"与 --public 同用：也含全部内容", "with --public: the items too"}},
                {"--checkpoint",
                 "",
                 {"已签检查点文件；缺省用账本所存或现签",
                  "file of a signed checkpoint; else the "
                  "stored one, or one signed here"}},
                {"--vkey", "", {"该检查点的公钥", "the key that signed it"}},
                {"--log-key",
                 "",
                 {"账本私钥文件，默认 DIR/keys/log.pem",
                  "the log's key, default DIR/keys/log.pem"}}},
       .run = Export}};
}

}  // namespace suyuan::cli
