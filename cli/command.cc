#include "cli/command.h"

#include "cli/exit_code.h"
#include "cli/expiry.h"
#include "cli/explain.h"
#include "cli/show.h"
#include "cli/table.h"
#include "cli/value.h"
#include "google/protobuf/util/json_util.h"
#include "services/text/problem.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/base/uuid.h"
#include "suyuan/v1/audit.pb.h"
#include "suyuan/v1/complaint.pb.h"
#include "suyuan/v1/grading.pb.h"
#include "suyuan/v1/inspection.pb.h"
#include "suyuan/v1/label.pb.h"
#include "suyuan/v1/recall.pb.h"
#include "suyuan/v1/registry.pb.h"
#include "suyuan/v1/shipment.pb.h"

namespace suyuan::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

// A static library's contract is only there if something names it.
const Descriptor* const kContracts[] = {
    v1::GetCheckpointRequest::descriptor(), v1::GradeBatchRequest::descriptor(),
    v1::RecordResultRequest::descriptor(),  v1::IssueLabelsRequest::descriptor(),
    v1::OpenRecallRequest::descriptor(),    v1::RegisterPartyRequest::descriptor(),
    v1::ShipRequest::descriptor(),          v1::GetServerInfoRequest::descriptor(),
    v1::GetComplaintRequest::descriptor()};

std::string JsonOf(const Message& message) {
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json);
  return status.ok() ? json : "{}";
}

// Fills the request from the flags. Errors are of usage.
absl::StatusOr<std::unique_ptr<Message>> BuildRequest(Invocation& invocation,
                                                      const MethodDescriptor& method) {
  std::unique_ptr<Message> request = NewMessage(method.input_type());
  std::vector<Arg> args = ImpliedArgs(method.input_type());
  args.insert(args.end(), invocation.command.args.begin(), invocation.command.args.end());
  for (const Arg& arg : args) {
    if (arg.field.empty()) continue;
    for (const std::string& text : invocation.All(arg.flag)) {
      RETURN_IF_ERROR(SetField(request.get(), arg.field, text, &ResolveIds));
    }
  }
  if (method.input_type()->FindFieldByName("request_id") != nullptr &&
      !invocation.Has("--request-id")) {
    RETURN_IF_ERROR(SetField(request.get(), "request_id", RandomUuid(), &ResolveIds));
  }
  if (const std::string occur = OccurPath(method.input_type());
      !occur.empty() && !invocation.Has("--time")) {
    const std::string now = absl::FormatTime("%Y-%m-%dT%H:%M:%E6S%Ez", invocation.clock.Now(),
                                             absl::FixedTimeZone(kDefaultOffsetMinutes * 60));
    RETURN_IF_ERROR(SetField(request.get(), occur, now, &ResolveIds));
  }
  if (invocation.command.prepare) {
    RETURN_IF_ERROR(invocation.command.prepare(invocation, request.get()));
  }
  return request;
}

std::vector<std::string> Headings(const View& view, Language language) {
  std::vector<std::string> headings;
  for (const std::string& path : view.columns) headings.push_back(Heading(path, language));
  return headings;
}

std::vector<std::string> RowOf(const Message& message, const View& view, Language language) {
  std::vector<std::string> row;
  for (const std::string& path : view.columns) row.push_back(Shown(message, path, language));
  return row;
}

// The record's place, then all other fields of the answer to a write.
void ShowReceipt(Invocation& invocation, const Message& response) {
  const Language language = invocation.globals.language;
  std::vector<std::pair<std::string, std::string>> fields;
  const Descriptor* type = response.GetDescriptor();
  const bool recorded =
      response.GetReflection()->HasField(response, type->FindFieldByName("receipt"));
  if (!recorded) return invocation.Line({"没有变化，未登记", "nothing changed; nothing recorded"});
  const std::string sequence = Shown(response, "receipt.sequence", language);
  const std::string time = Shown(response, "receipt.record_time", language);
  invocation.Line({StrCat("已登记：第 ", sequence, " 号记录，", time),
                   StrCat("Recorded as number ", sequence, " at ", time)});
  for (int i = 0; i < type->field_count(); ++i) {
    const std::string& name = type->field(i)->name();
    if (name == "receipt") continue;
    fields.emplace_back(Heading(name, language), Shown(response, name, language));
  }
  WriteFields(invocation.out, fields);
}

