#include "services/portal/calls.h"

#include "suyuan/v1/label.pb.h"

namespace suyuan::portal {

rpc::Incoming PublicCall(const char* method, const google::protobuf::Message& request) {
  rpc::Incoming incoming;
  incoming.method = method;
  incoming.body = request.SerializeAsString();
  return incoming;
}

rpc::Incoming RelayedCall(const char* method, const google::protobuf::Message& request) {
  rpc::Incoming incoming = PublicCall(method, request);
  incoming.internal = true;
  incoming.relayed = true;
  return incoming;
}

rpc::Incoming LabelCall(const std::string& code, const std::string& gtin) {
  v1::ResolveLabelRequest resolve;
  resolve.set_code(code);
  resolve.set_gtin(gtin);
  return PublicCall("/suyuan.v1.LabelService/ResolveLabel", resolve);
}

rpc::Incoming BatchCall(const std::string& batch, const std::string& gtin) {
  v1::ResolveBatchRequest resolve;
  resolve.set_batch(batch);
  resolve.set_gtin(gtin);
  return PublicCall("/suyuan.v1.LabelService/ResolveBatch", resolve);
}

rpc::Incoming ProductCall(const std::string& gtin) {
  v1::ResolveProductRequest resolve;
  resolve.set_gtin(gtin);
  return PublicCall("/suyuan.v1.LabelService/ResolveProduct", resolve);
}

}  // namespace suyuan::portal
