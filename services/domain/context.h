// Who decides, when, and under which request.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/domain/id.h"
#include "suyuan/claim/v1/registry.pb.h"
#include "suyuan/event/v1/event.pb.h"
#include "suyuan/rules/v1/rules.pb.h"

namespace suyuan::domain {

class World;

struct Caller {
  KeyId key;
  MemberId member;
  PartyId party;
  claim::v1::MemberRole role = claim::v1::MEMBER_ROLE_UNSPECIFIED;
  std::vector<claim::v1::PartyRole> party_roles;  // Registered, and granted as of now.
  std::vector<std::string> regions;               // A regulator's jurisdictions; "": the ledger.
  bool suspended = false;                         // The party: its members only read.
  bool system = false;                            // A module's system key: it may only restrict.
  std::string module;                             // Whose, of a system key that is in the log.
  bool newcomer = false;  // A key that is not enrolled yet: it may only enrol.
  bool aged = false;      // The key is too old: it may only be replaced or ended.
  bool off_term = false;  // The member's term has not begun, or is over.
  absl::Time key_until = absl::InfiniteFuture();     // When the key is too old.
  absl::Time member_until = absl::InfiniteFuture();  // When the member's term is over.

  bool Is(claim::v1::PartyRole role) const;
  // Within what request ids are unique: the party, or what begins a newcomer's key id.
  std::string_view scope() const { return newcomer ? key.id().substr(0, 24) : party.id(); }
};

// Who holds a key and what he is at `now`, by the streams of the key, its member, its party and its
// party's grants. KEY_UNKNOWN, KEY_REVOKED.
absl::StatusOr<Caller> FindCaller(World& world, const KeyId& key, absl::Time now);
// Whether a regulator's jurisdiction reaches a party seated in `region` ("": not told, and so every
// one's). True for whoever is no regulator: his reach is another rule's.
bool Reaches(const Caller& caller, std::string_view region);
// Whether his jurisdiction is all of the ledger, with those who have no place.
bool ReachesAll(const Caller& caller);
// Whether he may see what is of any party: who audits, or supervises all of the ledger.
bool SeesLedger(const Caller& caller);
// Whether he sees what is not his own because of what he is: his reads are kept (rules.proto,
// Watch).
bool SeesBeyondOwn(const Caller& caller);
// Whether he supervises a party seated in `region`, and so may see what is of it.
bool Supervises(const Caller& caller, std::string_view region);

// The one table from role to permission (permission.cc).
bool Allowed(const Caller& caller, rules::v1::Permission permission);
// MEMBER_TERM, KEY_AGED, PARTY_SUSPENDED, NOT_ALLOWED.
absl::Status CheckAllowed(const Caller& caller, rules::v1::Permission permission);
// Whether anybody may have it: a method whose permission nobody has is a mistake.
bool InTable(rules::v1::Permission permission);

// Thread-compatible; one decision. Ids are numbered from 0 in the order they are asked for, so
// that a decision taken again makes the same ids.
struct Context {
  Caller caller;
  absl::Time now;
  std::string ledger_id;
  std::string_view origin;  // The ledger's.
  std::string request_id;
  int utc_offset_minutes = 480;
  int next_index = 0;

  template <typename AnyId>
  AnyId NewId() {
    return AnyId::FromId(MakeId(ledger_id, caller.scope(), request_id, next_index++));
  }
};

// What a decision comes to. The streams it moves are those it told the World. The actor fields of
// the events are filled in by the store.
using Decision = std::vector<event::v1::Event>;

}  // namespace suyuan::domain
