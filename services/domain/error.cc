#include "services/domain/error.h"

#include <optional>

#include "absl/strings/cord.h"
#include "google/rpc/status.pb.h"
#include "storage/base/text.h"
#include "storage/base/utf8.h"

namespace suyuan::domain {
namespace {

constexpr char kErrorInfoType[] = "type.googleapis.com/google.rpc.ErrorInfo";
constexpr char kRowsType[] = "suyuan/rows";  // A google.rpc.Status with one ErrorInfo a row.
constexpr char kDomain[] = "suyuan";

absl::StatusCode CodeOf(v1::Reason reason) {
  switch (reason) {
    case v1::REASON_SIGNATURE_MISSING:
    case v1::REASON_SIGNATURE_INVALID:
    case v1::REASON_SIGNATURE_TIME:
    case v1::REASON_KEY_UNKNOWN:
    case v1::REASON_KEY_REVOKED:
    case v1::REASON_KEY_AGED:
      return absl::StatusCode::kUnauthenticated;
    case v1::REASON_NOT_ALLOWED:
    case v1::REASON_NOT_OWN:
    case v1::REASON_OWN_BATCH:
    case v1::REASON_NOT_IN_POSSESSION:
    case v1::REASON_NOT_ADDRESSEE:
    case v1::REASON_INTERNAL_ONLY:
    case v1::REASON_PARTY_ROLE:
    case v1::REASON_INVITATION_INVALID:
    case v1::REASON_PARTY_MANAGED:
    case v1::REASON_POSSESSION:
    case v1::REASON_PARTY_SUSPENDED:
    case v1::REASON_MEMBER_TERM:
    case v1::REASON_SAME_PERSON:
      return absl::StatusCode::kPermissionDenied;
    case v1::REASON_NOT_FOUND:
      return absl::StatusCode::kNotFound;
    case v1::REASON_ALREADY_EXISTS:
    case v1::REASON_REQUEST_ID_REUSED:
    case v1::REASON_RESULT_EXISTS:
    case v1::REASON_RESULT_ISSUED:
      return absl::StatusCode::kAlreadyExists;
    case v1::REASON_METHOD_UNKNOWN:
      return absl::StatusCode::kUnimplemented;
    case v1::REASON_BUSY:
      return absl::StatusCode::kAborted;
    case v1::REASON_QUEUE_FULL:
    case v1::REASON_RATE_LIMITED:
    case v1::REASON_TOO_MANY_TRIES:
      return absl::StatusCode::kResourceExhausted;
    case v1::REASON_DEADLINE:
      return absl::StatusCode::kDeadlineExceeded;
    case v1::REASON_CLOCKS:
    case v1::REASON_UNAVAILABLE:
    case v1::REASON_VIEW_BEHIND:
      return absl::StatusCode::kUnavailable;
    case v1::REASON_INTERNAL:
      return absl::StatusCode::kInternal;
    default:
      // What is wrong with the request whatever the state of the chain; the rest is of the state.
      return reason < v1::REASON_SIGNATURE_MISSING ? absl::StatusCode::kInvalidArgument
                                                   : absl::StatusCode::kFailedPrecondition;
  }
}

google::rpc::ErrorInfo InfoOf(v1::Reason reason, const Details& details) {
  google::rpc::ErrorInfo info;
  info.set_reason(v1::Reason_Name(reason));
  info.set_domain(kDomain);
  // What a caller sent may stand in there, and protobuf reads no text that is not UTF-8.
  for (const auto& [key, value] : details) {
    (*info.mutable_metadata())[key] = ReplaceMalformed(value);
  }
  return info;
}

std::optional<google::rpc::ErrorInfo> FindInfo(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kErrorInfoType);
  google::rpc::ErrorInfo info;
  if (!payload.has_value() || !info.ParseFromString(std::string(*payload))) return std::nullopt;
  return info;
}

v1::Reason ReasonOfInfo(const google::rpc::ErrorInfo& info) {
  v1::Reason reason = v1::REASON_UNSPECIFIED;
  if (!v1::Reason_Parse(info.reason(), &reason)) return v1::REASON_UNSPECIFIED;
  return reason;
}

Details DetailsOfInfo(const google::rpc::ErrorInfo& info) {
  return Details(info.metadata().begin(), info.metadata().end());
}

}  // namespace

absl::Status Error(v1::Reason reason, Details details) {
  absl::Status status(CodeOf(reason), v1::Reason_Name(reason));
  status.SetPayload(kErrorInfoType, absl::Cord(InfoOf(reason, details).SerializeAsString()));
  return status;
}

v1::Reason ReasonOf(const absl::Status& status) {
  const std::optional<google::rpc::ErrorInfo> info = FindInfo(status);
  return info.has_value() ? ReasonOfInfo(*info) : v1::REASON_UNSPECIFIED;
}

Details DetailsOf(const absl::Status& status) {
  const std::optional<google::rpc::ErrorInfo> info = FindInfo(status);
  return info.has_value() ? DetailsOfInfo(*info) : Details();
}

absl::Status ErrorOfRows(const std::vector<RowError>& rows) {
  google::rpc::Status all;
  for (const RowError& row : rows) {
    Details details = DetailsOf(row.status);
    details["row"] = StrCat(row.row);
    all.add_details()->PackFrom(InfoOf(ReasonOf(row.status), details));
  }
  Details details = DetailsOf(rows.front().status);
  details["row"] = StrCat(rows.front().row);
  absl::Status status = Error(ReasonOf(rows.front().status), std::move(details));
  status.SetPayload(kRowsType, absl::Cord(all.SerializeAsString()));
  return status;
}

std::vector<RowError> RowErrorsOf(const absl::Status& status) {
  std::vector<RowError> rows;
  const absl::optional<absl::Cord> payload = status.GetPayload(kRowsType);
  google::rpc::Status all;
  if (!payload.has_value() || !all.ParseFromString(std::string(*payload))) return rows;
  for (const google::protobuf::Any& detail : all.details()) {
    google::rpc::ErrorInfo info;
    if (!detail.UnpackTo(&info)) continue;
    Details details = DetailsOfInfo(info);
    RowError row;
    row.row = std::atoi(details["row"].c_str());
    details.erase("row");
    row.status = Error(ReasonOfInfo(info), std::move(details));
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace suyuan::domain
