// Raw calls over a gRPC channel: bytes, headers and signature as they are.
#pragma once

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "services/rpc/incoming.h"
#include "services/rpc/router.h"
#include "services/rpc/tls.h"

namespace suyuan::rpc {

// Metadata of a call.
inline constexpr char kKeyIdHeader[] = "suyuan-key-id";
inline constexpr char kTimeHeader[] = "suyuan-time";
inline constexpr char kSignatureHeader[] = "suyuan-signature-bin";
inline constexpr char kEncodingHeader[] = "suyuan-encoding";  // "json"; absent: protobuf.

// Thread-safe. Connects by itself, and again when the peer comes back.
class Channel {
 public:
  // "127.0.0.1:7100" or "unix:/path".
  explicit Channel(const std::string& target, const Tls& tls = {});
  // Cancels what is under way and waits until it is answered: what answers use may go then. Not
  // from within an answer.
  ~Channel();

  // UNAVAILABLE: nobody answers. DEADLINE_EXCEEDED: not within `timeout`. REASON_SIGNATURE_INVALID:
  // headers cannot hold what signs it.
  void Call(const Incoming& incoming, absl::Duration timeout, Answer answer);
  void Open(const Incoming& incoming, Opened opened);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A method of a module in another process.
std::unique_ptr<Endpoint> RemoteEndpoint(std::shared_ptr<Channel> channel);

}  // namespace suyuan::rpc
