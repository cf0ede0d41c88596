#include "services/http/server.h"

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <thread>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "services/http/tls_context.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using Tcp = asio::ip::tcp;
// A coroutine's errors come back as values.
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
using Plain = beast::tcp_stream;
using Secure = asio::ssl::stream<beast::tcp_stream>;

constexpr auto kHandshake = std::chrono::seconds(10);
constexpr auto kFarewell = std::chrono::seconds(2);

Request Received(bhttp::request<bhttp::string_body>&& message) {
  Request request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  for (const auto& field : message) {
    request.headers.emplace_back(absl::AsciiStrToLower(std::string(field.name_string())),
                                 std::string(field.value()));
  }
  request.body = std::move(message.body());
  return request;
}

bhttp::response<bhttp::string_body> Answer(Response response, unsigned version, bool keep_alive) {
  bhttp::response<bhttp::string_body> message(static_cast<bhttp::status>(response.status), version);
  for (const auto& [name, value] : response.headers) message.insert(name, value);
  message.keep_alive(keep_alive);
  message.body() = std::move(response.body);
  message.prepare_payload();
  return message;
}

// What a request that cannot be read is answered with; 0: nothing, the peer is gone.
int StatusOf(const beast::error_code& error) {
  if (error == bhttp::error::header_limit || error == bhttp::error::buffer_overflow) return 431;
  if (error == bhttp::error::body_limit) return 413;
  if (error == asio::error::no_buffer_space) return 503;
  if (error.category() == bhttp::make_error_code(bhttp::error::bad_method).category() &&
      error != bhttp::error::end_of_stream && error != bhttp::error::partial_message) {
    return 400;
  }
  return 0;
}

// An answer on its way back to its connection's strand. The timer never fires: it is cancelled when
// the answer is there.
struct Pending {
  explicit Pending(const asio::any_io_executor& executor)
      : answered(executor, asio::steady_timer::time_point::max()) {}
  asio::steady_timer answered;
  Response response;
};

// Calls the handler, which may answer on any thread. Both the answer and the wait for it run on the
// connection's strand, so that neither is missed.
std::shared_ptr<Pending> StartHandling(const Handler& handler, Request request,
                                       const asio::any_io_executor& executor) {
  auto pending = std::make_shared<Pending>(executor);
  handler(std::move(request), [pending](Response response) {
    asio::post(pending->answered.get_executor(),
               [pending, response = std::move(response)]() mutable {
                 pending->response = std::move(response);
                 pending->answered.cancel();
               });
  });
  return pending;
}

// One of the few places for large forms, held until the form is answered: what became of it fills
// memory as the form itself did.
struct LargeFormPlace {
  LargeFormPlace() = default;
  LargeFormPlace(const LargeFormPlace&) = delete;
  LargeFormPlace& operator=(const LargeFormPlace&) = delete;
  ~LargeFormPlace() {
    if (taken != nullptr) --*taken;
  }
  std::atomic<int>* taken = nullptr;  // What it is counted in.
};

}  // namespace

class Server::Impl {
 public:
  explicit Impl(ServerOptions options)
      : options_(std::move(options)), acceptor_(asio::make_strand(context_)) {}
  ~Impl() { Stop(); }

  absl::Status Listen();
  void Run();
  void Stop();
  int port() const { return port_; }

 private:
  asio::awaitable<void> Accept();
  asio::awaitable<void> Serve(Tcp::socket socket);
  asio::awaitable<void> ServeSecurely(Tcp::socket socket, std::shared_ptr<asio::ssl::context> tls);
  template <typename Stream>
  asio::awaitable<void> ServeAll(Stream& stream);
  using Parser = bhttp::request_parser<bhttp::string_body>;
  // Reads a request whole, within its limits; takes a place for a large form.
  template <typename Stream>
  asio::awaitable<beast::error_code> Read(Stream& stream, beast::flat_buffer& buffer,
                                          Parser& parser, LargeFormPlace& place);
  bool IsLargeForm(const Parser& parser) const;
  template <typename Stream>
  asio::awaitable<bool> ServeOne(Stream& stream, beast::flat_buffer& buffer,
                                 const std::string& peer);

