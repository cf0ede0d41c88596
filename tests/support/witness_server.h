// A real witness behind a port of its own.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/witness.h"
#include "services/http/server.h"
#include "storage/base/text.h"
#include "tests/support/test.h"

namespace suyuan::test {

// Thread-compatible. Must outlive whatever asks it.
class WitnessServer {
 public:
  WitnessServer(const std::string& name, std::vector<std::string> logs, std::string dir,
                const Clock* clock)
      : name_(name) {
    auto witness = cli::Witness::Open(
        {name, rpc::SigningKey::Generate(rpc::kEd25519), std::move(logs), std::move(dir), clock});
    EXPECT_OK(witness);
    witness_ = *std::move(witness);
    http::ServerOptions options;
    options.address = "127.0.0.1:0";
    options.handler = [this](http::Request request, http::Respond respond) {
      respond(witness_->Handle(request));
    };
    auto server = http::Server::Start(std::move(options));
    EXPECT_OK(server);
    server_ = *std::move(server);
  }
  // Of a policy: its name there is its own.
  std::string policy_line() const {
    return StrCat("witness ", name_, " ", witness_->verifier_key(),
                  " http://127.0.0.1:", server_->port(), "\n");
  }
  void Stop() { server_->Stop(); }

 private:
  const std::string name_;
  std::unique_ptr<cli::Witness> witness_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace suyuan::test
