#include "services/rpc/status.h"

#include "google/rpc/status.pb.h"
#include "services/domain/error.h"
#include "services/text/catalogue.h"
#include "storage/base/text.h"

namespace suyuan::rpc {
namespace {

constexpr char kDomain[] = "suyuan";

google::protobuf::Any InfoOf(const absl::Status& status, int row) {
  google::rpc::ErrorInfo info;
  info.set_reason(v1::Reason_Name(domain::ReasonOf(status)));
  info.set_domain(kDomain);
  for (const auto& [key, value] : domain::DetailsOf(status)) {
    (*info.mutable_metadata())[key] = value;
  }
  if (row >= 0) (*info.mutable_metadata())["row"] = StrCat(row);
  google::protobuf::Any any;
  any.PackFrom(info);
  return any;
}

// The reason and details of one ErrorInfo; its row, or -1.
absl::Status FromInfo(const google::rpc::ErrorInfo& info, int* row) {
  v1::Reason reason = v1::REASON_UNSPECIFIED;
  if (!v1::Reason_Parse(info.reason(), &reason)) reason = v1::REASON_INTERNAL;
  domain::Details details(info.metadata().begin(), info.metadata().end());
  const auto found = details.find("row");
  *row = found == details.end() ? -1 : std::atoi(found->second.c_str());
  return domain::Error(reason, std::move(details));
}

}  // namespace

std::string MessageOf(const absl::Status& status) {
  const v1::Reason reason = domain::ReasonOf(status);
  if (reason == v1::REASON_UNSPECIFIED) return std::string(status.message());
  return text::TextOf(*v1::Reason_descriptor()->FindValueByNumber(reason), text::Language::kEnglish,
                      domain::DetailsOf(status));
}

absl::Status Public(const absl::Status& status) {
  if (status.ok() || domain::ReasonOf(status) != v1::REASON_UNSPECIFIED) return status;
  return domain::Error(absl::IsUnavailable(status) ? v1::REASON_UNAVAILABLE : v1::REASON_INTERNAL);
}

std::vector<google::protobuf::Any> DetailsFor(const absl::Status& status) {
  std::vector<google::protobuf::Any> details;
  for (const domain::RowError& row : domain::RowErrorsOf(status)) {
    details.push_back(InfoOf(row.status, row.row));
  }
  if (details.empty() && domain::ReasonOf(status) != v1::REASON_UNSPECIFIED) {
    details.push_back(InfoOf(status, -1));
  }
  return details;
}

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  google::rpc::Status all;
  all.set_code(static_cast<int>(status.code()));
  all.set_message(MessageOf(status));
  for (google::protobuf::Any& detail : DetailsFor(status)) *all.add_details() = std::move(detail);
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), all.message(),
                      all.SerializeAsString());
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  google::rpc::Status all;
  std::vector<domain::RowError> rows;
  if (all.ParseFromString(status.error_details())) {
    for (const google::protobuf::Any& detail : all.details()) {
      google::rpc::ErrorInfo info;
      if (!detail.UnpackTo(&info) || info.domain() != kDomain) continue;
      int row = -1;
      absl::Status refusal = FromInfo(info, &row);
      if (row < 0) return refusal;
      rows.push_back({row, std::move(refusal)});
    }
  }
  if (!rows.empty()) return domain::ErrorOfRows(rows);
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

}  // namespace suyuan::rpc
