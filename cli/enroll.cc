#include "cli/enroll.h"

#include <utility>

#include "cli/import.h"

namespace suyuan::cli {

v1::EnrollKeyRequest EnrollmentOf(const std::string& origin, const rpc::SigningKey& code_key,
                                  const rpc::SigningKey& key) {
  v1::EnrollKeyRequest request;
  claim::v1::Enrollment& claim = *request.mutable_enrollment();
  claim.set_invitation(rpc::NameOfKey("invitations", code_key.algorithm(), code_key.Spki()));
  claim.set_algorithm(static_cast<claim::v1::KeyAlgorithm>(key.algorithm()));
  claim.set_spki(key.Spki());
  const std::string name = rpc::NameOfKey("keys", key.algorithm(), key.Spki());
  claim.set_code_proof(code_key.Sign(rpc::EnrollmentText(origin, name)));
  request.set_request_id(ContentRequestId("EnrollKey", request.SerializeAsString(), 0));
  return request;
}

absl::StatusOr<v1::EnrollKeyResponse> Enroll(rpc::ClientOptions options,
                                             const rpc::SigningKey& code_key,
                                             const rpc::SigningKey& key) {
  const v1::EnrollKeyRequest request = EnrollmentOf(options.origin, code_key, key);
  options.key = key;
  rpc::Client client(std::move(options));
  return client.Call<v1::EnrollKeyResponse>("/suyuan.v1.IdentityService/EnrollKey", request);
}

}  // namespace suyuan::cli
