// Pages that many labels share, drawn and compressed once. Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "services/http/server.h"
#include "storage/base/forgetful_map.h"
#include "storage/base/mutex.h"

namespace suyuan::portal {

class PageCache {
 public:
  static constexpr size_t kPagesMax = 256;  // Beyond it all are forgotten: some megabytes.

  // The page of that key, made where it is not there. The key holds all that the page depends on,
  // so that nothing here is ever out of date.
  std::shared_ptr<const http::GzipPrefix> Get(const std::string& key,
                                              absl::FunctionRef<std::string()> make);

 private:
  Mutex mutex_;
  ForgetfulMap<std::shared_ptr<const http::GzipPrefix>> pages_ ABSL_GUARDED_BY(mutex_){kPagesMax};
};

}  // namespace suyuan::portal