void ShowList(Invocation& invocation, const Message& response, const View& view) {
  const Language language = invocation.globals.language;
  const FieldDescriptor* rows = response.GetDescriptor()->FindFieldByName(view.rows);
  const auto* reflection = response.GetReflection();
  Table table(&invocation.out, Headings(view, language));
  for (int i = 0; i < reflection->FieldSize(response, rows); ++i) {
    table.Add(RowOf(reflection->GetRepeatedMessage(response, rows, i), view, language));
  }
  table.Flush();
  if (table.rows() == 0) invocation.Line({"没有", "none"});
  if (response.GetDescriptor()->FindFieldByName("next_page_token") == nullptr) return;
  const std::string next = Shown(response, "next_page_token", language);
  if (next.empty()) return;
  invocation.Line({StrCat("还有：加 --page-token ", next), StrCat("more: --page-token ", next)});
}

void ShowAnswer(Invocation& invocation, const Message& response) {
  if (invocation.globals.json) return invocation.Json(response);
  const View& view = invocation.command.view;
  if (!view.rows.empty()) return ShowList(invocation, response, view);
  if (response.GetDescriptor()->FindFieldByName("receipt") != nullptr) {
    return ShowReceipt(invocation, response);
  }
  std::vector<std::pair<std::string, std::string>> fields;
  for (const std::string& path : view.columns) {
    fields.emplace_back(Heading(path, invocation.globals.language),
                        Shown(response, path, invocation.globals.language));
  }
  WriteFields(invocation.out, fields);
}

absl::Status RunStream(Invocation& invocation, const MethodDescriptor& method,
                       const Message& request) {
  ASSIGN_OR_RETURN(Session* const session, invocation.Connected());
  const std::unique_ptr<Message> message = NewMessage(method.output_type());
  const View& view = invocation.command.view;
  const Language language = invocation.globals.language;
  Table table(&invocation.out, Headings(view, language));
  RETURN_IF_ERROR(session->client->StreamInto(
      FullMethod(method), request, message.get(), [&]() -> absl::Status {
        if (invocation.command.then) {
          RETURN_IF_ERROR(invocation.command.then(invocation, *message));
        }
        if (invocation.globals.json) {
          invocation.Json(*message);
        } else {
          table.Add(RowOf(*message, view, language));
        }
        return absl::OkStatus();
      }));
  table.Flush();
  if (!invocation.globals.json && table.rows() == 0) invocation.Line({"没有", "none"});
  return absl::OkStatus();
}

// Errors of usage carry no Reason, so that they end as such whatever was wrong with the text.
absl::Status AsUsage(const absl::Status& status) {
  return text::Problem(absl::StatusCode::kInvalidArgument, MessageIn(status, Language::kChinese),
                       MessageIn(status, Language::kEnglish));
}

}  // namespace

std::string Invocation::Text(const std::string& flag) const {
  const auto found = values_.find(flag);
  return found == values_.end() ? "" : found->second.back();
}

const std::vector<std::string>& Invocation::All(const std::string& flag) const {
  static const std::vector<std::string> kNone;
  const auto found = values_.find(flag);
  return found == values_.end() ? kNone : found->second;
}

absl::StatusOr<Session*> Invocation::Connected() {
  if (!session_.has_value()) {
    ASSIGN_OR_RETURN(Session session,
                     Connect(globals.config, globals.profile, globals.timeout, &clock));
    session_ = std::move(session);
  }
  return &*session_;
}

void Invocation::Line(const Say& say) {
  if (!globals.json) out << say.In(globals.language) << '\n';
}

void Invocation::Json(const Message& message) { Json(JsonOf(message)); }

