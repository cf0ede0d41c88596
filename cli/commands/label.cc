// label: runs of codes.
#include "cli/commands/commands.h"
#include "cli/environment.h"
#include "cli/json.h"
#include "cli/printer.h"
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

// "zpl" where the file says so, a PDF where nothing does.
absl::Status ChoosePrint(Invocation& invocation, google::protobuf::Message* message) {
  auto& request = *static_cast<v1::PrintLabelsRequest*>(message);
  if (request.print() != v1::LABEL_PRINT_UNSPECIFIED) return absl::OkStatus();
  const std::string to = invocation.Text("--to");
  request.set_print(to.ends_with(".png")    ? v1::LABEL_PRINT_PNG
                    : to.ends_with(".zpl")  ? v1::LABEL_PRINT_ZPL
                    : to.ends_with(".tspl") ? v1::LABEL_PRINT_TSPL
                                            : v1::LABEL_PRINT_PDF);
  return absl::OkStatus();
}

absl::Status Print(Invocation& invocation) {
  ASSIGN_OR_RETURN(const std::unique_ptr<google::protobuf::Message> message,
                   FilledRequest(invocation));
  const auto& request = static_cast<const v1::PrintLabelsRequest&>(*message);
  ASSIGN_OR_RETURN(Session* const session, invocation.Connected());
  const std::string to = invocation.Text("--to");
  const bool one = request.first() != 0 && request.first() == request.last();
  ASSIGN_OR_RETURN(const std::unique_ptr<PrintSink> sink,
                   OpenPrintSink(to, request.print() == v1::LABEL_PRINT_PNG && !one));
  int done = 0;
  RETURN_IF_ERROR(session->client->Stream<v1::PrintLabelsResponse>(
      "/suyuan.v1.LabelService/PrintLabels", request,
      [&](const v1::PrintLabelsResponse& piece) -> absl::Status {
        done = piece.done();
        if (StderrIsTerminal()) invocation.err << '\r' << done << " / " << piece.total();
        return sink->Write(piece.data(), piece.number());
      }));
  if (StderrIsTerminal()) invocation.err << '\n';
  RETURN_IF_ERROR(sink->Finish());
  invocation.Json(JsonObject().Number("labels", done).Text("to", to).str());
  invocation.Line({StrCat("已打印 ", done, " 枚到 ", to), StrCat("printed: ", done, " to ", to)});
  return absl::OkStatus();
}

template <claim::v1::LabelStage kStage>
absl::Status SetStage(Invocation&, google::protobuf::Message* message) {
  static_cast<v1::MarkLabelsRequest*>(message)->mutable_label_mark()->set_stage(kStage);
  return absl::OkStatus();
}

absl::Status AskForPins(Invocation& invocation, google::protobuf::Message* message) {
  if (invocation.Has("--pin")) {
    static_cast<v1::IssueLabelsRequest*>(message)->mutable_run()->set_pin(true);
  }
  return absl::OkStatus();
}

// "label printed" and its like: one method, a step each.
Command Mark(std::string path, Say help, decltype(Command::prepare) prepare) {
  return {.path = std::move(path),
          .help = std::move(help),
          .method = "LabelService/MarkLabels",
          .args = {{"run", "label_mark.run", {"标签批号", "run"}},
                   {"--first", "label_mark.first", {"起号", "first number"}},
                   {"--last", "label_mark.last", {"止号", "last number"}}},
          .prepare = std::move(prepare)};
}

Command Retire() {
  Command retire =
      Mark("label retire", {"登记标签停用：售出、用完或销毁", "labels sold, used up or destroyed"},
           SetStage<claim::v1::LABEL_STAGE_RETIRED>);
  retire.args.push_back({"--cause", "label_mark.cause", {"原因", "cause"}, Arg::Need::kRequired});
  return retire;
}

