// The whole service in a test: real gRPC, real RocksDB, every call signed. In one process, or every
// module behind a socket of its own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "services/app/process.h"
#include "services/domain/error.h"
#include "services/domain/time.h"
#include "services/rpc/client.h"
#include "services/rpc/invitation.h"
#include "suyuan/claim/v1/chain.pb.h"
#include "suyuan/claim/v1/registry.pb.h"
#include "suyuan/v1/identity.pb.h"
#include "suyuan/v1/types.pb.h"
#include "tests/support/test.h"

namespace suyuan::test {

MATCHER_P(Fails, reason, "is refused with " + v1::Reason_Name(reason)) {
  *result_listener << StatusOf(arg);
  return domain::ReasonOf(StatusOf(arg)) == reason;
}

enum class Topology { kOneProcess, kSplit };
inline void PrintTo(Topology topology, std::ostream* out) {
  *out << (topology == Topology::kOneProcess ? "OneProcess" : "Split");
}
// For INSTANTIATE_TEST_SUITE_P's last argument.
inline std::string TopologyName(const testing::TestParamInfo<Topology>& info) {
  return info.param == Topology::kOneProcess ? "OneProcess" : "Split";
}

// What laboratories of tests are accredited for.
inline constexpr const char* kAnalytes[] = {"毒死蜱", "腐霉利", "有机磷和氨基甲酸酯类农药"};

// A member of a party with a key that signs.
class Actor {
 public:
  Actor(std::string party, std::string member, rpc::ClientOptions options)
      : party_(std::move(party)),
        member_(std::move(member)),
        options_(options),
        client_(std::move(options)) {}
  const std::string& party() const { return party_; }
  const std::string& member() const { return member_; }
  const rpc::ClientOptions& options() const { return options_; }

  // `method` as in "OriginService/RegisterHarvest".
  template <typename Response, typename Request>
  absl::StatusOr<Response> Call(const std::string& method, const Request& request) {
    return client_.Call<Response>("/suyuan.v1." + method, request);
  }
  // All messages of a stream.
  template <typename Message, typename Request>
  absl::StatusOr<std::vector<Message>> Stream(const std::string& method, const Request& request) {
    std::vector<Message> messages;
    absl::Status status = client_.Stream<Message>("/suyuan.v1." + method, request,
                                                  [&](const Message& message) -> absl::Status {
                                                    messages.push_back(message);
                                                    return absl::OkStatus();
                                                  });
    if (!status.ok()) return status;
    return messages;
  }

 private:
  const std::string party_;
  const std::string member_;
  const rpc::ClientOptions options_;
  rpc::Client client_;
};

// Thread-compatible. Helpers abort where what they need is refused: a test's own call is made
// through Actor::Call.
class System {
 public:
  explicit System(Topology topology);
  ~System();

  FakeClock& clock() { return clock_; }
  const std::string& dir() const { return data_; }
  app::Process& portal() { return *processes_.back(); }  // Has the public listeners.
  std::string grpc_target() const;
  // One module's process of a split service, by name.
  void StopModule(std::string_view name);
  void StartModule(std::string_view name);
  // Stops all of it and starts it again on the same directory.
  void Restart();
  void StopAll();
  // From the restart that it does on: the witnesses of a policy's text are asked.
  void UsePolicy(std::string_view text);
  void UseAuditPolicy(std::string_view text);  // Likewise, of the audit log's.
  // Likewise: tells the provinces of scans by this table (address_table.h).
  void UsePlaces(std::string_view table);
  // Likewise: calls a second that a party may make; 0: any number.
  void LimitCalls(int per_second);

  Actor& operator_actor() { return *operator_; }
  Actor& second_operator() { return *second_operator_; }  // Another person.
  Actor& stranger() { return *stranger_; }                // Without a key.
  // A grant for a year: of the ledger to a regulator, for kAnalytes to a laboratory.
  claim::v1::Grant GrantOf(const std::string& party, claim::v1::PartyRole role) const;
  // Proposed by the operator, approved by the second: `proposals/{id}`.
  std::string Change(const claim::v1::Proposal& proposal);
  std::string Give(const claim::v1::Grant& grant);
  void Suspend(const std::string& party, bool suspended);
  // A new party with one manager whose key is enrolled; what it does not register as is granted.
  // Lives as long as the system.
  Actor& AddParty(const std::string& name, std::vector<claim::v1::PartyRole> roles,
                  const std::string& region = "");
  // Another member of the actor's party, invited by him; `until`: the end of his term.
  Actor& AddMember(Actor& manager, claim::v1::MemberRole role,
                   absl::Time until = absl::InfiniteFuture());

  // An invitation for a day, and what takes it up.
  v1::InviteMemberRequest Invitation(const std::string& party, claim::v1::MemberRole role,
                                     const rpc::SigningKey& code_key) const;
  static v1::EnrollKeyRequest Enrollment(const std::string& origin, const rpc::SigningKey& code_key,
                                         const rpc::SigningKey& key);
  // A device that signs with `key`, whether it is enrolled or not. The caller's.
  std::unique_ptr<Actor> MakeActor(std::string party, std::string member,
                                   std::optional<rpc::SigningKey> key);

  // What a chain stands on; each returns a resource name.
  std::string AddSite(Actor& actor, claim::v1::SiteKind kind, const std::string& parent = "");
  std::string AddPlot(Actor& actor);
  // Counted in milligrams, packs of 500 g, grades 特级 and 一级.
  std::string AddProduct(Actor& actor, const std::string& gtin = "");
  std::string Harvest(Actor& actor, const std::string& product, const std::string& plot,
                      const std::string& site, int64_t kilograms);
  std::string Ship(Actor& actor, const std::string& batch, int64_t kilograms,
                   const std::string& from, const std::string& to);
  void Receive(Actor& actor, const std::string& shipment);
  // The code of a new label of a batch of his.
  std::string Label(Actor& actor, const std::string& batch);

  claim::v1::When Now() const;
  static claim::v1::Quantity Kilograms(int64_t kilograms);
  // Sequence of the newest record: for min_sequence.
  int64_t LastSequence();

 private:
  void Start();
  app::ProcessOptions Options() const;
  std::unique_ptr<Actor> KeyHolder(const char* file);
  static size_t PlaceOf(std::string_view module);
  Actor& Enrol(Actor& manager, const std::string& party, claim::v1::MemberRole role,
               absl::Time until = absl::InfiniteFuture());

  const Topology topology_;
  TempDir temp_;
  const std::string data_;
  FakeClock clock_;
  std::vector<std::unique_ptr<app::Process>> processes_;  // The portal's is last.
  std::string policy_;                                    // File; empty: none.
  std::string audit_policy_;                              // File; empty: none.
  std::string places_;                                    // File; empty: none.
  int party_calls_ = 0;
  int grpc_port_ = 0;  // Kept over restarts.
  std::unique_ptr<Actor> operator_, second_operator_;
  std::unique_ptr<Actor> stranger_;
  std::vector<std::unique_ptr<Actor>> actors_;
};

// Every record of the log is by who might write it, as `store verify` finds it.
void ExpectLogVerifies(System& system);

}  // namespace suyuan::test