void Invocation::Json(const std::string& object) {
  if (globals.json) out << object << '\n';
}

absl::StatusOr<std::unique_ptr<Message>> FilledRequest(Invocation& invocation) {
  absl::StatusOr<std::unique_ptr<Message>> request =
      BuildRequest(invocation, *MethodOf(invocation.command.method));
  if (!request.ok()) return AsUsage(request.status());
  return request;
}

absl::Status RunCommand(Invocation& invocation) {
  if (invocation.command.run) return invocation.command.run(invocation);
  const MethodDescriptor& method = *MethodOf(invocation.command.method);
  ASSIGN_OR_RETURN(const std::unique_ptr<Message> request, FilledRequest(invocation));
  if (method.server_streaming()) return RunStream(invocation, method, *request);
  ASSIGN_OR_RETURN(Session* const session, invocation.Connected());
  const std::unique_ptr<Message> response = NewMessage(method.output_type());
  RETURN_IF_ERROR(session->client->CallInto(FullMethod(method), *request, response.get()));
  if (invocation.command.then) RETURN_IF_ERROR(invocation.command.then(invocation, *response));
  ShowAnswer(invocation, *response);
  return absl::OkStatus();
}

int Execute(Invocation& invocation) {
  const absl::Status status = RunCommand(invocation);
  invocation.out.flush();
  if (!status.ok()) {
    invocation.err << (invocation.globals.json
                           ? ErrorJson(status, invocation.globals.language) + "\n"
                           : Explained(status, invocation.globals.language));
  } else {
    WarnOfExpiry(invocation);
  }
  return ExitCodeOf(status);
}

const MethodDescriptor* MethodOf(const std::string& method) {
  SUYUAN_CHECK(kContracts[0] != nullptr);
  std::string name = "suyuan.v1." + method;
  name[name.find('/')] = '.';
  const MethodDescriptor* found =
      google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name);
  SUYUAN_CHECK(found != nullptr);
  return found;
}

std::string FullMethod(const MethodDescriptor& method) {
  return StrCat("/", method.service()->full_name(), "/", method.name());
}

std::unique_ptr<Message> NewMessage(const Descriptor* type) {
  const Message* prototype =
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type);
  return std::unique_ptr<Message>(prototype->New());
}

std::string CollectionOf(const std::string& field) {
  if (field.ends_with("s")) return field;
  if (field == "batch") return "batches";
  if (field == "party") return "parties";
  return field == "run" ? "labelRuns" : field + "s";
}

std::string OccurPath(const Descriptor* request) {
  for (int i = 0; i < request->field_count(); ++i) {
    const FieldDescriptor* claim = request->field(i);
    if (claim->message_type() == nullptr || claim->is_repeated()) continue;
    if (claim->message_type()->FindFieldByName("occur") != nullptr) return claim->name() + ".occur";
  }
  return "";
}

std::vector<Arg> ImpliedArgs(const Descriptor* request) {
  std::vector<Arg> args;
  const auto add = [&](const char* flag, const char* field, Say help) {
    if (request->FindFieldByName(field) != nullptr) {
      args.push_back({flag, field, std::move(help), Arg::Need::kOptional});
    }
  };
  add("--request-id", "request_id",
      {"请求编号（UUID）；重发时保持不变", "request id (UUID); keep it when repeating"});
  add("--page-size", "page_size", {"每页条数，最多 1000", "items a page, at most 1000"});
  add("--page-token", "page_token", {"上一页给出的翻页标记", "token of the page before"});
  add("--min-sequence", "min_sequence",
      {"等到查询数据更新到此记录号", "wait until the view has reached this record"});
  if (const std::string occur = OccurPath(request); !occur.empty()) {
    args.push_back({"--time",
                    occur,
                    {"发生时间，如 2026-10-03T08:20+08:00；默认现在",
                     "when it happened, like 2026-10-03T08:20+08:00; default now"},
                    Arg::Need::kOptional});
  }
  return args;
}

}  // namespace suyuan::cli
