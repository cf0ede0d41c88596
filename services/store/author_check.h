// Whether each record of a log was written by who could write it: the check of authors that
// `store verify` gives to ledger::VerifyLedger.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "services/domain/context.h"
#include "services/rpc/keys.h"
#include "storage/ledger/record.h"
#include "storage/ledger/verify.h"
#include "suyuan/event/v1/event.pb.h"

namespace suyuan::store {

// Who might write what at which position: parties, members and keys come from the log's own events.
// Thread-safe as long as nothing is learnt; Learn and Check are for one thread at a time.
class AuthorCheck {
 public:
  // True: the record says who may write, and so must be learnt: it is the first, or registers a
  // party, adds a member, enrols or revokes a key, or cannot be read.
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
  // `since`: the record that says so; it holds after it.
  struct Known {
    rpc::PublicKey key;
    std::string member;  // Empty: a module's.
    uint64_t since = 0;
    uint64_t revoked = ledger::kAbsent;  // By the first record that does.
  };
  struct Member {
    std::string party;
    claim::v1::MemberRole role = claim::v1::MEMBER_ROLE_UNSPECIFIED;
    uint64_t since = 0;
  };
  struct Party {
    std::vector<claim::v1::PartyRole> roles;
    uint64_t since = 0;
  };

  // Who signed, as of `position`. Checks the signature.
  absl::StatusOr<domain::Caller> AuthorOf(const ledger::Record& record, uint64_t position) const;
  absl::Status CheckAuthor(const ledger::Record& record,
                           const std::vector<event::v1::Event>& events) const;
  absl::Status CheckBeginning(const ledger::Record& record,
                              const std::vector<event::v1::Event>& events);
  absl::Status Believe(const event::v1::Event& event, uint64_t sequence);
  absl::Status Enroll(const std::string& name, uint8_t algorithm, const std::string& spki,
                      std::string member, uint64_t sequence);
  const Member* FindMember(const std::string& member, uint64_t position) const;

  std::string origin_;
  absl::flat_hash_map<std::string, Known> keys_;  // By key id.
  absl::flat_hash_map<std::string, Member> members_;
  absl::flat_hash_map<std::string, Party> parties_;
};

}  // namespace suyuan::store