  const ServerOptions options_;
  asio::io_context context_;
  Tcp::acceptor acceptor_;           // Used on its strand only.
  std::unique_ptr<TlsContext> tls_;  // Likewise; null: plain HTTP.
  std::vector<std::thread> threads_;
  std::atomic<int> connections_ = 0;
  std::atomic<int> answering_ = 0;
  std::atomic<int> large_forms_ = 0;  // Being read or answered.
  std::atomic<bool> stopping_ = false;
  int port_ = 0;
};

absl::Status Server::Impl::Listen() {
  if (!options_.tls.empty()) {
    ASSIGN_OR_RETURN(tls_, TlsContext::Open(options_.tls));
  }
  const size_t colon = options_.address.rfind(':');
  int port = -1;
  beast::error_code error;
  const auto host = asio::ip::make_address(options_.address.substr(0, colon), error);
  if (colon == std::string::npos || error ||
      !absl::SimpleAtoi(options_.address.substr(colon + 1), &port) || port < 0 || port > 65535) {
    return absl::InvalidArgumentError(StrCat("not an address and port: ", options_.address));
  }
  const Tcp::endpoint endpoint(host, static_cast<uint16_t>(port));
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return absl::UnavailableError(
        StrCat("cannot listen on ", options_.address, ": ", error.message()));
  }
  port_ = acceptor_.local_endpoint().port();
  return absl::OkStatus();
}

void Server::Impl::Run() {
  asio::co_spawn(acceptor_.get_executor(), Accept(), asio::detached);
  for (int i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this] { context_.run(); });
  }
}

asio::awaitable<void> Server::Impl::Accept() {
  while (true) {
    // Each connection runs on a strand of its own. (Objects in a co_await's own expression are
    // destroyed twice by gcc 12, so they are made before it.)
    const auto strand = asio::make_strand(context_);
    auto [error, socket] = co_await acceptor_.async_accept(strand, kAwait);
    if (stopping_) co_return;
    if (error) {
      // Out of descriptors, mostly: wait for some to come back.
      asio::steady_timer pause(acceptor_.get_executor(), std::chrono::milliseconds(50));
      co_await pause.async_wait(kAwait);
      continue;
    }
    if (connections_ >= options_.connections_max) continue;  // Closed as it goes.
    ++connections_;
    auto executor = socket.get_executor();
    const auto ended = [this](std::exception_ptr) { --connections_; };
    if (tls_ == nullptr) {
      asio::co_spawn(executor, Serve(std::move(socket)), ended);
    } else {
      asio::co_spawn(executor, ServeSecurely(std::move(socket), tls_->Current()), ended);
    }
  }
}

asio::awaitable<void> Server::Impl::Serve(Tcp::socket socket) {
  beast::error_code ignored;
  socket.set_option(Tcp::no_delay(true), ignored);
  Plain stream(std::move(socket));
  co_await ServeAll(stream);
  stream.socket().shutdown(Tcp::socket::shutdown_both, ignored);
}

asio::awaitable<void> Server::Impl::ServeSecurely(Tcp::socket socket,
                                                  std::shared_ptr<asio::ssl::context> tls) {
  beast::error_code ignored;
  socket.set_option(Tcp::no_delay(true), ignored);
  Secure stream(std::move(socket), *tls);
  stream.next_layer().expires_after(kHandshake);
  const auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::server, kAwait);
  if (error) co_return;
  co_await ServeAll(stream);
  stream.next_layer().expires_after(kFarewell);
  co_await stream.async_shutdown(kAwait);
}

template <typename Stream>
asio::awaitable<void> Server::Impl::ServeAll(Stream& stream) {
  beast::flat_buffer buffer(options_.header_bytes_max + options_.body_bytes_max);
  beast::error_code gone;
  const Tcp::endpoint endpoint = beast::get_lowest_layer(stream).socket().remote_endpoint(gone);
  const std::string peer = gone ? "" : endpoint.address().to_string();
  while (!stopping_ && co_await ServeOne(stream, buffer, peer)) {
  }
}

