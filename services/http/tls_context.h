// The certificate of an HTTPS listener, taken from its folder again when that changes.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace suyuan::http {

// Thread-compatible: of the accepting strand.
class TlsContext {
 public:
  // FAILED_PRECONDITION: the folder's tls.crt and tls.key cannot be used.
  static absl::StatusOr<std::unique_ptr<TlsContext>> Open(const std::string& dir);

  // For the next connection. Files that changed for the worse are not used: the last good ones are.
  std::shared_ptr<boost::asio::ssl::context> Current();

 private:
  explicit TlsContext(std::string dir) : dir_(std::move(dir)) {}
  absl::Status Load();
  std::filesystem::file_time_type Changed() const;

  const std::string dir_;
  std::shared_ptr<boost::asio::ssl::context> context_;
  std::filesystem::file_time_type loaded_;      // Of the files in use.
  std::filesystem::file_time_type complained_;  // Of those that could not be used.
  std::chrono::steady_clock::time_point looked_;
};

}  // namespace suyuan::http
