// store: a stopped ledger, or an export of one, without its server.
#include <filesystem>
#include <fstream>

#include "absl/strings/numbers.h"
#include "cli/commands/commands.h"
#include "cli/environment.h"
#include "cli/json.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "services/store/author_check.h"
#include "services/text/problem.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/export.h"
#include "storage/ledger/ledger.h"
#include "storage/ledger/merkle.h"
#include "storage/ledger/verify.h"
#include "suyuan/event/v1/event.pb.h"

namespace suyuan::cli {
namespace {

using google::protobuf::Struct;

constexpr size_t kReadBytes = 4 << 20;
constexpr size_t kErrorsMax = 100;

bool IsExport(const std::string& dir) { return std::filesystem::exists(dir + "/records.bin"); }

// `dir`: a data directory of suyuand, or a log itself.
absl::StatusOr<std::unique_ptr<ledger::Ledger>> OpenStopped(const std::string& dir) {
  ledger::LedgerOptions options;
  options.dir = ledger::Ledger::Exists(dir) ? dir : dir + "/log";
  options.clock = SystemClock::Get();
  options.accept_clock = true;  // Nothing is written.
  absl::StatusOr<std::unique_ptr<ledger::Ledger>> log = ledger::Ledger::OpenReadOnly(options);
  if (absl::IsNotFound(log.status())) {
    return text::Problem(absl::StatusCode::kNotFound, StrCat(dir, " 里没有账本"),
                         StrCat("there is no ledger in ", dir));
  }
  return log;
}

// What a verification comes to, of a store or of an export.
struct Verified {
  uint64_t size = 0;
  uint64_t events = 0;
  Hash root{};
  uint64_t error_count = 0;
  std::vector<ledger::VerifyError> errors;
};

absl::StatusOr<Verified> VerifyStore(Invocation& invocation, const std::string& dir) {
  ASSIGN_OR_RETURN(const std::unique_ptr<ledger::Ledger> log, OpenStopped(dir));
  store::AuthorCheck authors;
  ledger::VerifyOptions options;
  options.errors_max = kErrorsMax;
  if (!invocation.Has("--no-authors")) {
    options.check_author = [&](const ledger::Record& record) { return authors.Check(record); };
  }
  if (StderrIsTerminal() && !invocation.globals.json) {
    options.progress = [&](uint64_t done, uint64_t size) {
      invocation.err << "\r" << done << " / " << size << (done == size ? "\n" : "") << std::flush;
    };
  }
  ASSIGN_OR_RETURN(ledger::VerifyResult result, ledger::VerifyLedger(log->db(), options));
  return Verified{result.head.size, result.events, result.head.root, result.error_count,
                  std::move(result.errors)};
}

// The root and size an export states, read from its log.json.
absl::StatusOr<std::pair<uint64_t, std::string>> Stated(const std::string& dir) {
  ASSIGN_OR_RETURN(const std::string json, ReadFile(dir + "/log.json"));
  Struct stated;
  std::string root;
  if (!google::protobuf::util::JsonStringToMessage(json, &stated).ok() ||
      !ParseHex(stated.fields().count("root") ? stated.fields().at("root").string_value() : "",
                &root) ||
      !stated.fields().count("size")) {
    return text::Problem(absl::StatusCode::kInvalidArgument, "log.json 无法读取",
                         "log.json cannot be read");
  }
  return std::pair(static_cast<uint64_t>(stated.fields().at("size").number_value()), root);
}

// An export: content, chain, authors, and that it is all that log.json states.
absl::StatusOr<Verified> VerifyExport(const std::string& dir, bool check_authors) {
  ASSIGN_OR_RETURN(const auto stated, Stated(dir));
  ASSIGN_OR_RETURN(const std::unique_ptr<ledger::ExportReader> reader,
                   ledger::ExportReader::Open(dir));
  Verified verified;
  const auto find = [&](ledger::Finding finding, uint64_t sequence, std::string_view text) {
    ++verified.error_count;
    if (verified.errors.size() < kErrorsMax) {
      verified.errors.push_back({finding, sequence, std::string(text)});
    }
  };
  store::AuthorCheck authors;
  std::vector<Hash> leaves;
  for (;;) {
    const absl::StatusOr<std::optional<ledger::Record>> next = reader->Next();
    if (!next.ok()) {
      find(ledger::Finding::kRecord, leaves.size(), FromAbsl(next.status().message()));
      break;
    }
    if (!next->has_value()) break;
    const ledger::Record& record = **next;
    if (record.leaf.sequence != leaves.size() ||
        record.leaf.previous_leaf != (leaves.empty() ? Hash{} : leaves.back())) {
      find(ledger::Finding::kChain, leaves.size(), "the leaf does not follow the one before it");
    }
    const absl::Status author = check_authors ? authors.Check(record) : absl::OkStatus();
    if (!author.ok()) find(ledger::Finding::kAuthor, leaves.size(), FromAbsl(author.message()));
    verified.events += record.events().size();
    leaves.push_back(ledger::LeafHash(record.leaf.Encode()));
  }
  verified.size = leaves.size();
  verified.root = ledger::RootOfHashes(leaves);
  if (verified.size != stated.first || AsBytes(verified.root) != stated.second) {
    find(ledger::Finding::kTile, ledger::kAbsent, "size or root are not what log.json states");
  }
  return verified;
}

std::string VerifiedJson(const Verified& verified) {
  std::vector<std::string> errors;
  for (const ledger::VerifyError& error : verified.errors) {
    JsonObject one;
    one.Text("finding", ledger::FindingName(error.finding));
    if (error.sequence != ledger::kAbsent) {
      one.Number("sequence", static_cast<int64_t>(error.sequence));
    }
    errors.push_back(one.Text("text", error.text).str());
  }
  return JsonObject()
      .Bool("verified", verified.error_count == 0)
      .Number("size", static_cast<int64_t>(verified.size))
      .Number("events", static_cast<int64_t>(verified.events))
      .Text("root", HexOf(AsBytes(verified.root)))
      .Number("errorCount", static_cast<int64_t>(verified.error_count))
      .Json("errors", JsonList(errors))
      .str();
}

absl::Status Verify(Invocation& invocation) {
  const std::string dir = invocation.Text("dir");
  absl::StatusOr<Verified> result = IsExport(dir)
                                        ? VerifyExport(dir, !invocation.Has("--no-authors"))
                                        : VerifyStore(invocation, dir);
  if (!result.ok()) return result.status();
  invocation.Json(VerifiedJson(*result));
  for (const ledger::VerifyError& error : result->errors) {
    const std::string at = error.sequence == ledger::kAbsent ? "-" : StrCat(error.sequence);
    const std::string line = StrCat(at, "  ", ledger::FindingName(error.finding), "  ", error.text);
    invocation.Line({line, line});
  }
  if (result->error_count > 0) {
    return text::Problem(absl::StatusCode::kDataLoss,
                         StrCat("验证不通过：", result->error_count, " 处不符"),
                         StrCat("verification failed: ", result->error_count, " findings"));
  }
  const std::string root = HexOf(AsBytes(result->root));
  invocation.Line({StrCat("验证通过：", result->size, " 条记录、", result->events,
                          " 个事件，链、树、签名全部相符\n树根 ", root),
                   StrCat("Verified: ", result->size, " records, ", result->events,
                          " events; chain, tree and signatures all hold\nroot ", root)});
  return absl::OkStatus();
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
    ASSIGN_OR_RETURN(const std::vector<ledger::Record> records,
                     log->ReadRecords(next, kReadBytes, absl::ZeroDuration()));
    if (records.empty()) break;
    for (const ledger::Record& record : records) {
      if (left-- == 0) return absl::OkStatus();
      invocation.out << RecordJson(record) << '\n';
      next = record.leaf.sequence + 1;
    }
  }
  return absl::OkStatus();
}

absl::Status Export(Invocation& invocation) {
  const std::string out = invocation.Text("--out");
  ASSIGN_OR_RETURN(const std::unique_ptr<ledger::Ledger> log, OpenStopped(invocation.Text("dir")));
  RETURN_IF_ERROR(ledger::ExportLedger(*log, out));
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
           {"从头重算并验证停机账本或导出：内容、链、树、签名",
            "recompute and verify a stopped store or an export: content, chain, tree, signatures"},
       .args = {dir, {"--no-authors!", "", {"不验签名（快）", "leave signatures out (faster)"}}},
       .run = Verify},
      {.path = "store dump",
       .help = {"逐条打印记录（JSON）", "print records, one JSON object each"},
       .args = {dir,
                {"--from", "", {"起始记录号", "first record"}},
                {"--count", "", {"条数", "how many"}}},
       .run = Dump},
      {.path = "store export",
       .help = {"导出停机账本", "export a stopped store"},
       .args = {dir,
                {"--out",
                 "",
                 {"目录，须不存在或为空", "folder, empty or not there"},
                 Arg::Need::kRequired}},
       .run = Export}};
}

}  // namespace suyuan::cli
