#include "services/rpc/gate.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <thread>
#include <vector>

#include "storage/base/mutex.h"
#include "storage/base/text.h"
#include "tests/support/test.h"

namespace suyuan::rpc {
namespace {

// A connection from one of this machine's own addresses; -1: none came about.
int Connect(int port, const char* from) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  inet_pton(AF_INET, from, &address.sin_addr);
  EXPECT_EQ(bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  address.sin_port = htons(static_cast<uint16_t>(port));
  if (connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return socket;
  close(socket);
  return -1;
}

class GateTest : public testing::Test {
 protected:
  ~GateTest() override {
    gate_.reset();
    for (const int socket : sockets_) close(socket);
    MutexLock lock(&mutex_);
    for (const int socket : handed_) close(socket);
  }
  void Open(GateLimits limits, const std::string& address = "127.0.0.1:0") {
    absl::StatusOr<std::unique_ptr<Gate>> gate = Gate::Open(address, limits, [this](int socket) {
      MutexLock lock(&mutex_);
      handed_.push_back(socket);
    });
    ASSERT_OK(gate);
    gate_ = *std::move(gate);
  }
  // Whether it is let in: what is not is closed at once.
  bool Enters(const char* from = "127.0.0.1") {
    const int socket = Connect(gate_->port(), from);
    if (socket < 0) return false;
    sockets_.push_back(socket);
    const size_t before = seen_;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < end) {
      {
        MutexLock lock(&mutex_);
        if (handed_.size() > before) {
          seen_ = handed_.size();
          return true;
        }
      }
      char byte;
      const ssize_t got = recv(socket, &byte, 1, MSG_DONTWAIT);
      if (got == 0 || (got < 0 && errno == ECONNRESET)) return false;
      std::this_thread::yield();
    }
    ADD_FAILURE() << "neither let in nor closed";
    return false;
  }
  // As gRPC does with a connection that it is done with.
  void End(size_t index) {
    MutexLock lock(&mutex_);
    shutdown(handed_[index], SHUT_RDWR);
  }
  void ExpectStanding(int count) const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (gate_->standing() != count && std::chrono::steady_clock::now() < end) {
      std::this_thread::yield();
    }
    EXPECT_EQ(gate_->standing(), count);
  }

  Mutex mutex_;
  std::vector<int> handed_ ABSL_GUARDED_BY(mutex_);
  std::vector<int> sockets_;
  size_t seen_ = 0;
  std::unique_ptr<Gate> gate_;
};

TEST_F(GateTest, LetsInSoManyOfANetworkAndOfAll) {
  Open({.total = 5, .network = 3});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Enters("127.0.0.1"));
  EXPECT_FALSE(Enters("127.0.0.1"));
  EXPECT_TRUE(Enters("127.0.0.2"));
  EXPECT_TRUE(Enters("127.0.0.2"));
  EXPECT_FALSE(Enters("127.0.0.3"));
  EXPECT_EQ(gate_->standing(), 5);
}

