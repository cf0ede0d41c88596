// Whether each record of a log was written by who could write it: the check of authors that
// `store verify` gives to ledger::VerifyLedger.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "services/domain/context.h"
#include "services/rpc/keys.h"
#include "storage/ledger/record.h"
#include "suyuan/event/v1/event.pb.h"

namespace suyuan::store {

// Follows a log from its first record: parties, members and keys come from its own events.
// Thread-compatible.
class AuthorCheck {
 public:
  // The next record, in order. PERMISSION_DENIED says what does not fit: the signature; a key that
  // was unknown or revoked at this position; an act that is not what its author signed and might do
  // (act_check.h); a beginning that is not the first record.
  absl::Status Check(const ledger::Record& record);

  // The log's origin, from its first record; empty before.
  const std::string& origin() const { return origin_; }

 private:
  struct Known {
    rpc::PublicKey key;
    std::string member;  // Empty: a module's.
    bool revoked = false;
  };
  struct Member {
    std::string party;
    claim::v1::MemberRole role = claim::v1::MEMBER_ROLE_UNSPECIFIED;
  };

  // Who signed. Checks the signature.
  absl::StatusOr<domain::Caller> AuthorOf(const ledger::Record& record) const;
  absl::Status CheckAuthor(const ledger::Record& record,
                           const std::vector<event::v1::Event>& events) const;
  absl::Status CheckBeginning(const ledger::Record& record,
                              const std::vector<event::v1::Event>& events);
  absl::Status Learn(const event::v1::Event& event);
  absl::Status Enroll(const std::string& name, uint8_t algorithm, const std::string& spki,
                      std::string member);
  std::optional<std::string> PartyOf(const std::string& member) const;

  std::string origin_;
  absl::flat_hash_map<std::string, Known> keys_;  // By key id.
  absl::flat_hash_map<std::string, Member> members_;
  absl::flat_hash_map<std::string, std::vector<claim::v1::PartyRole>> parties_;
};

}  // namespace suyuan::store
