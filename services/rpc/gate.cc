#include "services/rpc/gate.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::rpc {
namespace {

constexpr int kBacklog = 1024;
constexpr int kEventsAtOnce = 64;
// Where nothing can be taken, for want of handles: tried again then.
constexpr auto kPause = std::chrono::milliseconds(50);

absl::Status Unavailable(const std::string& address, const char* why) {
  return absl::UnavailableError(StrCat("cannot listen on ", address, ": ", why));
}

// Of a socket's address, what all of one household or office share.
std::string NetworkOf(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    const auto& ip = reinterpret_cast<const sockaddr_in&>(address).sin_addr;
    return std::string(reinterpret_cast<const char*>(&ip), sizeof ip);
  }
  if (address.ss_family != AF_INET6) return "";
  const auto& ip = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  const auto* bytes = reinterpret_cast<const char*>(ip.s6_addr);
  if (IN6_IS_ADDR_V4MAPPED(&ip)) return std::string(bytes + 12, 4);
  return std::string(bytes, 8);
}

int PortOf(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                   : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

// A listening socket of the first address that a name has.
absl::StatusOr<int> Listen(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) return Unavailable(address, "it names no port");
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const char* const name = host.empty() ? nullptr : host.c_str();
  const int failed = getaddrinfo(name, address.c_str() + colon + 1, &hints, &found);
  if (failed != 0) return Unavailable(address, gai_strerror(failed));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, &freeaddrinfo);
  const int listener =
      socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (listener < 0) return Unavailable(address, std::strerror(errno));
  const int on = 1, off = 0;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // What is accepted has it too.
  if (found->ai_family == AF_INET6) {
    setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  }
  if (bind(listener, found->ai_addr, found->ai_addrlen) == 0 && listen(listener, kBacklog) == 0) {
    return listener;
  }
  const int error = errno;
  close(listener);
  return Unavailable(address, std::strerror(error));
}

bool Watch(int events, int socket, uint32_t what) {
  epoll_event event{};
  event.events = what;
  event.data.fd = socket;
  return epoll_ctl(events, EPOLL_CTL_ADD, socket, &event) == 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Gate>> Gate::Open(const std::string& address, GateLimits limits,
                                                 Hand hand) {
  ASSIGN_OR_RETURN(const int listener, Listen(address));
  std::unique_ptr<Gate> gate(new Gate(listener, PortOf(listener), limits, std::move(hand)));
  RETURN_IF_ERROR(gate->Start());
  return gate;
}

Gate::Gate(int listener, int port, GateLimits limits, Hand hand)
    : listener_(listener), port_(port), limits_(limits), hand_(std::move(hand)) {}

absl::Status Gate::Start() {
  events_ = epoll_create1(EPOLL_CLOEXEC);
  stop_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (events_ < 0 || stop_ < 0 || !Watch(events_, stop_, EPOLLIN) ||
      !Watch(events_, listener_, EPOLLIN)) {
    return absl::UnavailableError("no handles are left to listen with");
  }
  thread_ = std::thread([this] { Run(); });
  return absl::OkStatus();
}

Gate::~Gate() {
  if (thread_.joinable()) {
    eventfd_write(stop_, 1);
    thread_.join();
  }
  for (const auto& [watch, network] : watches_) close(watch);
  for (const int handle : {listener_, events_, stop_}) {
    if (handle >= 0) close(handle);
  }
}

void Gate::Run() {
  std::array<epoll_event, kEventsAtOnce> events;
  while (true) {
    const int count = epoll_wait(events_, events.data(), kEventsAtOnce, -1);
    for (int i = 0; i < count; ++i) {
      const int socket = events[i].data.fd;
      if (socket == stop_) return;
      socket == listener_ ? Accept() : Leave(socket);
    }
  }
}

void Gate::Accept() {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  const int socket = accept4(listener_, reinterpret_cast<sockaddr*>(&address), &size,
                             SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (socket >= 0) {
    if (!Enter(socket, NetworkOf(address))) close(socket);
  } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
    // It stays in the queue, and the listener ready: nothing is won by asking at once.
    std::this_thread::sleep_for(kPause);
  }
}

bool Gate::Enter(int socket, const std::string& network) {
  int& standing = networks_[network];
  const bool full = standing_ >= limits_.total || standing >= limits_.network;
  const int watch = full ? -1 : fcntl(socket, F_DUPFD_CLOEXEC, 0);
  // Without EPOLLIN: only its end, when whoever has it shuts it or the peer is gone.
  if (watch < 0 || !Watch(events_, watch, 0)) {
    if (watch >= 0) close(watch);
    if (standing == 0) networks_.erase(network);
    return false;
  }
  watches_.emplace(watch, network);
  ++standing;
  ++standing_;
  hand_(socket);
  return true;
}

void Gate::Leave(int watch) {
  const auto found = watches_.find(watch);
  if (found == watches_.end()) return;
  const auto network = networks_.find(found->second);
  if (--network->second == 0) networks_.erase(network);
  watches_.erase(found);
  --standing_;
  close(watch);
}

}  // namespace suyuan::rpc
