// Which requests are a person's scan, and how networks are told apart without keeping an address.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "services/http/server.h"
#include "storage/base/clock.h"
#include "storage/base/hash.h"
#include "storage/base/mutex.h"

namespace suyuan::portal {

// A page that somebody looks at: not HEAD, not what is fetched ahead, not a robot that says so.
bool CountsAsScan(const http::Request& request);

// The client's address, 4 or 16 bytes; empty: not known. Behind a proxy on this machine it is the
// one that the proxy saw: the last of the last X-Forwarded-For, before which anybody may write.
std::string ClientAddress(const http::Request& request);

// Its network: 24 bits of an IPv4 address, 48 of an IPv6 one; empty: not known.
std::string NetworkOf(const http::Request& request);

// Turns networks into tags. The secret they are made with is of one day and of this process, and is
// written nowhere: a day later nobody can tell which network a tag was. Thread-safe.
class NetworkTags {
 public:
  // `clock` outlives it.
  NetworkTags(const Clock* clock, int utc_offset_minutes)
      : clock_(clock), utc_offset_minutes_(utc_offset_minutes) {}
  // 1 to 65,535; 0 for an empty network.
  int TagOf(std::string_view network);

 private:
  const Clock* const clock_;
  const int utc_offset_minutes_;
  Mutex mutex_;
  int64_t day_ ABSL_GUARDED_BY(mutex_) = -1;
  std::optional<HmacKey> secret_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace suyuan::portal
