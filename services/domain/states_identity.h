// Who may write, as the streams of parties, members, keys and invitations fold to.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "services/domain/states.h"
#include "suyuan/v1/types.pb.h"

namespace suyuan::domain {

// The streams that an event of identity is folded into, as FindCaller and the invitations need
// them; none for any other event.
std::vector<std::string> IdentityStreams(const event::v1::Event& event);

struct PartyState final : StateOf<PartyState> {
  using StateOf::StateOf;
  void Apply(const EventAt& at) override;
  claim::v1::Party claim;
  bool managed = false;  // A manager of its own has enrolled.
  // Of its managers, but those let in at genesis; what each is worth it says itself.
  std::set<std::string> manager_keys;
};

struct MemberState final : StateOf<MemberState> {
  using StateOf::StateOf;
  void Apply(const EventAt& at) override;
  claim::v1::Member claim;
};

struct KeyState final : StateOf<KeyState> {
  using StateOf::StateOf;
  void Apply(const EventAt& at) override;
  // Whether a revocation says more than what stands: later it may come out that others had the key.
  bool Widens(const claim::v1::KeyRevocation& claim) const;
  // What its signature in a record of this time is worth, but for attestations.
  v1::Standing StandingAt(absl::Time record_time) const;
  std::string party;
  std::string member;
  claim::v1::KeyAlgorithm algorithm = claim::v1::KEY_ALGORITHM_UNSPECIFIED;
  std::string spki;
  std::string module;  // Whose system key it is; empty for a member's.
  bool revoked = false;
  claim::v1::KeyRevocation revocation;  // SUPERSEDED where another took its place.
  struct Attested {
    claim::v1::Attestation claim;
    std::string approver;  // Its key.
    absl::Time record_time;
  };
  std::vector<Attested> attested;
  absl::Time since;  // Let in; a key it took the place of counts. At genesis: 1970.
  absl::Time begun;  // Its own first record: it ages from there.
};

// A person of the vault. The stream begins, and ends, with the erasure.
struct PersonState final : StateOf<PersonState> {
  using StateOf::StateOf;
  void Apply(const EventAt&) override {}
};

// What a party is granted beyond what it registered with, and whether it is suspended.
struct GrantsState final : StateOf<GrantsState> {
  using StateOf::StateOf;
  void Apply(const EventAt& at) override;
  struct Held {
    std::string name;  // `proposals/{id}` that it came by.
    claim::v1::Grant claim;
    bool ended = false;
    // From its from_time (else its record, which has been) until its until_time, not included.
    bool ValidAt(absl::Time time) const;
  };
  std::vector<Held> held;
  bool suspended = false;
};

struct ProposalState final : StateOf<ProposalState> {
  using StateOf::StateOf;
  void Apply(const EventAt& at) override;
  std::string member;  // Who proposed.
  claim::v1::Proposal claim;
  std::string invitation;  // Of a recovery.
  bool approved = false;
};

std::string GrantStream(const std::string& party);
// The party a proposal is about; of a key's revocation: empty.
std::string PartyOf(const claim::v1::Proposal& proposal);
// The stream that an approved change moves.
std::string MovedStream(const event::v1::ChangeApproved& approved);
// The revocation an event says, by one person or by two; null: none.
const claim::v1::KeyRevocation* RevocationIn(const event::v1::Event& event);

// What a signature in a record of this time is worth, by what became of its key: a record's place
// in the log is that of its time. Null: the key is not revoked.
v1::Standing StandingOf(const claim::v1::KeyRevocation* revocation, absl::Time record_time);
bool Attests(const claim::v1::Attestation& attestation, absl::Time record_time);

// What a signature of this key in a record of this time is worth, as far as is known now. An
// attestation counts unless its own approval is disputed. An empty key: nobody can tell, and so it
// is valid.
absl::StatusOr<v1::Standing> FindStanding(World& world, const std::string& key,
                                          absl::Time record_time);

struct InvitationState final : StateOf<InvitationState> {
  using StateOf::StateOf;
  void Apply(const EventAt& at) override;
  std::string party;  // The inviter's.
  std::string key;    // That invited.
  claim::v1::Invitation claim;
  bool recovery = false;  // By two persons, for a party without a manager who can act.
  bool used = false;
};

}  // namespace suyuan::domain
