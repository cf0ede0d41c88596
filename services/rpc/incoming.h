// A call on its way, whatever it came in by, and how it is answered.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace suyuan::rpc {

// How long a call may stand before it is begun, whatever its caller says.
constexpr std::chrono::seconds kPatience{30};
using Monotonic = std::chrono::steady_clock;

// The exact bytes received, and what signs them. Forwarded untouched from process to process.
struct Incoming {
  std::string method;  // "/suyuan.v1.OriginService/RegisterHarvest".
  std::string body;
  bool json = false;      // The body's encoding, and the answer's.
  std::string key_id;     // 32 hex digits; empty: not signed.
  std::string time;       // Microseconds since 1970, decimal.
  std::string signature;  // 64 bytes.
  bool internal = false;  // Another module of this installation calls; never the public listener.
  // Its caller waits no longer: what is not begun by then never is.
  Monotonic::time_point until = Monotonic::now() + kPatience;
  bool relayed = false;  // It does so for somebody outside, who is answered: counted as his call.
};

// The answer's bytes, in the request's encoding. Called exactly once, on any thread; must not
// block.
using Answer = std::function<void(absl::StatusOr<std::string>)>;

// A stream is pulled: each call asks for one message, which comes on any thread; nothing ends it.
// At most one may be asked for at a time. Dropping the source ends the stream.
using Next = std::function<void(absl::StatusOr<std::optional<std::string>>)>;
using Source = std::function<void(Next)>;
using Opened = std::function<void(absl::StatusOr<Source>)>;

}  // namespace suyuan::rpc
