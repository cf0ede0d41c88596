// inspect: samplings, results, holds, releases.
#include "cli/commands/commands.h"
#include "services/domain/deciders.h"
#include "suyuan/v1/inspection.pb.h"

namespace suyuan::cli {
namespace {

// The verdict follows from the results, and is signed with them.
absl::Status SetVerdict(Invocation&, google::protobuf::Message* message) {
  claim::v1::TestResult& result = *static_cast<v1::RecordResultRequest*>(message)->mutable_result();
  if (result.verdict() == claim::v1::VERDICT_UNSPECIFIED) {
    result.set_verdict(domain::VerdictOf(result));
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> InspectionCommands() {
  return {
      {.path = "inspect sample",
       .help = {"抽样登记", "record a sampling"},
       .method = "InspectionService/RecordSampling",
       .args = {{"batch", "sampling.batch", {"批次", "batch"}},
                {"--purpose", "sampling.purpose", {"目的", "purpose"}},
                {"--lab", "sampling.lab", {"送检机构，默认本机构", "who tests it; default: we"}},
                {"--sample", "sampling.sample", {"样品量", "amount of the sample"}},
                {"--seal", "sampling.seal_number", {"封样号", "number on the seal"}}}},
      {.path = "inspect result",
       .help = {"检测结果；不合格即冻结批次",
                "record a result; a non-conformant one holds the batch"},
       .method = "InspectionService/RecordResult",
       .args =
           {{"sampling", "result.sampling", {"抽样", "sampling"}},
            {"--method", "result.method", {"检测方法标准号", "number of the test method"}},
            {"--result",
             "result.results",
             {"项目=值;limit=限量;source=标准;en=英文名，或 项目=negative|positive|invalid，可多次",
              "ANALYTE=VALUE;limit=LIMIT;source=STANDARD;en=NAME, or "
              "ANALYTE=negative|positive|invalid, repeatable"}},
            {"--verdict",
             "result.verdict",
             {"结论；默认由数据得出", "verdict; follows from the results"},
             Arg::Need::kOptional}},
       .prepare = SetVerdict},
      {.path = "inspect show",
       .help = {"抽样和它的结果，签发前先看",
                "a sampling with its result: read it before you issue it"},
       .method = "InspectionService/GetSampling",
       .args = {{"sampling", "name", {"抽样", "sampling"}}},
       .view = {"",
                {"name", "claim.batch", "claim.purpose", "sampler", "lab", "result",
                 "result_claim.method", "result_claim.results", "result_claim.verdict", "analyst",
                 "signatory", "issue_time"}}},
      {.path = "inspect issue",
       .help = {"授权签字人签发检测结果（抽样、检测之外的第三人）",
                "issue a result, as a signatory who neither sampled nor tested"},
       .method = "InspectionService/IssueResult",
       .args = {{"sampling", "issuance.sampling", {"抽样", "sampling"}}}},
      {.path = "inspect hold",
       .help = {"冻结批次", "hold a batch"},
       .method = "InspectionService/PlaceHold",
       .args = {{"batch", "hold.batch", {"批次", "batch"}},
                {"--cause", "hold.cause", {"原因", "cause"}}}},
      {.path = "inspect release",
       .help = {"解冻", "release a hold"},
       .method = "InspectionService/ReleaseHold",
       .args = {{"batch", "release.batch", {"批次", "batch"}},
                {"--hold", "release.hold", {"冻结编号", "the hold"}},
                {"--basis", "release.basis", {"依据", "basis"}}}}};
}

}  // namespace suyuan::cli
