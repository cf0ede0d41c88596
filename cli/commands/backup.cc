// backup, restore: the whole of a data directory, in its order, and back.
#include "storage/ledger/backup.h"

#include <algorithm>
#include <filesystem>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "cli/commands/commands.h"
#include "cli/json.h"
#include "cli/stopped_store.h"
#include "services/store/author_check.h"
#include "services/text/problem.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/mark.h"

namespace suyuan::cli {
namespace {

namespace fs = std::filesystem;

constexpr char kLogPart[] = "log";
constexpr char kAuditPart[] = "audit";
constexpr char kVaultPart[] = "vault";
// What is erased is gone from the backups, too, after so long.
constexpr absl::Duration kVaultKept = absl::Hours(24 * 30);

// In the order in which they are taken: the log first, so that what it names by hash (files) or by
// commitment (the vault) is in what follows. Views are left out: they are made again from the log.
std::vector<ledger::BackupPart> PartsOf(const std::string& dir, const SnapshotFolders& logs) {
  return {{kLogPart, logs.log},
          {kAuditPart, logs.audit},
          {"keys", dir + "/keys"},
          {"files", dir + "/files"}};
}

ledger::BackupPart VaultPartOf(const std::string& dir) {
  return {kVaultPart, dir + "/vault", kVaultKept};
}

std::string AboutOf(const std::string& origin, const ledger::TreeHead& head) {
  return StrCat(origin, "\n", head.size, "\n", HexOf(AsBytes(head.root)), "\n");
}

absl::Status Damaged(const absl::Status& status) {
  return text::Problem(absl::StatusCode::kDataLoss,
                       StrCat("备份不可用：", std::string(status.message())),
                       StrCat("the backup is of no use: ", std::string(status.message())));
}

// That a log holds, from the first record to the last. `key`: of its checkpoints; "": as it states.
absl::Status VerifyWhole(const std::string& log_dir, const std::string& key,
                         const std::string& scratch, ledger::VerifyResult* result) {
  store::AuthorCheck check;
  const ledger::AuthorHooks hooks = check.Hooks();
  ledger::VerifyOptions options;
  options.authors = &hooks;
  options.want_state = false;
  options.scratch_dir = scratch;
  absl::StatusOr<ledger::VerifyResult> verified = VerifyDir(log_dir, key, options);
  if (!verified.ok()) return Damaged(verified.status());
  *result = *std::move(verified);
  if (!result->ok()) {
    const ledger::VerifyError& first = result->first.begin()->second;
    return Damaged(
        absl::DataLossError(StrCat(result->error_count, " findings, the first: ", first.text)));
  }
  return absl::OkStatus();
}

// That what was restored to `dir` holds, the audit log included, and is the log that `about`
// states.
absl::Status VerifyRestored(const std::string& dir, const std::string& about,
                            ledger::VerifyResult* result) {
  const std::string log_dir = StrCat(dir, "/", kLogPart), audit_dir = StrCat(dir, "/", kAuditPart);
  RETURN_IF_ERROR(VerifyWhole(log_dir, "", dir, result));
  if (ledger::Ledger::Exists(audit_dir)) {
    ledger::VerifyResult audit;
    ASSIGN_OR_RETURN(const std::string key, AuditKeyOf(log_dir, audit_dir));
    RETURN_IF_ERROR(VerifyWhole(audit_dir, key, dir, &audit));
  }
  const std::string origin = about.substr(0, about.find('\n'));
  if (AboutOf(origin, result->head) != about) {
    return Damaged(absl::DataLossError("it is another log than it states"));
  }
  return absl::OkStatus();
}

// What can be restored is a backup; everything else is a hope.
absl::Status TryRestore(const ledger::BackupFolder& folder, const std::string& out, uint64_t number,
                        bool audit, const std::string& about, ledger::VerifyResult* result) {
  const std::string scratch = StrCat(out, "/scratch");
  std::error_code ignored;
  fs::remove_all(scratch, ignored);
  absl::Status status = folder.Restore(number, kLogPart, StrCat(scratch, "/", kLogPart));
  if (status.ok() && audit) {
    status = folder.Restore(number, kAuditPart, StrCat(scratch, "/", kAuditPart));
  }
  status = status.ok() ? VerifyRestored(scratch, about, result) : Damaged(status);
  fs::remove_all(scratch, ignored);
  RETURN_IF_ERROR(status);
  const absl::Status rest = folder.Check(number);
  return rest.ok() ? rest : Damaged(rest);
}

bool HasVault(const ledger::Backup& backup) {
  return std::find(backup.parts.begin(), backup.parts.end(), kVaultPart) != backup.parts.end();
}

// Whether one folder is the other or in it.
bool Overlap(const std::string& a, const std::string& b) {
  const auto within = [](const fs::path& inner, const fs::path& outer) {
    const fs::path rest = inner.lexically_relative(outer);
    return !rest.empty() && *rest.begin() != "..";
  };
  std::error_code ignored;  // Where a path cannot be followed it is compared as it is written.
  const auto followed = [&ignored](const std::string& path) {
    const fs::path canonical = fs::weakly_canonical(fs::absolute(path), ignored);
    return ignored ? fs::absolute(path).lexically_normal() : canonical;
  };
  const fs::path first = followed(a), second = followed(b);
  return within(first, second) || within(second, first);
}

// The vault by itself, where its backups are kept apart from the keys that open it.
absl::Status BackUpVault(const std::string& dir, const std::string& out, const std::string& about,
                         absl::Time now) {
  ASSIGN_OR_RETURN(ledger::BackupFolder folder, ledger::BackupFolder::Open(out));
  const std::vector<ledger::BackupPart> parts = {VaultPartOf(dir)};
  ASSIGN_OR_RETURN(const uint64_t number, folder.Add(parts, about, now));
  const absl::Status whole = folder.Check(number);
  if (!whole.ok()) return Damaged(whole);
  return folder.Prune(parts, now);
}

absl::Status BackUp(Invocation& invocation) {
  const std::string dir = invocation.Text("dir"), out = invocation.Text("--out");
  const std::string vault_out = invocation.Text("--vault-out");
  const bool apart = !vault_out.empty();
  if (apart && Overlap(out, vault_out)) {
    return text::Problem(absl::StatusCode::kInvalidArgument,
                         "--vault-out 须在 --out 之外，且不包含它",
                         "--vault-out lies apart from --out, neither in the other");
  }
  SnapshotFolders logs{dir + "/log", dir + "/audit"};
  if (invocation.Has("--live")) {
    ASSIGN_OR_RETURN(logs, TakeSnapshot(invocation));
  } else {
    RETURN_IF_ERROR(CheckStopped(dir));
  }
  std::string about;
  {
    ASSIGN_OR_RETURN(const std::unique_ptr<ledger::Ledger> log, OpenStopped(logs.log));
    ASSIGN_OR_RETURN(const ledger::TreeHead head, log->GetTreeHead());
    about = AboutOf(log->identity().origin, head);
  }
  ASSIGN_OR_RETURN(ledger::BackupFolder folder, ledger::BackupFolder::Open(out));
  std::vector<ledger::BackupPart> parts = PartsOf(dir, logs);
  if (!apart) parts.push_back(VaultPartOf(dir));
  const absl::Time now = invocation.clock.Now();
  ASSIGN_OR_RETURN(const uint64_t number, folder.Add(parts, about, now));
  ledger::VerifyResult result;
  RETURN_IF_ERROR(
      TryRestore(folder, out, number, ledger::Ledger::Exists(logs.audit), about, &result));
  // Also of vaults that were kept here before they were kept apart.
  if (apart) parts.push_back(VaultPartOf(dir));
  RETURN_IF_ERROR(folder.Prune(parts, now));
  if (apart) RETURN_IF_ERROR(BackUpVault(dir, vault_out, about, now));
  invocation.Json(JsonObject()
                      .Number("backup", static_cast<int64_t>(number))
                      .Number("size", static_cast<int64_t>(result.head.size))
                      .Text("root", HexOf(AsBytes(result.head.root)))
                      .Bool("verified", true)
                      .str());
  invocation.Line({StrCat("第 ", number, " 份备份：", result.head.size, " 条记录，已试恢复并验证"),
                   StrCat("backup ", number, ": ", result.head.size,
                          " records, restored for trial and verified")});
  return absl::OkStatus();
}

// A folder that is there already.
absl::StatusOr<ledger::BackupFolder> OpenBackups(const std::string& dir) {
  std::error_code error;
  if (fs::is_directory(dir + "/backups", error)) return ledger::BackupFolder::Open(dir);
  return text::Problem(absl::StatusCode::kNotFound, StrCat(dir, " 里没有备份"),
                       StrCat("there are no backups in ", dir));
}

// The one asked for, or the last.
absl::StatusOr<ledger::Backup> ChosenBackup(Invocation& invocation,
                                            const ledger::BackupFolder& folder) {
  ASSIGN_OR_RETURN(const std::vector<ledger::Backup> backups, folder.List());
  uint64_t number = backups.empty() ? 0 : backups.back().number;
  if (invocation.Has("--number") && !absl::SimpleAtoi(invocation.Text("--number"), &number)) {
    return text::Problem(absl::StatusCode::kInvalidArgument, "--number 须为整数",
                         "--number is a whole number");
  }
  for (const ledger::Backup& backup : backups) {
    if (backup.number == number) return backup;
  }
  return text::Problem(absl::StatusCode::kNotFound, "没有这份备份", "there is no such backup");
}

// A log that goes on from an older state than it had is two logs.
absl::Status CheckMark(Invocation& invocation, const std::string& to, const std::string& about) {
  const std::string dir =
      invocation.Has("--mark-dir") ? invocation.Text("--mark-dir") : to + ".mark";
  if (!ledger::Mark::Exists(dir)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::unique_ptr<ledger::Mark> mark, ledger::Mark::Open(dir));
  const std::vector<std::string> lines = absl::StrSplit(about, '\n');
  uint64_t size = 0;
  if (lines.size() < 2 || !absl::SimpleAtoi(lines[1], &size)) {
    return Damaged(absl::DataLossError("it does not say how long its log is"));
  }
  const uint64_t known = mark->state().head.size;
  if (size >= known) return absl::OkStatus();
  return text::Problem(
      absl::StatusCode::kFailedPrecondition,
      StrCat("备份只到 ", size, " 条，账本已知有 ", known,
             " 条：由它继续会使账本分叉。请找更新的备份；确无时恢复到别处"),
      StrCat("the backup ends at ", size, " records, the log is known to have had ", known,
             ": going on from it would fork the log. Look for a newer one; if there is none, "
             "restore elsewhere"));
}

// The vault's last backup of this state of the log, or else its last: whom the log says to be
// erased is erased again when the server starts.
absl::Status RestoreVault(const std::string& from, const std::string& about,
                          const std::string& to) {
  ASSIGN_OR_RETURN(const ledger::BackupFolder folder, OpenBackups(from));
  ASSIGN_OR_RETURN(const std::vector<ledger::Backup> backups, folder.List());
  const ledger::Backup* chosen = nullptr;
  for (const ledger::Backup& backup : backups) {
    const bool ours = backup.about.substr(0, backup.about.find('\n')) ==
                      about.substr(0, about.find('\n'));  // Of the same log.
    if (ours && HasVault(backup) &&
        (backup.about == about || chosen == nullptr || chosen->about != about)) {
      chosen = &backup;
    }
  }
  if (chosen == nullptr) {
    return text::Problem(absl::StatusCode::kNotFound, StrCat(from, " 里没有这个账本的私密库备份"),
                         StrCat("there is no backup of this log's vault in ", from));
  }
  const absl::Status restored = folder.Restore(chosen->number, kVaultPart, to);
  return restored.ok() ? restored : Damaged(restored);
}

absl::Status Restore(Invocation& invocation) {
  const std::string from = invocation.Text("--from"), to = invocation.Text("--to");
  std::error_code error;
  if (fs::exists(to, error) && !fs::is_empty(to, error)) {
    return text::Problem(absl::StatusCode::kFailedPrecondition, StrCat(to, " 不为空"),
                         StrCat(to, " is not empty"));
  }
  ASSIGN_OR_RETURN(const ledger::BackupFolder folder, OpenBackups(from));
  ASSIGN_OR_RETURN(const ledger::Backup backup, ChosenBackup(invocation, folder));
  RETURN_IF_ERROR(CheckMark(invocation, to, backup.about));
  const std::string vault_from = invocation.Text("--vault-from");
  if (!vault_from.empty() && HasVault(backup)) {
    return text::Problem(absl::StatusCode::kInvalidArgument,
                         "这份备份自带私密库：请去掉 --vault-from",
                         "this backup has a vault of its own: leave out --vault-from");
  }
  const std::string making = to + ".restoring";
  fs::remove_all(making, error);
  fs::create_directories(making, error);
  fs::permissions(making, fs::perms::owner_all, error);
  for (const std::string& part : backup.parts) {
    const absl::Status restored = folder.Restore(backup.number, part, StrCat(making, "/", part));
    if (!restored.ok()) return Damaged(restored);
  }
  if (!vault_from.empty()) {
    RETURN_IF_ERROR(RestoreVault(vault_from, backup.about, StrCat(making, "/", kVaultPart)));
  }
  ledger::VerifyResult result;
  RETURN_IF_ERROR(VerifyRestored(making, backup.about, &result));
  const bool vault = fs::exists(StrCat(making, "/", kVaultPart), error);
  fs::rename(making, to, error);
  if (error) return absl::InternalError(StrCat("rename to ", to, ": ", error.message()));
  RETURN_IF_ERROR(kv::SyncDirectoryOf(to));
  invocation.Json(JsonObject()
                      .Number("backup", static_cast<int64_t>(backup.number))
                      .Number("size", static_cast<int64_t>(result.head.size))
                      .Text("root", HexOf(AsBytes(result.head.root)))
                      .str());
  invocation.Line(
      {StrCat("已恢复并验证 ", result.head.size, " 条记录。启动时须说明缘由：--accept-mark"),
       StrCat("restored and verified ", result.head.size,
              " records. The server wants to know why at its start: --accept-mark")});
  if (!vault) {
    invocation.Line(
        {"这份备份里没有私密库：若另有备份，个人信息须用 --vault-from 一并恢复",
         "there is no vault in this backup: where it is kept apart, persons' data comes "
         "back with --vault-from"});
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> BackupCommands() {
  const Arg mark{
      "--mark-dir", "", {"高水位标记目录，默认 TO.mark", "folder of the mark, default TO.mark"}};
  return {
      {.path = "backup",
       .help = {"备份数据目录：账本、密钥、文件、私密库；试恢复并验证",
                "back up a data directory: log, keys, files, vault; restored for trial and "
                "verified"},
       .args = {{"dir", "", {"数据目录", "data directory"}, Arg::Need::kRequired},
                {"--out",
                 "",
                 {"备份目录，可多次使用", "folder of backups, used again and again"},
                 Arg::Need::kRequired},
                {"--vault-out",
                 "",
                 {"私密库另存于此目录：只拿到其中一处的人看不到个人信息",
                  "folder for the vault's backups alone: who has one of the two opens nothing"}},
                {"--live!",
                 "",
                 {"服务运行中：向它要快照", "the server runs: ask it for a snapshot"}}},
       .run = BackUp},
      {.path = "restore",
       .help = {"由备份恢复数据目录并验证",
                "restore a data directory from a backup, and verify it"},
       .args = {{"--from", "", {"备份目录", "folder of backups"}, Arg::Need::kRequired},
                {"--to",
                 "",
                 {"数据目录，须不存在或为空", "data directory, empty or not there"},
                 Arg::Need::kRequired},
                {"--number", "", {"第几份，默认最新", "which backup, default the last"}},
                {"--vault-from",
                 "",
                 {"私密库的备份目录", "folder of the vault's backups, where it is another"}},
                mark},
       .run = Restore}};
}

}  // namespace suyuan::cli