Command Reprint() {
  Command reprint = Mark("label reprinted", {"登记标签重印及原因", "labels printed again, and why"},
                         SetStage<claim::v1::LABEL_STAGE_PRINTED>);
  reprint.args.push_back(
      {"--cause", "label_mark.reprint", {"原因", "cause"}, Arg::Need::kRequired});
  return reprint;
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
                {"--count", "run.count", {"枚数", "how many"}},
                {"--pin!",
                 "",
                 {"每枚带刮开式 8 位 PIN", "with a PIN of 8 digits under a scratch layer"}}},
       .prepare = AskForPins},
      {.path = "label void",
       .help = {"作废一段标签", "void a range of labels"},
       .method = "LabelService/VoidLabels",
       .args = {{"run", "label_void.run", {"标签批号", "run"}},
                {"--first", "label_void.first", {"起号", "first number"}},
                {"--last", "label_void.last", {"止号", "last number"}},
                {"--cause", "label_void.cause", {"原因", "cause"}}}},
      Mark("label printed", {"登记一段标签已印制", "labels of a range are printed"},
           SetStage<claim::v1::LABEL_STAGE_PRINTED>),
      Mark("label applied", {"登记一段标签已贴上商品", "labels of a range are on their packs"},
           SetStage<claim::v1::LABEL_STAGE_APPLIED>),
      Reprint(),
      Retire(),
      {.path = "label show",
       .help = {"一批标签用到哪一步", "how far the labels of a run have come"},
       .method = "LabelService/ListLabelRanges",
       .args = {run},
       .view = {"ranges", {"first", "last", "state", "cause", "occur_time"}}},
      {.path = "label list",
       .help = {"批次的标签", "runs of a batch"},
       .method = "LabelService/ListLabelRuns",
       .args = {{"batch", "batch", {"批次", "batch"}}},
       .view = {"runs", {"name", "count", "voided", "record_time"}}},
      {.path = "label codes",
       .help = {"一批标签的码（保密）", "the codes of a run (keep them)"},
       .method = "LabelService/ListLabelCodes",
       .args = {run},
       .view = {"codes", {"number", "code", "url", "state"}}},
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
      {.path = "label print",
       .help = {"打印一批标签：PDF、图片或打印机指令",
                "print labels of a run: PDF, pictures or a printer's language"},
       .method = "LabelService/PrintLabels",
       .args = {run,
                {"--layout",
                 "layout",
                 {"标签纸：40x30 50x30 60x40 a4-3x7 a4-3x8 a4-4x10",
                  "stock: 40x30 50x30 60x40 a4-3x7 a4-3x8 a4-4x10"}},
                {"--to",
                 "",
                 {"文件，或 tcp://打印机:9100", "a file, or tcp://printer:9100"},
                 Arg::Need::kRequired},
                {"--print",
                 "print",
                 {"格式；默认按文件名，否则 PDF", "format; by the file's name, else PDF"},
                 Arg::Need::kOptional},
                {"--first", "first", {"起号", "first number"}},
                {"--last", "last", {"止号", "last number"}},
                {"--dpi", "dots_per_inch", {"打印头 203 或 300", "print head: 203 or 300"}},
                {"--first-cell", "first_cell", {"第一张上第一个空格", "first free cell"}},
                {"--offset-x", "offset_x_um", {"右移，微米", "to the right, micrometres"}},
                {"--offset-y", "offset_y_um", {"下移，微米", "down, micrometres"}}},
       .prepare = ChoosePrint,
       .run = Print},
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
      {.path = "label signals",
       .help = {"扫码中值得一看的（监管）", "what scans make worth a look (regulators)"},
       .method = "LabelService/ListScanSignals",
       .args = {{"--batch", "batch", {"批次", "batch"}}},
       .view = {"signals",
                {"batch", "signal", "labels", "places", "first_day", "last_day", "party",
                 "region_code"}}},
      {.path = "label resolve",
       .help = {"查一枚标签码：扫码看到什么", "what a scan of a code shows"},
       .method = "LabelService/ResolveLabel",
       .args = {{"code", "code", {"标签码", "code"}}, {"--gtin", "gtin", {"GTIN", "GTIN"}}},
       .view = {"",
                {"batch", "number", "state", "state_time", "scans.first_day", "scans.first_place",
                 "scans.unusual", "journey.product.name", "journey.on_hold",
                 "journey.recall.recall", "journey.sequence"}}},
      {.path = "label resolve-batch",
       .help = {"查整批的二维码：扫码看到什么", "what a scan of a batch's code shows"},
       .method = "LabelService/ResolveBatch",
       .args = {{"batch", "batch", {"批次", "batch"}}, {"--gtin", "gtin", {"GTIN", "GTIN"}}},
       .view = {"",
                {"journey.batch.name", "journey.product.name", "journey.on_hold",
                 "journey.recall.recall", "journey.sequence"}}},
      {.path = "label resolve-product",
       .help = {"查商品条码：扫码看到什么", "what a scan of a product's own code shows"},
       .method = "LabelService/ResolveProduct",
       .args = {{"gtin", "gtin", {"商品条码", "GTIN"}}},
       .view = {"", {"product.name", "product.gtin", "product.net_content", "party_name"}}}};
}

}  // namespace suyuan::cli
