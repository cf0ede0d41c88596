// import: tables of many rows.
#include "cli/import.h"

#include <filesystem>
#include <optional>

#include "cli/commands/commands.h"
#include "cli/environment.h"
#include "cli/exit_code.h"
#include "cli/explain.h"
#include "cli/json.h"
#include "services/domain/error.h"
#include "services/domain/time.h"
#include "services/tabular/csv.h"
#include "services/text/problem.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::cli {
namespace {

constexpr size_t kProblemsMax = 1000;  // Shown; all are counted.
constexpr int kAttemptsMax = 5;

// The rows of a file, header first, those alone that a filter lets through.
class Rows {
 public:
  static absl::StatusOr<Rows> Open(const std::string& text, const std::string& only) {
    Rows rows(text);
    ASSIGN_OR_RETURN(const std::optional<tabular::CsvRow> header, rows.reader_.Next());
    if (!header.has_value()) {
      return text::Problem(absl::StatusCode::kInvalidArgument, "文件是空的", "the file is empty");
    }
    rows.header_ = header->cells;
    if (only.empty()) return rows;
    const std::string column = only.substr(0, only.find('='));
    const auto found = std::find(rows.header_.begin(), rows.header_.end(), column);
    if (only.find('=') == std::string::npos || found == rows.header_.end()) {
      return text::Problem(absl::StatusCode::kInvalidArgument,
                           StrCat("--only 写成 列名=值；没有列 ", column),
                           StrCat("--only is COLUMN=VALUE; there is no column ", column));
    }
    rows.filter_ = static_cast<size_t>(found - rows.header_.begin());
    rows.wanted_ = only.substr(column.size() + 1);
    return rows;
  }
  const std::vector<std::string>& header() const { return header_; }
  absl::StatusOr<std::optional<ImportRow>> Next() {
    for (;;) {
      ASSIGN_OR_RETURN(std::optional<tabular::CsvRow> row, reader_.Next());
      if (!row.has_value()) return std::nullopt;
      if (filter_.has_value() &&
          (*filter_ >= row->cells.size() || row->cells[*filter_] != wanted_)) {
        continue;
      }
      return ImportRow{row->line, std::move(row->cells)};
    }
  }

 private:
  explicit Rows(const std::string& text) : reader_(text) {}
  tabular::CsvReader reader_;
  std::vector<std::string> header_;
  std::optional<size_t> filter_;
  std::string wanted_;
};

struct Report {
  int64_t rows = 0;
  int64_t problem_count = 0;
  std::vector<ImportProblem> problems;
  ImportCounts counts;

