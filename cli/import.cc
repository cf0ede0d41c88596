#include "cli/import.h"

#include <algorithm>

#include "absl/strings/str_split.h"
#include "cli/command.h"
#include "cli/value.h"
#include "services/domain/error.h"
#include "services/domain/id.h"
#include "services/domain/time.h"
#include "services/rpc/rules.h"
#include "services/text/problem.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/base/uuid.h"

namespace suyuan::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr char kKey[] = "key";

// The message that holds the repeated field at the end of `path`, and the field.
std::pair<Message*, const FieldDescriptor*> Repeated(Message* message, const std::string& path) {
  const std::vector<std::string> parts = absl::StrSplit(path, '.');
  for (size_t i = 0; i + 1 < parts.size(); ++i) {
    message = message->GetReflection()->MutableMessage(
        message, message->GetDescriptor()->FindFieldByName(parts[i]));
  }
  return {message, message->GetDescriptor()->FindFieldByName(parts.back())};
}

// "harvests[0].quantity.amount" → "harvests.quantity.amount".
std::string WithoutIndexes(const std::string& field) {
  std::string out;
  bool index = false;
  for (const char c : field) {
    if (c == '[') index = true;
    if (!index) out.push_back(c);
    if (c == ']') index = false;
  }
  return out;
}

// A name of the right form that stands for what is not made yet.
std::string Placeholder(const std::string& collection) {
  return collection + "/" + domain::MakeId("0000", "", "", 0);
}

}  // namespace

std::string ContentRequestId(const std::string& method, const std::string& bytes, int ordinal) {
  return UuidOf(StrCat("suyuan-import-v1\n", method, "\n", ordinal, "\n", bytes));
}

const ImportKind* FindImportKind(const std::string& name) {
  const auto found = std::find_if(ImportKinds().begin(), ImportKinds().end(),
                                  [&](const ImportKind& kind) { return kind.name == name; });
  return found == ImportKinds().end() ? nullptr : &*found;
}

absl::StatusOr<Import> Import::Open(const ImportKind& kind, const std::vector<std::string>& header,
                                    IdMap* ids) {
  Import import(&kind, ids);
  for (size_t i = 0; i < header.size(); ++i) {
    const auto known =
        std::find_if(kind.columns.begin(), kind.columns.end(), [&](const ImportColumn& column) {
          return column.name == header[i] || column.chinese == header[i];
        });
    const bool carried = header[i].starts_with('_') || header[i] == kKey || header[i] == "代号";
    if (known == kind.columns.end() && !carried) {
      std::string names = kKey;
      for (const ImportColumn& column : kind.columns) StrAppend(&names, " ", column.name);
      return text::Problem(absl::StatusCode::kInvalidArgument,
                           StrCat("表头第 ", i + 1, " 列“", header[i], "”不认识；可用：", names),
                           StrCat("column ", i + 1, " of the header, '", header[i],
                                  "', is not known; there are: ", names));
    }
    const std::string name = known != kind.columns.end() ? known->name
                             : header[i] == "代号"       ? kKey
                                                         : header[i];
    if (!import.index_.try_emplace(name, i).second) {
      return text::Problem(absl::StatusCode::kInvalidArgument,
                           StrCat("表头里“", header[i], "”出现两次"),
                           StrCat("'", header[i], "' stands twice in the header"));
    }
  }
  return import;
}

std::string Import::Cell(const ImportRow& row, const std::string& column) const {
  const auto at = index_.find(column);
  return at == index_.end() || at->second >= row.cells.size() ? "" : row.cells[at->second];
}

absl::StatusOr<std::string> Import::Find(const std::string& collection,
                                         const std::string& key) const {
  if (expected_.contains(StrCat(collection, "/", key))) return Placeholder(collection);
  return ids_->Resolve(collection, key);
}

std::vector<ImportProblem> Import::Fill(const ImportRow& row, bool first, Message* request) const {
  std::vector<ImportProblem> problems;
  const Resolve resolve = [this](const std::string& collection, const std::string& key) {
    return Find(collection, key);
  };
  Message* element = nullptr;
  for (const ImportColumn& column : kind_->columns) {
    const std::string text = Cell(row, column.name);
    const bool in_element = column.path.starts_with('+');
    if (text.empty() || (!in_element && !first)) continue;
    if (in_element && element == nullptr) {
      const auto [parent, field] = Repeated(request, kind_->element);
      element = parent->GetReflection()->AddMessage(parent, field);
    }
    const absl::Status status = column.path == "+" ? SetMessage(element, text, resolve)
                                : in_element
                                    ? SetField(element, column.path.substr(1), text, resolve)
                                    : SetField(request, column.path, text, resolve);
    if (!status.ok()) problems.push_back({row.line, column.name, status});
  }
  return problems;
}

// The column that fills a field of the contract, as a refusal names it.
std::string Import::ColumnOf(const std::string& field) const {
  const std::string wanted = WithoutIndexes(field);
  std::string best;
  size_t best_size = 0;
  for (const ImportColumn& column : kind_->columns) {
    const std::string path = !column.path.starts_with('+') ? column.path
                             : column.path == "+"
                                 ? kind_->element
                                 : StrCat(kind_->element, ".", column.path.substr(1));
    const bool covers = wanted == path || wanted.starts_with(path + ".");
    if (covers && path.size() > best_size) {
      best = column.name;
      best_size = path.size();
    }
  }
  return best;
}