TEST_F(GateTest, APlaceIsFreeOnceEitherSideHasEnded) {
  Open({.total = 2, .network = 2});
  ASSERT_TRUE(Enters());
  ASSERT_TRUE(Enters());
  ASSERT_FALSE(Enters());
  End(0);
  ExpectStanding(1);
  ASSERT_TRUE(Enters());
  // A reset: the peer is gone without a word to whoever has the connection.
  const linger abort{1, 0};
  setsockopt(sockets_[1], SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
  close(sockets_[1]);
  sockets_.erase(sockets_.begin() + 1);
  ExpectStanding(1);
  EXPECT_TRUE(Enters());
  EXPECT_FALSE(Enters());
}

// Whoever has a connection may shut it and keep its handle for a while: that is told once, and not
// again and again.
TEST_F(GateTest, AnEndedConnectionWhoseHandleIsKeptCostsNothing) {
  Open({});
  ASSERT_TRUE(Enters());
  End(0);
  ExpectStanding(0);
  const auto spent = [] { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; };
  const double before = spent();
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  EXPECT_LT(spent() - before, 0.25);
}

// Half closed is not ended: who has said all may still be answered.
TEST_F(GateTest, APeerThatHasSaidAllStillHasItsPlace) {
  Open({.total = 1, .network = 1});
  ASSERT_TRUE(Enters());
  shutdown(sockets_[0], SHUT_WR);
  EXPECT_FALSE(Enters());
  EXPECT_EQ(gate_->standing(), 1);
}

TEST_F(GateTest, WhatIsHandedOnIsNonBlockingAndWithoutDelayAndOutlivesTheGate) {
  Open({});
  ASSERT_TRUE(Enters());
  gate_.reset();
  MutexLock lock(&mutex_);
  int delay = 0;
  socklen_t size = sizeof delay;
  EXPECT_EQ(getsockopt(handed_[0], IPPROTO_TCP, TCP_NODELAY, &delay, &size), 0);
  EXPECT_NE(delay, 0);
  char byte = 'x';
  EXPECT_EQ(recv(handed_[0], &byte, 1, 0), -1);
  EXPECT_EQ(errno, EAGAIN);
  ASSERT_EQ(send(sockets_[0], &byte, 1, 0), 1);
  fd_set readable;
  FD_ZERO(&readable);
  FD_SET(handed_[0], &readable);
  timeval wait{20, 0};
  ASSERT_EQ(select(handed_[0] + 1, &readable, nullptr, nullptr, &wait), 1);
  EXPECT_EQ(recv(handed_[0], &byte, 1, 0), 1);
}

// CVE-2023-4785: without a handle left it waits, and goes on once there is one.
TEST_F(GateTest, OutlivesThatNoHandleIsLeft) {
  Open({});
  const int first = Connect(gate_->port(), "127.0.0.1");  // Of this test's, made while it can be.
  rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  ExpectStanding(1);
  std::vector<int> waiting;
  for (int i = 0; i < 4; ++i) waiting.push_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  rlimit none = limit;
  none.rlim_cur = static_cast<rlim_t>(waiting.back()) + 2;  // One at least is left to fill.
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  std::vector<int> fill;
  for (int spare; (spare = dup(first)) >= 0;) fill.push_back(spare);
  for (const int socket : waiting) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    address.sin_port = htons(static_cast<uint16_t>(gate_->port()));
    EXPECT_EQ(connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  // One is left: not enough for a connection, and none is taken and closed for want of the other.
  close(fill.back());
  fill.pop_back();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  for (const int socket : waiting) {
    char byte;
    EXPECT_EQ(recv(socket, &byte, 1, MSG_DONTWAIT), -1) << "they wait in the kernel's queue";
    EXPECT_EQ(errno, EAGAIN);
  }
  EXPECT_EQ(gate_->standing(), 1);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  for (const int spare : fill) close(spare);
  ExpectStanding(1 + static_cast<int>(waiting.size()));
  for (const int socket : waiting) close(socket);
  close(first);
}

TEST_F(GateTest, SaysWhereItCannotListen) {
  Open({});
  const auto again = [](const std::string& address) {
    return Gate::Open(address, {}, [](int) {}).status();
  };
  EXPECT_EQ(again(StrCat("127.0.0.1:", gate_->port())).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(again("127.0.0.1").code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(again("no such name:0").code(), absl::StatusCode::kUnavailable);
}

// A name may have several addresses; a wildcard is of its family.
TEST_F(GateTest, ListensOnEveryAddressOfItsHost) {
  Open({}, "localhost:0");
  EXPECT_TRUE(Enters());
}

TEST_F(GateTest, ListensOnIpv6WhereThereIsOne) {
  const auto gate = Gate::Open("[::1]:0", {}, [](int) {});
  if (!gate.ok()) GTEST_SKIP() << "no IPv6 here: " << gate.status();
  EXPECT_GT((*gate)->port(), 0);
}

}  // namespace
}  // namespace suyuan::rpc
