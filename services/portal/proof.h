// The proof of what a scan shows, in the forms it can be taken away in. Pure; thread-safe.
#pragma once

#include <string_view>

#include "services/http/server.h"
#include "services/portal/scan_page.h"
#include "suyuan/v1/audit.pb.h"
#include "suyuan/v1/label.pb.h"

namespace suyuan::portal {

enum class ProofForm {
  kNone,     // The page itself.
  kUnknown,  // 404.
  kJson,     // "json": v1.GetBatchProofResponse, what the page's script checks.
  kFile,     // "file": a .tlog-proof, for any tool that reads the format.
  kPage,     // "page": the page with the proof and its check in it, to be kept.
};
// Of the address's "?proof=".
ProofForm ProofFormOf(const http::Request& request);

// A C2SP tlog-proof as a file to be kept.
http::Response ProofFile(int64_t sequence, const std::string& tlog_proof);

// INTERNAL: it has no JSON.
absl::StatusOr<http::Response> ProofAnswer(const http::Request& request, ProofForm form,
                                           const v1::ResolveLabelResponse& label,
                                           const v1::GetBatchProofResponse& proof, PageFacts facts);

}  // namespace suyuan::portal
