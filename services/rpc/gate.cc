#include "services/rpc/gate.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "storage/base/log.h"
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
  return std::string(bytes, 7);
}

int PortOf(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                   : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

// A socket that listens on one address; -1: errno says why not.
int ListenOn(const addrinfo& found, int port) {
  const int listener =
      socket(found.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (listener < 0) return -1;
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // What is accepted has it too.
  sockaddr_storage address{};
  std::memcpy(&address, found.ai_addr, found.ai_addrlen);
  if (found.ai_family == AF_INET6) {
    const int off = 0;
    setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    reinterpret_cast<sockaddr_in6&>(address).sin6_port = htons(static_cast<uint16_t>(port));
  } else {
    reinterpret_cast<sockaddr_in&>(address).sin_port = htons(static_cast<uint16_t>(port));
  }
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), found.ai_addrlen) == 0 &&
      listen(listener, kBacklog) == 0) {
    return listener;
  }
  const int error = errno;
  close(listener);
  errno = error;
  return -1;
}

// Sockets that listen on every address of a name, on one port.
absl::StatusOr<std::vector<int>> Listen(const std::string& address) {
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
  int port = ntohs(reinterpret_cast<const sockaddr_in*>(found->ai_addr)->sin_port);
  std::vector<int> listeners;
  int error = 0;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    const int listener = ListenOn(*one, port);
    if (listener < 0) {
      // A host may name addresses that it does not have; a port that is taken is the caller's.
      if (errno == EADDRINUSE && listeners.empty())
        return Unavailable(address, std::strerror(errno));
      error = errno;
      continue;
    }
    listeners.push_back(listener);
    port = PortOf(listener);
  }
  if (listeners.empty()) return Unavailable(address, std::strerror(error));
  return listeners;
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
  ASSIGN_OR_RETURN(std::vector<int> listeners, Listen(address));
  const int port = PortOf(listeners.front());
  std::unique_ptr<Gate> gate(new Gate(std::move(listeners), port, limits, std::move(hand)));
  RETURN_IF_ERROR(gate->Start());
  return gate;
}

Gate::Gate(std::vector<int> listeners, int port, GateLimits limits, Hand hand)
    : listeners_(std::move(listeners)), port_(port), limits_(limits), hand_(std::move(hand)) {}

absl::Status Gate::Start() {
  events_ = epoll_create1(EPOLL_CLOEXEC);
  stop_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  bool watched = events_ >= 0 && stop_ >= 0 && Watch(events_, stop_, EPOLLIN);
  for (const int listener : listeners_) watched = watched && Watch(events_, listener, EPOLLIN);
  if (!watched) return absl::UnavailableError("no handles are left to listen with");
  thread_ = std::thread([this] { Run(); });
  return absl::OkStatus();
}

Gate::~Gate() {
  if (thread_.joinable()) {
    eventfd_write(stop_, 1);
    thread_.join();
  }
  for (const auto& [watch, network] : watches_) close(watch);
  for (const int listener : listeners_) close(listener);
  for (const int handle : {events_, stop_}) {
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
      const bool listens =
          std::find(listeners_.begin(), listeners_.end(), socket) != listeners_.end();
      listens ? Accept(socket) : Leave(socket);
    }
  }
}

void Gate::Accept(int listener) {
  // What is taken needs two handles: where there is one alone, it stays in the kernel's queue.
  const int spare = fcntl(listener, F_DUPFD_CLOEXEC, 0);
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  const int socket = spare < 0 ? -1
                               : accept4(listener, reinterpret_cast<sockaddr*>(&address), &size,
                                         SOCK_NONBLOCK | SOCK_CLOEXEC);
  const int error = errno;
  if (spare >= 0) close(spare);
  if (socket >= 0) {
    if (!Enter(socket, NetworkOf(address))) close(socket);
  } else if (error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM) {
    // The listener stays ready: nothing is won by asking at once.
    std::this_thread::sleep_for(kPause);
  }
}

bool Gate::Enter(int socket, const std::string& network) {
  int& standing = networks_[network];
  const bool full = standing_ >= limits_.total || standing >= limits_.network;
  if (full) SayFull();
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

void Gate::SayFull() {
  const auto now = std::chrono::steady_clock::now();
  if (said_full_.has_value() && now < *said_full_ + std::chrono::minutes(1)) return;
  said_full_ = now;
  log::Warning("connections are refused",
               {{"port", StrCat(port_)}, {"standing", StrCat(standing_.load())}});
}

void Gate::Leave(int watch) {
  const auto found = watches_.find(watch);
  if (found == watches_.end()) return;
  const auto network = networks_.find(found->second);
  if (--network->second == 0) networks_.erase(network);
  watches_.erase(found);
  --standing_;
  // Closing it alone would not take it off the list while whoever has the connection has it open.
  epoll_ctl(events_, EPOLL_CTL_DEL, watch, nullptr);
  close(watch);
}

}  // namespace suyuan::rpc
