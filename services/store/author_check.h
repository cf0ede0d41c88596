// Whether each record of a log was written by who could write it: the check of authors that
// `store verify` gives to ledger::VerifyLedger.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "services/domain/context.h"
#include "services/domain/world.h"
#include "services/rpc/keys.h"
#include "services/store/act_check.h"
#include "storage/ledger/record.h"
#include "storage/ledger/verify.h"
#include "suyuan/event/v1/event.pb.h"

namespace suyuan::store {

// Who might write what at which position: parties, members and keys come from the log's own events.
// Thread-safe as long as nothing is learnt; Learn and Check are for one thread at a time.
class AuthorCheck {
 public:
  // True: the record says who may write, and so must be learnt: it is the first, or moves a stream
  // of identity (domain::IdentityStreams), or cannot be read.
  static bool Teaches(const ledger::Record& record);
  // A record that teaches, in order. What a refused record says is not believed: it enrols nobody.
  absl::Status Learn(const ledger::Record& record);
  // Any record after the first, whose predecessors that teach were learnt; later ones may have
  // been. PERMISSION_DENIED says what does not fit: the signature; a key that was unknown or
  // revoked at this position; an act that is not what its author signed and might do (act_check.h);
  // a beginning that is not the first record.
  absl::Status CheckAt(const ledger::Record& record) const;
  // Whole logs, record by record in order: Learn or CheckAt, as it needs.
  absl::Status Check(const ledger::Record& record);

  // For a verification; the object must outlive it.
  ledger::AuthorHooks Hooks();

  // The log's origin, from its first record; empty before.
  const std::string& origin() const { return origin_; }

 private:
  // A stream of identity after each record that moved it, in order.
  struct Version {
    uint64_t sequence = 0;
    std::shared_ptr<const domain::StreamState> state;
  };

  // As it stood before `position`; null: it had no record.
  std::shared_ptr<const domain::StreamState> Find(const std::string& stream,
                                                  uint64_t position) const;
  Past Before(uint64_t position) const;
  // Who signed, as of `position`. Checks the signature.
  absl::StatusOr<domain::Caller> AuthorOf(const ledger::Record& record, uint64_t position) const;
  absl::Status CheckAuthor(const ledger::Record& record,
                           const std::vector<event::v1::Event>& events) const;
  absl::Status CheckBeginning(const ledger::Record& record,
                              const std::vector<event::v1::Event>& events);
  absl::Status Believe(const event::v1::Event& event, const ledger::Leaf& leaf, int index);
  absl::Status BelieveKey(const event::v1::Event& event);

  std::string origin_, ledger_id_;
  absl::flat_hash_map<std::string, rpc::PublicKey> keys_;  // By key id.
  absl::flat_hash_map<std::string, std::vector<Version>> streams_;
};

}  // namespace suyuan::store
