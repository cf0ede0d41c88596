// label: runs of codes.
#include "cli/commands/commands.h"
#include "services/text/problem.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "suyuan/v1/label.pb.h"

namespace suyuan::cli {
namespace {

template <typename Request>
absl::Status ChooseImage(Invocation& invocation, google::protobuf::Message* message) {
  auto& request = *static_cast<Request*>(message);
  if (request.image() != v1::LABEL_IMAGE_UNSPECIFIED) return absl::OkStatus();
  request.set_image(invocation.Text("--out").ends_with(".svg") ? v1::LABEL_IMAGE_SVG
                                                               : v1::LABEL_IMAGE_PNG);
  return absl::OkStatus();
}

template <typename Response>
absl::Status WriteImage(Invocation& invocation, const google::protobuf::Message& message) {
  const std::string path = invocation.Text("--out");
  RETURN_IF_ERROR(ReplaceFile(path, static_cast<const Response&>(message).image(), 0644));
  invocation.Line({StrCat("已写入 ", path), StrCat("written: ", path)});
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> LabelCommands() {
  const Arg run{"run", "run", {"标签批号", "run"}};
  const Arg out{
      "--out", "", {"图片文件，.png 或 .svg", "image file, .png or .svg"}, Arg::Need::kRequired};
  const Arg image{"--image",
                  "image",
                  {"格式；默认按文件名", "format; by the file's name"},
                  Arg::Need::kOptional};
  return {
      {.path = "label issue",
       .help = {"发放标签", "issue a run of labels"},
       .method = "LabelService/IssueLabels",
       .args = {{"batch", "run.batch", {"批次", "batch"}},
                {"--count", "run.count", {"枚数", "how many"}}}},
      {.path = "label void",
       .help = {"作废一段标签", "void a range of labels"},
       .method = "LabelService/VoidLabels",
       .args = {{"run", "label_void.run", {"标签批号", "run"}},
                {"--first", "label_void.first", {"起号", "first number"}},
                {"--last", "label_void.last", {"止号", "last number"}},
                {"--cause", "label_void.cause", {"原因", "cause"}}}},
      {.path = "label list",
       .help = {"批次的标签", "runs of a batch"},
       .method = "LabelService/ListLabelRuns",
       .args = {{"batch", "batch", {"批次", "batch"}}},
       .view = {"runs", {"name", "count", "voided", "record_time"}}},
      {.path = "label codes",
       .help = {"一批标签的码（保密）", "the codes of a run (keep them)"},
       .method = "LabelService/ListLabelCodes",
       .args = {run},
       .view = {"codes", {"number", "code", "url", "voided"}}},
      {.path = "label draw",
       .help = {"画一枚标签的二维码", "draw one label's QR code"},
       .method = "LabelService/DrawLabel",
       .args = {run,
                {"--number", "number", {"号", "number"}},
                out,
                {"--dots", "dots_per_module", {"每格点数", "dots a module"}},
                image},
       .view = {"", {"url"}},
       .prepare = ChooseImage<v1::DrawLabelRequest>,
       .then = WriteImage<v1::DrawLabelResponse>},
      {.path = "label draw-batch",
       .help = {"画整批共用的二维码（箱、货架）", "draw a batch's own QR code (cartons, shelves)"},
       .method = "LabelService/DrawBatchCode",
       .args = {{"batch", "batch", {"批次", "batch"}},
                out,
                {"--dots", "dots_per_module", {"每格点数", "dots a module"}},
                image},
       .view = {"", {"url"}},
       .prepare = ChooseImage<v1::DrawBatchCodeRequest>,
       .then = WriteImage<v1::DrawBatchCodeResponse>},
      {.path = "label resolve",
       .help = {"查一枚标签码：扫码看到什么", "what a scan of a code shows"},
       .method = "LabelService/ResolveLabel",
       .args = {{"code", "code", {"标签码", "code"}}, {"--gtin", "gtin", {"GTIN", "GTIN"}}},
       .view = {"",
                {"batch", "number", "voided", "journey.product.name", "journey.on_hold",
                 "journey.recall.recall", "journey.sequence"}}},
      {.path = "label resolve-batch",
       .help = {"查整批的二维码：扫码看到什么", "what a scan of a batch's code shows"},
       .method = "LabelService/ResolveBatch",
       .args = {{"batch", "batch", {"批次", "batch"}}, {"--gtin", "gtin", {"GTIN", "GTIN"}}},
       .view = {"",
                {"journey.batch.name", "journey.product.name", "journey.on_hold",
                 "journey.recall.recall", "journey.sequence"}}}};
}

}  // namespace suyuan::cli
