// harvest, split, merge, loss, grade, batch: what becomes of goods in one's own hands.
#include "cli/commands/commands.h"

namespace suyuan::cli {

std::vector<Command> OriginCommands() {
  return {
      {.path = "harvest register",
       .help = {"采收登记", "register a harvest"},
       .method = "OriginService/RegisterHarvest",
       .args = {{"--product", "harvest.product", {"产品", "product"}},
                {"--plot", "harvest.plots", {"地块，可多次", "plot, repeatable"}},
                {"--site", "harvest.site", {"存放站点", "site it stands at"}},
                {"--quantity", "harvest.quantity", {"数量，如 1200斤", "amount, like 600kg"}}}},
      {.path = "split",
       .help = {"分批", "split a batch"},
       .method = "OriginService/SplitBatch",
       .args = {{"batch", "split.batch", {"批次", "batch"}},
                {"--site", "split.site", {"所在站点", "site it stands at"}},
                {"--part",
                 "split.parts",
                 {"每一份的数量，至少两份", "amount of a part, two or more"}}}},
      {.path = "merge",
       .help = {"并批（同一产品）", "merge batches of one product"},
       .method = "OriginService/MergeBatches",
       .args = {{"--input", "merge.inputs", {"批次=数量，至少两个", "BATCH=AMOUNT, two or more"}},
                {"--site", "merge.site", {"所在站点", "site they stand at"}}}},
      {.path = "loss",
       .help = {"损耗登记", "record a loss"},
       .method = "OriginService/RecordLoss",
       .args = {{"batch", "loss.batch", {"批次", "batch"}},
                {"--site", "loss.site", {"所在站点", "site it stands at"}},
                {"--quantity", "loss.quantity", {"数量", "amount"}},
                {"--cause", "loss.cause", {"原因", "cause"}}}},
      {.path = "grade",
       .help = {"分级：投入等于各等级加损耗", "grade: input equals outputs and loss"},
       .method = "GradingService/GradeBatch",
       .args = {{"--input", "grading.input", {"批次=数量", "BATCH=AMOUNT"}},
                {"--site", "grading.site", {"所在站点", "site it stands at"}},
                {"--output", "grading.outputs", {"等级=数量，可多次", "GRADE=AMOUNT, repeatable"}},
                {"--loss", "grading.loss", {"剔除的数量", "amount sorted out"}},
                {"--scheme", "grading.scheme", {"分级标准号", "number of the grading standard"}}}},
      {.path = "batch get",
       .help = {"批次现状", "a batch as it stands"},
       .method = "OriginService/GetBatch",
       .args = {{"name", "name", {"批次", "batch"}}},
       .view = {"",
                {"name", "product", "party", "kind", "quantity", "grade", "verdict", "holds",
                 "recalls", "record_time", "sequence"}}}};
}

}  // namespace suyuan::cli