  void Add(std::vector<ImportProblem> found) {
    problem_count += static_cast<int64_t>(found.size());
    for (ImportProblem& problem : found) {
      if (problems.size() < kProblemsMax) problems.push_back(std::move(problem));
    }
  }
};

std::string ReportJson(const Report& report, Language language) {
  std::vector<std::string> problems;
  for (const ImportProblem& problem : report.problems) {
    problems.push_back(JsonObject()
                           .Number("line", problem.line)
                           .Text("column", problem.column)
                           .Text("reason", v1::Reason_Name(domain::ReasonOf(problem.status)))
                           .Text("message", MessageIn(problem.status, language))
                           .str());
  }
  return JsonObject()
      .Number("rows", report.rows)
      .Number("recorded", report.counts.rows)
      .Number("requests", report.counts.requests)
      .Number("repeated", report.counts.repeated)
      .Number("problemCount", report.problem_count)
      .Json("problems", JsonList(problems))
      .str();
}

void Show(Invocation& invocation, const Report& report) {
  invocation.Json(ReportJson(report, invocation.globals.language));
  for (const ImportProblem& problem : report.problems) {
    const std::string words = MessageIn(problem.status, invocation.globals.language);
    const std::string column = problem.column.empty() ? "" : StrCat(" ", problem.column);
    invocation.Line({StrCat("第 ", problem.line, " 行", column, "：", words),
                     StrCat("line ", problem.line, column, ": ", words)});
  }
}

absl::Status CheckAll(const ImportKind& kind, const std::string& text, const std::string& only,
                      IdMap* ids, Report* report) {
  ASSIGN_OR_RETURN(Rows rows, Rows::Open(text, only));
  ASSIGN_OR_RETURN(Import import, Import::Open(kind, rows.header(), ids));
  for (;;) {
    ASSIGN_OR_RETURN(const std::optional<ImportRow> row, rows.Next());
    if (!row.has_value()) return absl::OkStatus();
    ++report->rows;
    report->Add(import.Check(*row));
  }
}

// Sends, and sends again what may be repeated, a little later each time.
absl::Status SendPatiently(rpc::Client& client, const std::string& method,
                           const google::protobuf::Message& request,
                           google::protobuf::Message* response) {
  absl::Duration pause = absl::Seconds(1);
  for (int attempt = 1;; ++attempt, pause *= 2) {
    const absl::Status status = client.CallInto(method, request, response);
    if (attempt == kAttemptsMax || ExitCodeOf(status) != kUnavailable) return status;
    absl::SleepFor(pause);
  }
}

void Progress(Invocation& invocation, int64_t done, int64_t all) {
  if (invocation.globals.json || !StderrIsTerminal()) return;
  constexpr int kWidth = 40;
  const int filled = all == 0 ? kWidth : static_cast<int>(done * kWidth / all);
  invocation.err << "\r[" << std::string(filled, '#') << std::string(kWidth - filled, '.') << "] "
                 << done << "/" << all << (done == all ? "\n" : "") << std::flush;
}

// A refusal of some rows lets the others pass; a server that is away ends it. The first error.
absl::Status SendAll(Invocation& invocation, const ImportKind& kind, const std::string& text,
                     const std::string& only, IdMap* ids, Report* report) {
  ASSIGN_OR_RETURN(Rows rows, Rows::Open(text, only));
  ASSIGN_OR_RETURN(Import import, Import::Open(kind, rows.header(), ids));
  ASSIGN_OR_RETURN(Session* const session, invocation.Connected());
  import.set_started(domain::TimeOf(session->info.server_time()));
  const Import::Send send = [&](const std::string& method, const google::protobuf::Message& request,
                                google::protobuf::Message* response) {
    return SendPatiently(*session->client, method, request, response);
  };
  absl::Status first;
  int64_t done = 0;
  for (bool more = true; more && ExitCodeOf(first) != kUnavailable;) {
    ASSIGN_OR_RETURN(const std::optional<ImportRow> row, rows.Next());
    more = row.has_value();
    std::vector<ImportProblem> problems = more ? import.Add(*row, send) : import.Finish(send);
    if (!problems.empty() && first.ok()) first = problems.front().status;
    report->Add(std::move(problems));
    Progress(invocation, more ? ++done : done, report->rows);
  }
  report->counts = import.counts();
  return first;
}

absl::Status Run(Invocation& invocation) {
  const ImportKind* kind = FindImportKind(invocation.Text("kind"));
  if (kind == nullptr) {
    std::string names;
    for (const ImportKind& known : ImportKinds()) StrAppend(&names, " ", known.name);
    return text::Problem(absl::StatusCode::kInvalidArgument, StrCat("能导入的有：", names),
                         StrCat("what can be imported:", names));
  }
  const std::string path = invocation.Text("file"), only = invocation.Text("--only");
  ASSIGN_OR_RETURN(std::string bytes, ReadFile(path));
  ASSIGN_OR_RETURN(const std::string text, tabular::ToUtf8(std::move(bytes)));
  const std::string beside = (std::filesystem::path(path).parent_path() / "ids.tsv").string();
  ASSIGN_OR_RETURN(IdMap ids,
                   IdMap::Load(invocation.Has("--ids") ? invocation.Text("--ids") : beside));
  Report report;
  RETURN_IF_ERROR(CheckAll(*kind, text, only, &ids, &report));
  if (report.problem_count > 0) {
    Show(invocation, report);
    return text::Problem(
        absl::StatusCode::kInvalidArgument,
        StrCat(report.problem_count, " 处有误，一行也没有提交；改正后再运行"),
        StrCat(report.problem_count, " problems; nothing was sent; correct them and run again"));
  }
  if (invocation.Has("--dry-run")) {
    Show(invocation, report);
    invocation.Line({StrCat("检查通过：", report.rows, " 行，未提交"),
                     StrCat("checked: ", report.rows, " rows; nothing was sent")});
    return absl::OkStatus();
  }
  const absl::Status status = SendAll(invocation, *kind, text, only, &ids, &report);
  Show(invocation, report);
  const ImportCounts& counts = report.counts;
  invocation.Line({StrCat("已登记 ", counts.rows, " 行（", counts.requests, " 次提交）"),
                   StrCat("recorded ", counts.rows, " rows in ", counts.requests, " requests")});
  if (counts.repeated > 0) {
    invocation.Line({StrCat("其中 ", counts.repeated, " 次此前已登记，没有重复"),
                     StrCat(counts.repeated, " of them stood already; nothing is there twice")});
  }
  return status;
}

}  // namespace

std::vector<Command> ImportCommands() {
  return {{.path = "import",
           .help = {"从 CSV 批量登记；可重复运行，中断后接着来",
                    "register many rows from a CSV; safe to run again, continues where it stopped"},
           .args = {{"kind",
                     "",
                     {"表的种类，如 plots、harvests、results",
                      "kind of table, like plots, harvests, results"},
                     Arg::Need::kRequired},
                    {"file",
                     "",
                     {"CSV 文件（UTF-8 或 GB18030）", "CSV file (UTF-8 or GB18030)"},
                     Arg::Need::kRequired},
                    {"--dry-run!", "", {"只检查，不提交", "check only, send nothing"}},
                    {"--only",
                     "",
                     {"只要某列为某值的行：列名=值", "only rows with this value: COLUMN=VALUE"}},
                    {"--ids",
                     "",
                     {"代号与编号对照表；默认 CSV 旁的 ids.tsv",
                      "file of keys and names; default ids.tsv beside the CSV"}}},
           .run = Run}};
}

}  // namespace suyuan::cli
