// What is under way on a channel when it goes: answered, once, before the destructor returns.
#include "services/rpc/channel.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "services/domain/error.h"
#include "services/rpc/keys.h"
#include "storage/base/text.h"
#include "tests/support/test.h"

namespace suyuan::rpc {
namespace {

// Takes connections and says nothing.
class SilentServer {
 public:
  SilentServer() : listener_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path_.c_str(), sizeof(address.sun_path) - 1);
    EXPECT_EQ(bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(listen(listener_, 8), 0);
  }
  ~SilentServer() { close(listener_); }
  std::string target() const { return StrCat("unix:", path_); }

 private:
  test::TempDir dir_;
  const std::string path_ = dir_ / "silent.sock";
  const int listener_;
};

Incoming SomeCall() {
  Incoming incoming;
  incoming.method = "/suyuan.v1.TraceService/StreamScope";
  return incoming;
}

// gRPC ends the process over such a header, and anybody can send the portal one over HTTP.
TEST(ChannelTest, C16_RefusesHeadersThatCannotTravel) {
  const SilentServer server;
  Channel channel(server.target());
  for (const std::string& text :
       {std::string("\x1b[2J"), std::string("a\r\nb"), std::string("\xff"), std::string("a\0b", 3),
        std::string("禄丰"), std::string(65, 'a')}) {
    for (std::string Incoming::*header :
         {&Incoming::key_id, &Incoming::time, &Incoming::signature}) {
      if (header == &Incoming::signature && text.size() <= kSignatureSize) continue;  // Binary.
      Incoming incoming = SomeCall();
      incoming.key_id = std::string(32, 'a');
      incoming.*header = text;
      absl::Status called, opened;
      channel.Call(incoming, absl::Hours(1), [&](const auto& answer) { called = answer.status(); });
      channel.Open(incoming, [&](const auto& source) { opened = source.status(); });
      EXPECT_EQ(domain::ReasonOf(called), v1::REASON_SIGNATURE_INVALID) << text;
      EXPECT_EQ(domain::ReasonOf(opened), v1::REASON_SIGNATURE_INVALID) << text;
    }
  }
}

TEST(ChannelTest, CancelsItsCallsWhenItGoes) {
  const SilentServer server;
  std::atomic<int> answers = 0;
  {
    Channel channel(server.target());
    for (int i = 0; i < 10; ++i) {
      channel.Call(SomeCall(), absl::Hours(1), [&](const absl::StatusOr<std::string>& answer) {
        EXPECT_THAT(answer, test::HasCode(absl::StatusCode::kCancelled));
        ++answers;
      });
    }
  }
  EXPECT_EQ(answers, 10);
}

TEST(ChannelTest, CancelsItsStreamsWhenItGoes) {
  const SilentServer server;
  Source source;
  absl::Status pulled, pulled_later;
  {
    Channel channel(server.target());
    channel.Open(SomeCall(), [&](absl::StatusOr<Source> opened) { source = *std::move(opened); });
    source([&](const auto& message) { pulled = message.status(); });
  }
  EXPECT_THAT(pulled, test::HasCode(absl::StatusCode::kCancelled));
  source([&](const auto& message) { pulled_later = message.status(); });
  EXPECT_THAT(pulled_later, test::HasCode(absl::StatusCode::kCancelled));
}

TEST(LocalAddressTest, IsOfThisMachineAndNoNameThatLooksLikeIt) {
  for (const char* address : {"127.0.0.1:7100", "127.8.9.10:0", "[::1]:7100", "localhost:7100",
                              "unix:/run/suyuan/ledger.sock"}) {
    EXPECT_TRUE(IsLocalAddress(address)) << address;
  }
  for (const char* address :
       {"0.0.0.0:7100", "[::]:7100", "10.0.0.1:7100", "127.example.com:7100",
        "localhost.example.com:7100", "example.com:7100", "", ":7100", "dns:///localhost:7100"}) {
    EXPECT_FALSE(IsLocalAddress(address)) << address;
  }
}

}  // namespace
}  // namespace suyuan::rpc
