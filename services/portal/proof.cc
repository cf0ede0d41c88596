#include "services/portal/proof.h"

#include <utility>

#include "services/portal/answers.h"
#include "services/portal/assets.h"
#include "services/portal/negotiation.h"
#include "services/rpc/encoding.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::portal {
namespace {

void SaveAs(const std::string& name, http::Response* response) {
  response->headers.emplace_back("Content-Disposition",
                                 StrCat("attachment; filename=\"", name, "\""));
}

}  // namespace

ProofForm ProofFormOf(const http::Request& request) {
  const std::string form = QueryValue(request.target, "proof");
  if (form.empty()) return ProofForm::kNone;
  if (form == "json") return ProofForm::kJson;
  if (form == "file") return ProofForm::kFile;
  return form == "page" ? ProofForm::kPage : ProofForm::kUnknown;
}

http::Response ProofFile(int64_t sequence, const std::string& tlog_proof) {
  http::Response response = JsonAnswer("text/plain; charset=utf-8", tlog_proof);
  SaveAs(StrCat("suyuan-", sequence, ".tlog-proof"), &response);
  return response;
}

absl::StatusOr<http::Response> ProofAnswer(const http::Request& request, ProofForm form,
                                           const v1::ResolveLabelResponse& label,
                                           const v1::GetBatchProofResponse& proof,
                                           PageFacts facts) {
  if (form == ProofForm::kFile) return ProofFile(proof.sequence(), proof.tlog_proof());
  ASSIGN_OR_RETURN(const std::string json, rpc::EncodeMessage(proof, true));
  if (form == ProofForm::kJson) return JsonAnswer("application/json", json);
  facts.kept_proof = json;
  facts.kept_script = scripts::keep;
  http::Response response = PageAnswer(request, 200, ScanPage(label, LanguageFor(request), facts));
  SaveAs(StrCat("suyuan-", proof.sequence(), ".html"), &response);
  return response;
}

}  // namespace suyuan::portal
