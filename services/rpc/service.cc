#include "services/rpc/service.h"

#include "google/protobuf/descriptor.h"
#include "storage/base/status.h"

namespace suyuan::rpc {

Handlers::Handler& Handlers::AddNamed(std::string_view method) {
  const std::string name(method);
  SUYUAN_CHECK(service_->FindMethodByName(name) != nullptr);
  SUYUAN_CHECK(Find(method) == nullptr);
  handlers_.emplace_back(name, std::make_unique<Handler>());
  return *handlers_.back().second;
}

const Handlers::Handler* Handlers::Find(std::string_view method) const {
  for (const auto& [name, handler] : handlers_) {
    if (name == method) return handler.get();
  }
  return nullptr;
}

}  // namespace suyuan::rpc