std::vector<ImportProblem> Import::CheckGroup(const ImportRow& row) const {
  std::vector<ImportProblem> problems;
  if (kind_->group.empty() || checked_.cells.empty() ||
      Cell(checked_, kind_->group) != Cell(row, kind_->group)) {
    return problems;
  }
  for (const ImportColumn& column : kind_->columns) {
    if (column.path.starts_with('+') || Cell(row, column.name) == Cell(checked_, column.name)) {
      continue;
    }
    problems.push_back(
        {row.line, column.name,
         text::Problem(absl::StatusCode::kInvalidArgument,
                       StrCat("与同组上一行（第 ", checked_.line, " 行）不同"),
                       StrCat("differs from line ", checked_.line, " of the same group"))});
  }
  return problems;
}

std::vector<ImportProblem> Import::Check(const ImportRow& row) {
  if (row.cells.size() > index_.size()) {
    return {{row.line, "",
             text::Problem(absl::StatusCode::kInvalidArgument, "这一行的列比表头多",
                           "the row has more cells than the header")}};
  }
  const std::unique_ptr<Message> request = NewMessage(MethodOf(kind_->method)->input_type());
  std::vector<ImportProblem> problems = CheckGroup(row);
  checked_ = row;
  for (ImportProblem& problem : Fill(row, /*first=*/true, request.get())) {
    problems.push_back(std::move(problem));
  }
  if (problems.empty()) {
    if (kind_->finish) kind_->finish(request.get());
    request->GetReflection()->SetString(
        request.get(), request->GetDescriptor()->FindFieldByName("request_id"), RandomUuid());
    const absl::Status rules = rpc::CheckRules(*request);
    if (!rules.ok()) {
      problems.push_back({row.line, ColumnOf(domain::DetailsOf(rules)["field"]), rules});
    }
  }
  const std::string key = Cell(row, kKey);
  if (!key.empty() && !kind_->result.empty()) {
    const FieldDescriptor* made =
        MethodOf(kind_->method)->output_type()->FindFieldByName(kind_->result);
    expected_.insert(StrCat(CollectionOf(made->name()), "/", key));
  }
  return problems;
}

std::vector<ImportProblem> Import::Add(const ImportRow& row, const Send& send) {
  expected_.clear();
  const bool full =
      kind_->group.empty()
          ? pending_.size() >= kind_->rows_max
          : !pending_.empty() && Cell(pending_.front(), kind_->group) != Cell(row, kind_->group);
  std::vector<ImportProblem> problems;
  if (full) problems = Flush(send);
  if (pending_.empty()) request_ = NewMessage(MethodOf(kind_->method)->input_type());
  pending_.push_back(row);
  for (ImportProblem& problem : Fill(row, pending_.size() == 1, request_.get())) {
    complete_ = false;
    problems.push_back(std::move(problem));
  }
  return problems;
}

std::vector<ImportProblem> Import::Flush(const Send& send) {
  std::vector<ImportProblem> problems;
  if (!pending_.empty() && complete_) {
    const auto& method = *MethodOf(kind_->method);
    if (kind_->finish) kind_->finish(request_.get());
    const std::string bytes = request_->SerializeAsString();
    const std::string content = ContentRequestId(method.full_name(), bytes, 0);
    request_->GetReflection()->SetString(
        request_.get(), request_->GetDescriptor()->FindFieldByName("request_id"),
        ContentRequestId(method.full_name(), bytes, same_[content]++));
    const std::unique_ptr<Message> response = NewMessage(method.output_type());
    absl::Status status = send(FullMethod(method), *request_, response.get());
    if (status.ok()) status = Learn(*response);
    if (!status.ok()) problems = Refused(status);
  }
  pending_.clear();
  complete_ = true;
  return problems;
}

absl::Status Import::Learn(const Message& response) {
  const auto* reflection = response.GetReflection();
  const auto* type = response.GetDescriptor();
  const auto& receipt = static_cast<const v1::Receipt&>(
      reflection->GetMessage(response, type->FindFieldByName("receipt")));
  counts_.rows += static_cast<int64_t>(pending_.size());
  ++counts_.requests;
  if (domain::TimeOf(receipt.record_time()) < started_) ++counts_.repeated;
  if (kind_->result.empty()) return absl::OkStatus();
  const FieldDescriptor* result = type->FindFieldByName(kind_->result);
  for (size_t i = 0; i < pending_.size(); ++i) {
    const std::string key = Cell(pending_[i], kKey);
    if (key.empty()) continue;
    const bool there =
        !result->is_repeated() || static_cast<int>(i) < reflection->FieldSize(response, result);
    if (!there) return absl::DataLossError("the answer names fewer things than were asked for");
    RETURN_IF_ERROR(
        ids_->Learn(key, result->is_repeated()
                             ? reflection->GetRepeatedString(response, result, static_cast<int>(i))
                             : reflection->GetString(response, result)));
  }
  return absl::OkStatus();
}

std::vector<ImportProblem> Import::Refused(const absl::Status& status) const {
  std::vector<ImportProblem> problems;
  const auto line = [&](int row) {
    return row < static_cast<int>(pending_.size()) ? pending_[static_cast<size_t>(row)].line : 0;
  };
  for (const domain::RowError& row : domain::RowErrorsOf(status)) {
    problems.push_back(
        {line(row.row), ColumnOf(domain::DetailsOf(row.status)["field"]), row.status});
  }
  if (problems.empty()) {
    problems.push_back({line(0), ColumnOf(domain::DetailsOf(status)["field"]), status});
  }
  return problems;
}

}  // namespace suyuan::cli
