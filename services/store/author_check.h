// Whether each record of a log was written by who could write it: the check of authors that
// `store verify` gives to ledger::VerifyLedger.
#pragma once

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "services/rpc/keys.h"
#include "storage/ledger/record.h"
#include "suyuan/event/v1/event.pb.h"

namespace suyuan::store {

// Follows a log from its first record: keys come from its own events (genesis's, KeyEnrolled,
// KeyRevoked, SystemKeyEnrolled). Thread-compatible.
class AuthorCheck {
 public:
  // The next record, in order. PERMISSION_DENIED says what does not fit: the signature; a key that
  // was unknown, revoked or another party's at this position; a system act that does more than
  // restrict; an event that says something else than the request its author signed.
  absl::Status Check(const ledger::Record& record);

  // The log's origin, from its first record; empty before.
  const std::string& origin() const { return origin_; }

 private:
  struct Known {
    rpc::PublicKey key;
    std::string party;  // Empty: a module's.
    std::string member;
    bool revoked = false;
  };

  absl::Status CheckAuthor(const ledger::Record& record) const;
  absl::Status CheckEvent(const ledger::Record& record, const Known& author,
                          const event::v1::Event& event) const;
  absl::Status Learn(const event::v1::Event& event);
  absl::Status Enroll(const std::string& name, uint8_t algorithm, const std::string& spki,
                      std::string party, std::string member);

  std::string origin_;
  absl::flat_hash_map<std::string, Known> keys_;  // By key id.
};

}  // namespace suyuan::store
