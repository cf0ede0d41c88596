// complaint: what consumers report, and what officers decide on it.
#include "cli/commands/commands.h"
#include "services/text/problem.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "suyuan/v1/complaint.pb.h"

namespace suyuan::cli {
namespace {

absl::Status WritePhoto(Invocation& invocation, const google::protobuf::Message& message) {
  const std::string path = invocation.Text("--out");
  RETURN_IF_ERROR(
      ReplaceFile(path, static_cast<const v1::GetComplaintPhotoResponse&>(message).photo(), 0600));
  invocation.Line({StrCat("已写入 ", path), StrCat("written: ", path)});
  return absl::OkStatus();
}

absl::Status FirstPhoto(Invocation& invocation, google::protobuf::Message* message) {
  if (!invocation.Has("--number")) {
    static_cast<v1::GetComplaintPhotoRequest*>(message)->set_number(1);
  }
  return absl::OkStatus();
}

std::vector<Command> ComplaintReads() {
  const Arg name{"name", "name", {"举报", "complaint"}};
  return {
      {.path = "complaint list",
       .help = {"列出举报：新的在前；--open 只看未办结，等得最久的在前",
                "list complaints, newest first; --open: those to be dealt with, the longest "
                "waiting first"},
       .method = "ComplaintService/ListComplaints",
       .args = {{"--open", "open", {"只看未办结：yes", "only those not closed: yes"}},
                {"--batch", "batch", {"批次", "batch"}}},
       .view = {"complaints",
                {"name", "kind", "batch", "stage", "overdue", "file_time", "decide_by_time",
                 "answer_by_time"}}},
      {.path = "complaint show",
       .help = {"查看一件举报（查看会留下记录）",
                "show a complaint (that it was looked at is kept)"},
       .method = "ComplaintService/GetComplaint",
       .args = {name},
       .view = {"", {"name",           "kind",        "content.text",   "content.contact",
                     "content.code",   "photos",      "batch",          "party",
                     "stage",          "overdue",     "file_time",      "sequence",
                     "decide_by_time", "decide_time", "answer_by_time", "answer_time",
                     "cause",          "outcome",     "text",           "authority_name",
                     "erased"}}},
      {.path = "complaint photo",
       .help = {"取出一张照片", "write one of its photos to a file"},
       .method = "ComplaintService/GetComplaintPhoto",
       .args =
           {name,
            {"--number", "number", {"第几张，默认 1", "which, default 1"}, Arg::Need::kOptional},
            {"--out", "", {"写入文件（JPEG）", "file to write (JPEG)"}, Arg::Need::kRequired}},
       .view = {"", {"photo"}},
       .prepare = FirstPhoto,
       .then = WritePhoto},
      {.path = "complaint follow",
       .help = {"凭查询码看进展（不需密钥）", "how it stands, by its ticket (no key needed)"},
       .method = "ComplaintService/FollowComplaint",
       .args = {{"ticket", "ticket", {"查询码", "ticket"}}},
       .view = {"",
                {"complaint.kind", "complaint.stage", "complaint.file_time", "complaint.sequence",
                 "complaint.decide_by_time", "complaint.decide_time", "complaint.answer_by_time",
                 "complaint.answer_time", "complaint.cause", "complaint.outcome", "complaint.text",
                 "complaint.authority_name"}}}};
}

}  // namespace

std::vector<Command> ComplaintCommands() {
  std::vector<Command> commands = ComplaintReads();
  const auto complaint = [](const char* field) {
    return Arg{"complaint", field, {"举报", "complaint"}};
  };
  commands.push_back({.path = "complaint accept",
                      .help = {"受理举报", "accept a complaint: it will be looked into"},
                      .method = "ComplaintService/AcceptComplaint",
                      .args = {complaint("acceptance.complaint")}});
  commands.push_back({.path = "complaint reject",
                      .help = {"不予受理", "do not accept a complaint"},
                      .method = "ComplaintService/RejectComplaint",
                      .args = {complaint("rejection.complaint"),
                               {"--cause", "rejection.cause", {"原因", "why"}},
                               {"--text",
                                "rejection.text",
                                {"告知举报人的话；永久公开，不写人名",
                                 "what the consumer reads; kept for ever, names nobody"}}}});
  commands.push_back({.path = "complaint answer",
                      .help = {"答复并办结", "answer a complaint and close it"},
                      .method = "ComplaintService/AnswerComplaint",
                      .args = {complaint("answer.complaint"),
                               {"--outcome", "answer.outcome", {"结果", "what came of it"}},
                               {"--text",
                                "answer.text",
                                {"告知举报人的话；永久公开，不写人名",
                                 "what the consumer reads; kept for ever, names nobody"}}}});
  return commands;
}

}  // namespace suyuan::cli