bool Server::Impl::IsLargeForm(const Parser& parser) const {
  const auto& message = parser.get();
  const beast::string_view target = message.target();
  return !options_.form_path.empty() && message.method() == bhttp::verb::post &&
         parser.content_length().value_or(0) > options_.body_bytes_max &&
         std::string_view(target.data(), target.size()).substr(0, target.find('?')) ==
             options_.form_path;
}

template <typename Stream>
asio::awaitable<beast::error_code> Server::Impl::Read(Stream& stream, beast::flat_buffer& buffer,
                                                      Parser& parser, LargeFormPlace& place) {
  parser.header_limit(static_cast<uint32_t>(options_.header_bytes_max));
  parser.body_limit(std::max(options_.body_bytes_max, options_.form_bytes_max));
  beast::get_lowest_layer(stream).expires_after(std::chrono::seconds(options_.idle_seconds));
  const auto [error, head] = co_await bhttp::async_read_header(stream, buffer, parser, kAwait);
  if (error) co_return error;
  const bool large = IsLargeForm(parser);
  if (!large) {
    // Of a body whose size is told the parser has judged by the larger limit.
    if (parser.content_length().value_or(0) > options_.body_bytes_max) {
      co_return bhttp::make_error_code(bhttp::error::body_limit);
    }
    parser.body_limit(options_.body_bytes_max);
  }
  if (parser.is_done()) co_return beast::error_code();
  if (large) {
    if (++large_forms_ > options_.large_forms_max) {
      --large_forms_;
      co_return asio::error::make_error_code(asio::error::no_buffer_space);
    }
    place.taken = &large_forms_;
    beast::get_lowest_layer(stream).expires_after(std::chrono::seconds(options_.form_seconds));
  }
  const auto [failed, body] = co_await bhttp::async_read(stream, buffer, parser, kAwait);
  co_return failed;
}

// One request and its answer. False: the connection is done with.
template <typename Stream>
asio::awaitable<bool> Server::Impl::ServeOne(Stream& stream, beast::flat_buffer& buffer,
                                             const std::string& peer) {
  Parser parser;
  LargeFormPlace place;
  const beast::error_code error = co_await Read(stream, buffer, parser, place);
  Response response;
  unsigned version = 11;
  bool head = false;
  bool keep_alive = false;
  ++answering_;
  if (error) {
    response.status = StatusOf(error);
  } else {
    version = parser.get().version();
    head = parser.get().method() == bhttp::verb::head;
    keep_alive = parser.get().keep_alive() && !stopping_;
    Request request = Received(parser.release());
    request.peer = peer;
    const std::shared_ptr<Pending> pending =
        StartHandling(options_.handler, std::move(request), stream.get_executor());
    co_await pending->answered.async_wait(kAwait);
    response = std::move(pending->response);
  }
  bool written = false;
  if (response.status != 0) {
    auto message = Answer(std::move(response), version, keep_alive);
    // Who came by TLS once is not to be led back to plain HTTP (RFC 6797).
    if constexpr (std::is_same_v<Stream, Secure>) {
      message.insert(bhttp::field::strict_transport_security, "max-age=31536000");
    }
    beast::get_lowest_layer(stream).expires_after(std::chrono::seconds(options_.idle_seconds));
    bhttp::response_serializer<bhttp::string_body> serializer(message);
    if (head) {
      auto [failed, count] = co_await bhttp::async_write_header(stream, serializer, kAwait);
      written = !failed;
    } else {
      auto [failed, count] = co_await bhttp::async_write(stream, serializer, kAwait);
      written = !failed;
    }
  }
  --answering_;
  co_return (written && keep_alive);
}

void Server::Impl::Stop() {
  if (stopping_.exchange(true)) return;
  asio::post(acceptor_.get_executor(), [this] {
    beast::error_code ignored;
    acceptor_.close(ignored);
  });
  // What is under way is answered; the handlers behind it still run.
  constexpr int kDrainSteps = 250;
  for (int i = 0; i < kDrainSteps && answering_ > 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  context_.stop();
  for (std::thread& thread : threads_) thread.join();
}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(ServerOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  RETURN_IF_ERROR(impl->Listen());
  impl->Run();
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;
int Server::port() const { return impl_->port(); }
void Server::Stop() { impl_->Stop(); }

std::string_view Request::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace suyuan::http
