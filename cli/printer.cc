#include "cli/printer.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "cli/profile.h"
#include "services/text/problem.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::cli {
namespace {

constexpr int kPrinterSeconds = 60;  // For a piece: printers are slow, not silent.

absl::Status Unreachable(const std::string& to, const std::string& why) {
  return text::Problem(absl::StatusCode::kUnavailable, StrCat("打印机 ", to, "：", why),
                       StrCat("printer ", to, ": ", why));
}

class FileSink final : public PrintSink {
 public:
  explicit FileSink(std::string path) : path_(std::move(path)), part_(path_ + ".part") {
    file_.open(part_, std::ios::binary | std::ios::trunc);
  }
  ~FileSink() override {
    std::error_code ignored;
    if (!finished_) std::filesystem::remove(part_, ignored);
  }
  absl::Status Write(const std::string& data, int) override {
    file_ << data;
    return Good();
  }
  absl::Status Finish() override {
    file_.close();
    RETURN_IF_ERROR(Good());
    std::error_code error;
    std::filesystem::rename(part_, path_, error);
    if (error) return absl::InternalError(StrCat(path_, ": ", error.message()));
    finished_ = true;
    return absl::OkStatus();
  }

 private:
  absl::Status Good() const {
    if (file_) return absl::OkStatus();
    return text::Problem(absl::StatusCode::kInvalidArgument, StrCat("写不了 ", path_),
                         StrCat("cannot write ", path_));
  }
  const std::string path_, part_;
  std::ofstream file_;
  bool finished_ = false;
};

class FilesSink final : public PrintSink {
 public:
  explicit FilesSink(std::string path) : path_(std::move(path)) {}
  absl::Status Write(const std::string& data, int number) override {
    std::filesystem::path path = path_;
    path.replace_filename(StrCat(path_.stem().string(), "-", number, path_.extension().string()));
    return ReplaceFile(path.string(), data, 0644);
  }
  absl::Status Finish() override { return absl::OkStatus(); }

 private:
  const std::filesystem::path path_;
};

class TcpSink final : public PrintSink {
 public:
  TcpSink(std::string to, int socket) : to_(std::move(to)), socket_(socket) {}
  ~TcpSink() override { ::close(socket_); }
  absl::Status Write(const std::string& data, int) override {
    size_t sent = 0;
    while (sent < data.size()) {
      const ssize_t count = ::send(socket_, data.data() + sent, data.size() - sent, MSG_NOSIGNAL);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return Unreachable(to_, std::strerror(errno));
      sent += static_cast<size_t>(count);
    }
    return absl::OkStatus();
  }
  // The printer has taken all of it once it closes its side, or has nothing more to say.
  absl::Status Finish() override {
    ::shutdown(socket_, SHUT_WR);
    char byte = 0;
    while (::recv(socket_, &byte, 1, 0) > 0) {
    }
    return absl::OkStatus();
  }

 private:
  const std::string to_;
  const int socket_;
};

absl::StatusOr<std::unique_ptr<PrintSink>> Connected(const std::string& to) {
  std::string host = to.substr(std::strlen("tcp://"));
  const size_t colon = host.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == host.size()) {
    return text::Problem(absl::StatusCode::kInvalidArgument, StrCat("不是打印机地址：", to),
                         StrCat("not a printer's address: ", to));
  }
  const std::string port = host.substr(colon + 1);
  host.resize(colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found); error != 0) {
    return Unreachable(to, ::gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);
  std::string why = "no address";
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    const int file = ::socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC, 0);
    if (file < 0) continue;
    const timeval limit{kPrinterSeconds, 0};
    ::setsockopt(file, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    ::setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (::connect(file, address->ai_addr, address->ai_addrlen) == 0) {
      return std::make_unique<TcpSink>(to, file);
    }
    why = std::strerror(errno);
    ::close(file);
  }
  return Unreachable(to, why);
}

}  // namespace

absl::StatusOr<std::unique_ptr<PrintSink>> OpenPrintSink(const std::string& to, bool apart) {
  if (to.starts_with("tcp://")) return Connected(to);
  if (apart) return std::make_unique<FilesSink>(to);
  return std::make_unique<FileSink>(to);
}

}  // namespace suyuan::cli
