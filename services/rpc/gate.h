// The door of a TCP port that many reach: takes connections from the kernel and hands them on, at
// most so many at a time, in all and from one network. gRPC 1.51 has neither limit, and spins where
// it runs out of handles (CVE-2023-4785).
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"

namespace suyuan::rpc {

struct GateLimits {
  int total = 2000;
  // Of one IPv4 address, or one /56 of IPv6, which is what a subscriber mostly has. A village's
  // phones may share one.
  int network = 500;
};

// Thread-safe. One thread takes connections until the gate is destroyed.
class Gate {
 public:
  // `hand` owns the socket it gets, which is non-blocking; called on the gate's thread.
  using Hand = std::function<void(int socket)>;

  // `address` is "host:port", "[ipv6]:port"; port 0: a free one. Listens on every address that the
  // host's name has. UNAVAILABLE: on none of them.
  static absl::StatusOr<std::unique_ptr<Gate>> Open(const std::string& address, GateLimits limits,
                                                    Hand hand);
  // What was handed on lives on.
  ~Gate();

  int port() const { return port_; }
  // Connections that stand, as far as is known.
  int standing() const { return standing_; }

 private:
  Gate(std::vector<int> listeners, int port, GateLimits limits, Hand hand);
  absl::Status Start();
  void Run();
  void Accept(int listener);
  bool Enter(int socket, const std::string& network);
  void Leave(int watch);
  void SayFull();

  const std::vector<int> listeners_;
  const int port_;
  const GateLimits limits_;
  const Hand hand_;
  int events_ = -1, stop_ = -1;  // epoll, and what ends it.
  std::optional<std::chrono::steady_clock::time_point> said_full_;
  // A second handle of each connection that stands, to learn of its end; with its network. gRPC
  // shuts a connection before it closes its handle, and so both are told. The gate's thread only.
  std::map<int, std::string> watches_;
  std::map<std::string, int> networks_;
  std::atomic<int> standing_{0};
  std::thread thread_;
};

}  // namespace suyuan::rpc
