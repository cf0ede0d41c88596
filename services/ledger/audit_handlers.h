// The audit log within the ledger's module: takes what processes report, answers what it holds.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "services/ledger/audit_view.h"
#include "services/ledger/publisher.h"
#include "services/rpc/host.h"
#include "services/rpc/keys.h"
#include "storage/ledger/ledger.h"
#include "suyuan/event/v1/event.pb.h"
#include "suyuan/ledger/v1/ledger.pb.h"

namespace suyuan::ledger {

// Thread-safe. Signs and publishes the audit log, and follows it with a view.
class AuditHandlers {
 public:
  // `publisher` is of the audit log, which, with what `host` gives, must outlive this. The view is
  // in host.dir.
  static absl::StatusOr<std::unique_ptr<AuditHandlers>> Start(const rpc::Host& host,
                                                              PublisherOptions publisher);

  // `handlers` is LedgerService's; this must outlive it.
  void AddTo(rpc::Handlers& handlers);

 private:
  AuditHandlers(const rpc::Host& host, Ledger* log, rpc::SigningKey key);
  absl::StatusOr<AppendRequest> RecordOf(const v1::ReportAccessRequest& report) const;
  absl::StatusOr<event::v1::Event> EventOf(const event::v1::AccessSummed& sum) const;
  void AddReport(rpc::Handlers& handlers);
  void AddReads(rpc::Handlers& handlers);
  void AddProofs(rpc::Handlers& handlers);

  const rpc::Host host_;
  Ledger* const log_;
  const rpc::SigningKey key_;
  std::unique_ptr<Publisher> publisher_;
  AccessProjection projection_;
  std::unique_ptr<index::Runner> view_;
};

// Where there is no audit log: REASON_READ_ONLY for whoever reads it.
void AddNoAuditLog(rpc::Handlers& handlers);

}  // namespace suyuan::ledger
