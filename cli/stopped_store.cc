#include "cli/stopped_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

#include "absl/strings/strip.h"
#include "cli/profile.h"
#include "services/text/problem.h"
#include "services/tlog/audit_origin.h"
#include "services/tlog/checkpoint.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/export.h"
#include "suyuan/event/v1/event.pb.h"
#include "suyuan/v1/operation.pb.h"

namespace suyuan::cli {
namespace {

bool IsExport(const std::string& dir) {
  return std::filesystem::exists(StrCat(dir, "/", ledger::kRecordsFile)) ||
         std::filesystem::exists(StrCat(dir, "/", ledger::kCheckpointFile));
}

std::string LogOf(const std::string& dir) {
  return ledger::Ledger::Exists(dir) ? dir : dir + "/log";
}

// The log's key as its first record states it, or "".
std::string StatedKey(ledger::Ledger& log) {
  const absl::StatusOr<ledger::Record> first = log.GetRecord(0);
  if (!first.ok()) return "";  // Which a verification finds.
  for (const std::string_view bytes : first->events()) {
    event::v1::Event event;
    if (!event.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) continue;
    if (event.has_ledger_created()) return event.ledger_created().log_verifier_key();
  }
  return "";
}

// The key that an export brings along, or "": whoever wants more pins one.
std::string KeyBeside(const std::string& dir) {
  const absl::StatusOr<std::string> key = ReadFile(StrCat(dir, "/", ledger::kVerifierKeyFile));
  return key.ok() ? std::string(absl::StripAsciiWhitespace(*key)) : "";
}

}  // namespace

absl::StatusOr<std::unique_ptr<ledger::Ledger>> OpenStopped(const std::string& dir) {
  ledger::LedgerOptions options;
  options.dir = LogOf(dir);
  options.clock = SystemClock::Get();
  options.accept_clock = true;  // Nothing is written.
  absl::StatusOr<std::unique_ptr<ledger::Ledger>> log = ledger::Ledger::OpenReadOnly(options);
  if (absl::IsNotFound(log.status())) {
    return text::Problem(absl::StatusCode::kNotFound, StrCat(dir, " 里没有账本"),
                         StrCat("there is no ledger in ", dir));
  }
  return log;
}

absl::StatusOr<ledger::VerifyResult> VerifyDir(const std::string& dir, std::string key,
                                               ledger::VerifyOptions options) {
  const bool is_export = IsExport(dir);
  std::unique_ptr<ledger::Ledger> log;
  if (!is_export) {
    ASSIGN_OR_RETURN(log, OpenStopped(dir));
  }
  if (key.empty()) key = is_export ? KeyBeside(dir) : StatedKey(*log);
  if (!key.empty()) {
    options.check_checkpoint = [&key](std::string_view note) {
      return tlog::OpenCheckpoint(note, key).status();
    };
  }
  if (!is_export) return ledger::VerifyLedger(log->db(), options);
  if (options.since == nullptr) return ledger::VerifyExport(dir, options);
  return text::Problem(absl::StatusCode::kInvalidArgument, "导出只能从头验证，不用 --since",
                       "an export is verified whole: not with --since");
}

absl::Status CheckStopped(const std::string& dir) {
  const int file = open((LogOf(dir) + "/LOCK").c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return absl::OkStatus();
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  const bool held = fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  close(file);
  if (!held) return absl::OkStatus();
  return text::Problem(absl::StatusCode::kUnavailable, "服务正在使用该账本：请加 --live",
                       "a server holds that ledger: use --live");
}

absl::StatusOr<std::string> AuditKeyOf(const std::string& dir, const std::string& audit_dir) {
  ASSIGN_OR_RETURN(const std::unique_ptr<ledger::Ledger> log, OpenStopped(dir));
  ASSIGN_OR_RETURN(const std::unique_ptr<ledger::Ledger> audit, OpenStopped(audit_dir));
  ASSIGN_OR_RETURN(const tlog::VerifierKey key, tlog::VerifierKey::Parse(StatedKey(*log)));
  const auto own = tlog::AuditKeyFor(key, audit->identity().origin);
  if (own.ok()) return own->ToString();
  return text::Problem(absl::StatusCode::kDataLoss, "审计日志属于另一个账本",
                       "the audit log is another log's");
}

absl::StatusOr<SnapshotFolders> TakeSnapshot(Invocation& invocation) {
  ASSIGN_OR_RETURN(Session* const session, invocation.Connected());
  ASSIGN_OR_RETURN(const v1::MakeSnapshotResponse answer,
                   session->client->Call<v1::MakeSnapshotResponse>(
                       "/suyuan.v1.OperationService/MakeSnapshot", v1::MakeSnapshotRequest()));
  if (ledger::Ledger::Exists(answer.folder())) {
    return SnapshotFolders{answer.folder(), answer.audit_folder()};
  }
  return text::Problem(
      absl::StatusCode::kFailedPrecondition,
      StrCat("快照在服务器的 ", answer.folder(), "，请在那台机器上运行"),
      StrCat("the snapshot is in ", answer.folder(), " on the server's machine: run this there"));
}

}  // namespace suyuan::cli
