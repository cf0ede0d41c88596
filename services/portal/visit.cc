#include "services/portal/visit.h"

#include <arpa/inet.h>

#include "absl/strings/ascii.h"
#include "services/domain/local_day.h"
#include "services/portal/negotiation.h"
#include "storage/base/text.h"

namespace suyuan::portal {
namespace {

constexpr size_t kSecretSize = 32;
constexpr size_t kIpv4Kept = 3, kIpv6Kept = 6;  // Bytes.

// What robots call themselves. One that does not say so is counted; counts are no proof of
// anything.
constexpr const char* kRobots[] = {"bot",     "crawl",  "spider",   "slurp",   "preview",
                                   "monitor", "curl/",  "wget/",    "python",  "go-http",
                                   "java/",   "okhttp", "headless", "scanner", "validator"};

std::string_view LastOf(std::string_view list) {
  const size_t comma = list.rfind(',');
  if (comma != std::string_view::npos) list.remove_prefix(comma + 1);
  while (list.starts_with(' ')) list.remove_prefix(1);
  while (list.ends_with(' ')) list.remove_suffix(1);
  return list;
}

// 4 or 16 bytes; empty: no address. An IPv4 address in IPv6's clothes is one.
std::string AddressBytes(std::string_view text) {
  constexpr std::string_view kMapped("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
  const std::string address(text);
  std::string bytes(16, '\0');
  if (inet_pton(AF_INET, address.c_str(), bytes.data()) == 1) return bytes.substr(0, 4);
  if (inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1) return "";
  return bytes.starts_with(kMapped) ? bytes.substr(12) : bytes;
}

bool OfThisMachine(const std::string& bytes) {
  return bytes.size() == 4 ? bytes[0] == 127 : bytes == std::string(15, '\0') + '\x01';
}

}  // namespace

bool CountsAsScan(const http::Request& request) {
  if (request.method != "GET" || FormOf(request.Header("accept")) != Form::kPage) return false;
  for (const char* header : {"purpose", "sec-purpose", "x-moz", "x-purpose"}) {
    if (!request.Header(header).empty()) return false;
  }
  const std::string agent = absl::AsciiStrToLower(std::string(request.Header("user-agent")));
  if (agent.empty()) return false;
  for (const char* robot : kRobots) {
    if (agent.find(robot) != std::string::npos) return false;
  }
  return true;
}

std::string ClientAddress(const http::Request& request) {
  std::string bytes = AddressBytes(request.peer);
  if (!OfThisMachine(bytes)) return bytes;
  std::string seen;
  for (const auto& [name, value] : request.headers) {
    if (name == "x-forwarded-for") seen = AddressBytes(LastOf(value));
  }
  return seen.empty() ? bytes : seen;
}

std::string NetworkOf(const http::Request& request) {
  const std::string bytes = ClientAddress(request);
  return bytes.substr(0, bytes.size() == 4 ? kIpv4Kept : kIpv6Kept);
}

int NetworkTags::TagOf(std::string_view network) {
  if (network.empty()) return 0;
  const int64_t day = domain::LocalDay(clock_->Now(), utc_offset_minutes_);
  Hash hash;
  {
    const MutexLock lock(&mutex_);
    if (day_ != day) {
      secret_.emplace(RandomBytes(kSecretSize));
      day_ = day;
    }
    hash = secret_->Sign(network);
  }
  return 1 + (hash[0] << 8 | hash[1]) % 65'535;
}

}  // namespace suyuan::portal
