#include "tests/bench/http_load.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "services/http/server.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "tests/support/http.h"

namespace suyuan::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kConnections = 16;
constexpr std::chrono::seconds kDuration{3};

// One connection that is kept: a request, its whole answer, the next. Thread-compatible.
class Connection {
 public:
  explicit Connection(int port) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    SUYUAN_CHECK(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  ~Connection() { close(socket_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Whether the answer was a whole 200.
  bool Get(const std::string& target) {
    const std::string request = StrCat("GET ", target,
                                       " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Mozilla/5.0\r\n"
                                       "Accept-Encoding: gzip\r\n"
                                       "\r\n");
    if (send(socket_, request.data(), request.size(), 0) < 0) return false;
    std::string answer;
    size_t whole = std::string::npos;
    char part[16384];
    while (whole == std::string::npos || answer.size() < whole) {
      const ssize_t count = recv(socket_, part, sizeof part, 0);
      if (count <= 0) return false;
      answer.append(part, static_cast<size_t>(count));
      const size_t end = answer.find("\r\n\r\n");
      if (whole == std::string::npos && end != std::string::npos) {
        constexpr std::string_view kLength = "Content-Length: ";
        const size_t length = answer.find(kLength);
        if (length > end) return false;
        whole = end + 4 + std::strtoul(answer.c_str() + length + kLength.size(), nullptr, 10);
      }
    }
    return answer.starts_with("HTTP/1.1 200") && answer.size() == whole;
  }

 private:
  const int socket_;
};

// `per_second` 0: as fast as can be.
absl::StatusOr<Load> Get(int port, double per_second, const TargetOf& target) {
  const Clock::time_point begin = Clock::now();
  std::atomic<int> next = 0;
  std::atomic<bool> failed = false;
  std::mutex mutex;
  std::vector<double> times_ms;
  std::vector<std::thread> clients;
  for (int i = 0; i < kConnections; ++i) {
    clients.emplace_back([&] {
      Connection connection(port);
      std::vector<double> mine;
      while (!failed) {
        const int number = next++;
        Clock::time_point due = Clock::now();
        if (per_second > 0) {
          due = begin + std::chrono::duration_cast<Clock::duration>(
                            std::chrono::duration<double>(number / per_second));
          std::this_thread::sleep_until(due);
        }
        if (due >= begin + kDuration) break;
        if (!connection.Get(target(number))) failed = true;
        mine.push_back(std::chrono::duration<double, std::milli>(Clock::now() - due).count());
      }
      const std::lock_guard lock(mutex);
      times_ms.insert(times_ms.end(), mine.begin(), mine.end());
    });
  }
  for (std::thread& client : clients) client.join();
  if (failed) return absl::InternalError("an answer was not as expected");
  std::sort(times_ms.begin(), times_ms.end());
  Load load;
  load.per_second = static_cast<double>(times_ms.size()) /
                    std::chrono::duration<double>(Clock::now() - begin).count();
  load.p50_ms = times_ms[times_ms.size() / 2];
  load.p99_ms = times_ms[times_ms.size() * 99 / 100];
  return load;
}

// A server of this answer alone.
std::unique_ptr<http::Server> ServerOf(const test::HttpAnswer& answer) {
  http::Response page{answer.status, {}, answer.body};
  for (const auto& [name, value] : answer.headers) {
    if (name != "content-length" && name != "connection") page.headers.emplace_back(name, value);
  }
  http::ServerOptions options;
  options.address = "127.0.0.1:0";
  options.handler = [page](const http::Request&, const http::Respond& respond) { respond(page); };
  absl::StatusOr<std::unique_ptr<http::Server>> server = http::Server::Start(std::move(options));
  SUYUAN_CHECK(server.ok());
  return *std::move(server);
}

}  // namespace

absl::StatusOr<Load> GetPaced(int port, double per_second, const TargetOf& target) {
  return Get(port, per_second, target);
}

absl::StatusOr<BesideConstant> MeasureBesideConstant(int port, const TargetOf& target) {
  constexpr int kTurns = 3;
  const test::HttpAnswer answer =
      test::Fetch(port, "GET", target(0), {{"Accept-Encoding", "gzip"}});
  if (answer.status != 200) return absl::InternalError("the first answer was not as expected");
  const std::unique_ptr<http::Server> constant = ServerOf(answer);
  std::vector<double> ratios, ours, constants;
  int begun = 0;  // Each turn goes on where the one before ended.
  for (int turn = 0; turn < kTurns; ++turn) {
    ASSIGN_OR_RETURN(const Load pages, Get(constant->port(), 0, target));
    ASSIGN_OR_RETURN(const Load served, Get(port, 0, [&](int i) { return target(begun + i); }));
    begun += static_cast<int>(served.per_second * std::chrono::duration<double>(kDuration).count());
    ratios.push_back(served.per_second / pages.per_second);
    ours.push_back(served.per_second);
    constants.push_back(pages.per_second);
  }
  const auto median = [](std::vector<double>& values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
  };
  return BesideConstant{median(ratios), median(ours), median(constants)};
}

}  // namespace suyuan::bench
