// What a module is given by the process it runs in, and what it gives back.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "services/rpc/router.h"
#include "services/rpc/service.h"
#include "services/store/store.h"
#include "storage/base/clock.h"
#include "storage/kv/db.h"

namespace suyuan::metrics {
class Metrics;
}  // namespace suyuan::metrics

namespace suyuan::rpc {

// All of it outlives the module. Thread-safe.
struct Host {
  store::Store* store = nullptr;   // Commands, and streams as they stand now.
  ledger::Client* log = nullptr;   // Records and proofs.
  const Router* router = nullptr;  // Other modules.
  const Clock* clock = nullptr;
  kv::Memory* memory = nullptr;         // For views.
  metrics::Metrics* metrics = nullptr;  // What the operator may watch; outlives the module.
  bool read_only = false;               // The log is a copy: nothing can be appended.
  std::string dir;                      // The module's own directory; it exists.
};

// A module: its services, and whatever they stand on; they answer from when it is made. Destroyed
// before its Host.
class Module {
 public:
  virtual ~Module() = default;
  virtual std::vector<const Handlers*> services() const = 0;
  // Called once, when all modules of the process are made and the router is complete, before the
  // first call from outside: what calls other modules on its own begins here.
  virtual absl::Status Start() { return absl::OkStatus(); }
};

}  // namespace suyuan::rpc
