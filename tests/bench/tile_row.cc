// A tile over HTTP beside a constant page of the same size from the same kind of server.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "absl/strings/numbers.h"
#include "services/http/server.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "suyuan/v1/audit.pb.h"
#include "tests/bench/load.h"
#include "tests/support/system.h"

namespace suyuan::bench {
namespace {

constexpr int kConnections = 16;
constexpr size_t kTileBytes = 256 * 32;
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

  // Whether the answer was a 200 of `body_bytes`.
  bool Get(const std::string& request, size_t body_bytes) {
    if (send(socket_, request.data(), request.size(), 0) < 0) return false;
    std::string answer;
    size_t whole = std::string::npos;
    char part[16384];
    while (whole == std::string::npos || answer.size() < whole) {
      const ssize_t count = recv(socket_, part, sizeof part, 0);
      if (count <= 0) return false;
      answer.append(part, static_cast<size_t>(count));
      const size_t end = answer.find("\r\n\r\n");
      if (whole == std::string::npos && end != std::string::npos) whole = end + 4 + body_bytes;
    }
    return answer.starts_with("HTTP/1.1 200") && answer.size() == whole;
  }

 private:
  const int socket_;
};

// Answers a second over kept connections. INTERNAL: one was not as expected.
absl::StatusOr<double> GetsPerSecond(int port, const std::string& target) {
  const std::string request = StrCat("GET ", target, " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const auto end = std::chrono::steady_clock::now() + kDuration;
  std::atomic<int> answered = 0;
  std::atomic<bool> failed = false;
  std::vector<std::thread> clients;
  for (int i = 0; i < kConnections; ++i) {
    clients.emplace_back([&] {
      Connection connection(port);
      while (std::chrono::steady_clock::now() < end && !failed) {
        if (!connection.Get(request, kTileBytes)) failed = true;
        ++answered;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  if (failed) return absl::InternalError(StrCat(target, " was not answered as expected"));
  return answered / std::chrono::duration<double>(kDuration).count();
}

}  // namespace

absl::StatusOr<Figures> Tile() {
  test::System system(test::Topology::kOneProcess);
  test::Actor& actor = system.AddParty("碧城合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
  while (system.LastSequence() < 300) system.AddPlot(actor);
  v1::GetRecordProofRequest proof;  // Its checkpoint holds the first 256 records.
  proof.set_sequence(system.LastSequence());
  RETURN_IF_ERROR(
      actor.Call<v1::GetRecordProofResponse>("AuditService/GetRecordProof", proof).status());
  http::ServerOptions options;
  options.address = "127.0.0.1:0";
  options.handler = [page = std::string(kTileBytes, 'x')](http::Request, http::Respond respond) {
    respond({200, {{"Content-Type", "application/octet-stream"}}, page});
  };
  ASSIGN_OR_RETURN(const std::unique_ptr<http::Server> constant, http::Server::Start(options));
  ASSIGN_OR_RETURN(const double pages, GetsPerSecond(constant->port(), "/"));
  ASSIGN_OR_RETURN(const double tiles, GetsPerSecond(system.portal().http_port(), "/tile/0/000"));
  return Figures{{"tile_ratio", tiles / pages},
                 {"tiles_per_second", tiles},
                 {"constant_pages_per_second", pages}};
}

}  // namespace suyuan::bench
