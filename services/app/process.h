// A process of the service: some or all modules over one data directory.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/rpc/router.h"
#include "storage/base/clock.h"

namespace suyuan::app {

// A data directory holds log/ (the truth), keys/ (private), vault/ (private data, sealed), scans/
// (counts of scans, which are nowhere else; may be lost), views/ (can be deleted) and run/ (the
// sockets of a split service).
struct ProcessOptions {
  std::string dir;
  // Names as in modules.h, with "portal"; empty: all of them. Where one is elsewhere, it is called
  // through {dir}/run/{module}.sock, and ours are served there.
  std::vector<std::string> modules;
  std::string grpc_address;   // Of the public API, served with the portal: "127.0.0.1:7100".
  std::string http_address;   // Of pages and JSON, served with the portal; empty: none.
  std::string admin_address;  // Of the operator's own listener (admin.h); empty: none.
  // Folder of the certificate of both (services/rpc/certificate.h). Empty: no TLS, and addresses of
  // this machine only.
  std::string tls;
  // Modules that are not reached through a socket in {dir}/run but at such an address, by name;
  // over mutual TLS with the certificate in `module_tls`, whose id is a module's.
  std::map<std::string, std::string, std::less<>> module_at;
  std::string module_tls;
  // Signed calls a party may make a second in the long run, and five times as many at once; 0: any.
  int party_calls = 0;
  const Clock* clock = SystemClock::Get();
  size_t block_cache_bytes = 48 << 20;
  size_t write_buffer_bytes = 48 << 20;
  bool accept_clock = false;  // See LedgerOptions.
  std::string mark_dir;       // Of the high-water mark; empty: "{dir}.mark".
  // Why the operator opens the ledger though it does not stand by its mark; kept in the log, signed
  // with `operator_key`, a file; empty: {dir}/keys/operator.pem. Empty: it is refused then.
  std::string accept_mark;
  std::string operator_key;
  // Whom to follow, the gRPC address of another process of the same log: the directory is a copy,
  // which a restored backup becomes at its first start; nothing can be written, and `operator_key`
  // signs what the leader is asked. All processes of a split service are told. Empty: nobody.
  std::string follow;
  std::string follow_ca;  // PEM file of whom to believe about the leader; empty: the system's.
  bool promote = false;   // Makes a ledger of a copy: see LedgerOptions.
  std::string covers_zh, covers_en;  // Whose labels these are, for who scans another; may be empty.
  std::string places;                // File of addresses (portal/places.h); empty: none.
  std::string policy;                // File of witnesses (C2SP tlog-policy); empty: none is asked.
  std::string audit_policy;          // Likewise, of those that cosign the audit log.
  bool verify_store = false;         // After a failed write: check every record, then serve.
};

// Where the mark of a data directory is by default: beside it.
std::string MarkDirOf(const std::string& dir);

// Thread-safe. Serves from Start until Stop or destruction.
class Process {
 public:
  // NOT_FOUND: no ledger in the directory. INVALID_ARGUMENT: no module of that name, or an address
  // that others reach without TLS. FAILED_PRECONDITION: a certificate that cannot be used.
  // UNAVAILABLE: another process has the directory, an address is taken, or the ledger's process is
  // away.
  static absl::StatusOr<std::unique_ptr<Process>> Start(const ProcessOptions& options);
  ~Process();

  int grpc_port() const;  // 0: not served here.
  int http_port() const;
  int admin_port() const;
  const std::string& origin() const;
  const std::string& public_url() const;
  // What this process can call, for tests that go around the listeners.
  const rpc::Router& router() const;
  // Drains: no new calls, those under way are finished and durable. The second call does nothing.
  void Stop();

 private:
  class Impl;
  explicit Process(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace suyuan::app
