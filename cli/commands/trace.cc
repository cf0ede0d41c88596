// trace: where a batch comes from, where it went.
#include "cli/commands/commands.h"

namespace suyuan::cli {

std::vector<Command> TraceCommands() {
  const Arg batch{"batch", "batch", {"批次", "batch"}};
  const Arg depth{"--depth", "depth_max", {"最多几层；默认全部", "steps at most; default all"}};
  const View nodes{"",
                   {"depth", "batch.name", "product_name", "batch.quantity", "batch.kind",
                    "batch.grade", "party_name", "inputs", "holdings"}};
  return {{.path = "trace timeline",
           .help = {"批次经历的每件事", "all that happened to a batch"},
           .method = "TraceService/StreamTimeline",
           .args = {batch},
           .view = {"",
                    {"event", "kind", "occur_time", "party_name", "site_name", "quantity", "keep",
                     "measured", "detail", "resource"}}},
          {.path = "trace back",
           .help = {"由哪些批次制成", "what a batch was made of"},
           .method = "TraceService/TraceBack",
           .args = {batch, depth},
           .view = nodes},
          {.path = "trace forward",
           .help = {"制成了哪些批次，现在何处", "what was made of it, and where it is"},
           .method = "TraceService/TraceForward",
           .args = {batch, depth},
           .view = nodes},
          {.path = "trace stock",
           .help = {"库存", "what stands where"},
           .method = "TraceService/ListStock",
           .args = {{"--party", "party", {"主体；默认本单位", "party; default one's own"}},
                    {"--site", "site", {"站点", "site"}}},
           .view = {"lines", {"batch", "product_name", "grade", "holding", "on_hold", "recalled"}}},
          {.path = "trace batches",
           .help = {"列出批次，新的在前", "list batches, newest first"},
           .method = "TraceService/ListBatches",
           .args = {{"--party", "party", {"只看该主体的", "only of this party"}},
                    {"--product", "product", {"只看该产品的", "only of this product"}}},
           .view = {"batches",
                    {"name", "kind", "quantity", "grade", "verdict", "holds", "recalls",
                     "record_time"}}}};
}

}  // namespace suyuan::cli
