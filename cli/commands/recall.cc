// recall.
#include "cli/commands/commands.h"

namespace suyuan::cli {

std::vector<Command> RecallCommands() {
  const View one{"",
                 {"name", "claim.level", "claim.hazard", "claim.notice_zh", "claim.batches",
                  "party", "scope_count", "as_of_size", "closed", "outcome", "record_time"}};
  return {
      {.path = "recall open",
       .help = {"发起召回：批次及其全部去向", "open a recall: batches and all made of them"},
       .method = "RecallService/OpenRecall",
       .args = {{"--batch", "recall.batches", {"批次，可多次", "batch, repeatable"}},
                {"--level", "recall.level", {"级别", "level"}},
                {"--hazard", "recall.hazard", {"危害", "hazard"}},
                {"--notice", "recall.notice_zh", {"公告（中文）", "notice, in Chinese"}},
                {"--notice-en", "recall.notice_en", {"公告（英文）", "notice, in English"}}}},
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
       .args = {{"--open", "open", {"只看未结束：yes", "only open ones: yes"}}},
       .view = {"recalls",
                {"name", "claim.level", "claim.hazard", "scope_count", "closed", "record_time"}}},
      {.path = "recall scope",
       .help = {"涉及的每个批次和现在何处", "every batch in scope, and where it is"},
       .method = "RecallService/StreamRecallScope",
       .args = {{"recall", "recall", {"召回", "recall"}}},
       .view = {
           "",
           {"depth", "batch.name", "product_name", "batch.quantity", "party_name", "holdings"}}}};
}

}  // namespace suyuan::cli
