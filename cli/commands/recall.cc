// recall.
#include "cli/commands/commands.h"
#include "suyuan/v1/recall.pb.h"

namespace suyuan::cli {
namespace {

absl::Status SetDrill(Invocation& invocation, google::protobuf::Message* message) {
  if (invocation.Has("--drill")) {
    static_cast<v1::OpenRecallRequest*>(message)->mutable_recall()->set_drill(true);
  }
  return absl::OkStatus();
}

// Nobody takes one for the other.
absl::Status SayWhich(Invocation& invocation, const google::protobuf::Message&) {
  if (invocation.Has("--drill")) {
    invocation.Line({"这是演练：没有批次停下，扫码页不变",
                     "This is a drill: no batch stops, and no scan page changes"});
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> RecallCommands() {
  const View one{"",
                 {"name", "kind", "claim.level", "claim.hazard", "claim.notice_zh", "claim.batches",
                  "party", "scope_count", "as_of_size", "closed", "outcome", "record_time"}};
  return {{.path = "recall open",
           .help = {"发起召回：批次及其全部去向", "open a recall: batches and all made of them"},
           .method = "RecallService/OpenRecall",
           .args = {{"--batch", "recall.batches", {"批次，可多次", "batch, repeatable"}},
                    {"--level", "recall.level", {"级别", "level"}},
                    {"--hazard", "recall.hazard", {"危害", "hazard"}},
                    {"--notice", "recall.notice_zh", {"公告（中文）", "notice, in Chinese"}},
                    {"--notice-en", "recall.notice_en", {"公告（英文）", "notice, in English"}},
                    {"--drill!",
                     "",
                     {"演练：查出范围，什么也不停，消费者看不到",
                      "a drill: finds the scope, stops nothing, no consumer sees it"}}},
           .prepare = SetDrill,
           .then = SayWhich},
          {.path = "recall close",
           .help = {"结束召回", "close a recall"},
           .method = "RecallService/CloseRecall",
           .args = {{"recall", "closure.recall", {"召回", "recall"}},
                    {"--outcome", "closure.outcome", {"结果", "outcome"}}}},
          {.path = "recall get",
           .help = {"查看召回", "show a recall"},
           .method = "RecallService/GetRecall",
           .args = {{"name", "name", {"召回", "recall"}}},
           .view = one},
          {.path = "recall list",
           .help = {"列出召回，新的在前", "list recalls, newest first"},
           .method = "RecallService/ListRecalls",
           .args = {{"--open", "open", {"只看未结束：yes", "only open ones: yes"}},
                    {"--kind", "kind", {"只看", "only"}}},
           .view = {"recalls",
                    {"name", "kind", "claim.level", "claim.hazard", "scope_count", "closed",
                     "record_time"}}},
          {.path = "recall scope",
           .help = {"涉及的每个批次和现在何处", "every batch in scope, and where it is"},
           .method = "RecallService/StreamRecallScope",
           .args = {{"recall", "recall", {"召回", "recall"}}},
           .view = {"",
                    {"depth", "batch.name", "product_name", "batch.quantity", "party_name",
                     "holdings"}}}};
}

}  // namespace suyuan::cli
