// An HTTP/1.1 server: bytes in, bytes out. The only place, with its source, that knows Beast.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace suyuan::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;  // "GET".
  std::string target;  // As received: path and query.
  Headers headers;     // Names in lower case.
  std::string body;
  std::string peer;  // Who is connected: its address as text, without port.

  // The first of that name (lower case), or empty.
  std::string_view Header(std::string_view name) const;
  std::string_view path() const { return std::string_view(target).substr(0, target.find('?')); }
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
};

// Called exactly once for each request, on any thread, before the server is destroyed.
using Respond = std::function<void(Response)>;
// Must not block. A HEAD request is answered as its GET; the body is dropped on the way out.
using Handler = std::function<void(Request, Respond)>;

struct ServerOptions {
  std::string address;  // "127.0.0.1:7180"; port 0: a free one.
  // Folder of tls.crt and tls.key, read again when they change; empty: plain HTTP. TLS 1.2 with
  // forward secrecy at least.
  std::string tls;
  Handler handler;
  int threads = 2;
  int connections_max = 2000;          // Beyond it new ones are closed at once.
  size_t header_bytes_max = 16 << 10;  // 431 beyond it.
  size_t body_bytes_max = 1 << 20;     // 413 beyond it.
  // Where a form with files is posted to: it may be larger, and takes longer. Empty: nowhere.
  std::string form_path;
  size_t form_bytes_max = 16 << 20;  // 413 beyond it.
  int large_forms_max = 6;           // Beyond body_bytes_max, at a time: 503 beyond it.
  int form_seconds = 180;            // To send a large one.
  int idle_seconds = 30;             // To send a whole request, and between requests.
};

// Thread-safe. Serves from Start until Stop or destruction.
class Server {
 public:
  // UNAVAILABLE: the address cannot be listened on. INVALID_ARGUMENT: it is none.
  static absl::StatusOr<std::unique_ptr<Server>> Start(ServerOptions options);
  ~Server();
  int port() const;
  // Takes no more connections, answers what is under way for a few seconds, closes.
  void Stop();

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Whether the client takes a compressed answer.
bool TakesGzip(const Request& request);
// The body compressed, as Content-Encoding: gzip. Thread-safe.
std::string Gzip(std::string_view body);

// The beginning of many bodies, compressed once. Immutable; thread-safe.
class GzipPrefix {
 public:
  explicit GzipPrefix(std::string text);
  const std::string& text() const { return text_; }
  // Gzip(text() + rest), at the price of `rest` alone.
  std::string With(std::string_view rest) const;

 private:
  const std::string text_;
  std::string deflated_;  // With the header, up to a byte's boundary.
  uint32_t crc_ = 0;
};

}  // namespace suyuan::http
