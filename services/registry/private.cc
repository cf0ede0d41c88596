// IdentityService's part about persons: what goes into the vault, what comes out, and its end.
#include <algorithm>

#include "services/domain/complaint.h"
#include "services/domain/deciders.h"
#include "services/domain/error.h"
#include "services/domain/states_identity.h"
#include "services/registry/services.h"
#include "services/rpc/hashes.h"
#include "services/rpc/keys.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/merkle.h"
#include "storage/ledger/private_root.h"
#include "suyuan/v1/audit.pb.h"
#include "suyuan/v1/identity.pb.h"

namespace suyuan::registry {
namespace {

using domain::Context;
using domain::World;
using rpc::Call;
using rpc::Recorded;

constexpr size_t kLoadedAtOnce = 500;

std::vector<Hash> CommitmentsOf(const v1::PrivateSet& set) {
  std::vector<Hash> commitments;
  for (const v1::PrivateValue& value : set.values()) {
    commitments.push_back(
        ledger::CommitmentOf(value.salt(), static_cast<uint32_t>(value.field()),
                             value.data().empty() ? value.value() : value.data()));
  }
  return commitments;
}

// By field number, each once, with new salts.
absl::StatusOr<v1::PrivateSet> SaltedSet(const v1::StorePrivateRequest& request, absl::Time now) {
  std::vector<v1::PrivateValue> values(request.values().begin(), request.values().end());
  std::sort(values.begin(), values.end(),
            [](const auto& a, const auto& b) { return a.field() < b.field(); });
  v1::PrivateSet set;
  set.set_request_id(request.request_id());
  set.set_stored_micros(ToMicros(now));
  for (v1::PrivateValue& value : values) {
    if (!value.salt().empty() || !value.data().empty()) {
      return domain::Error(v1::REASON_FIELD_MALFORMED, {{"field", "values.salt"}});
    }
    if (set.values_size() > 0 && set.values().rbegin()->field() == value.field()) {
      return domain::Error(v1::REASON_DUPLICATE, {{"field", "values.field"}});
    }
    value.set_salt(RandomBytes(ledger::kPrivateSaltSize));
    *set.add_values() = std::move(value);
  }
  return set;
}

absl::Status CheckNotErased(const rpc::Host& host, const std::string& person) {
  ASSIGN_OR_RETURN(const auto erased, host.store->Find<domain::PersonState>(person));
  return erased == nullptr ? absl::OkStatus() : domain::Error(v1::REASON_ERASED);
}

absl::StatusOr<v1::StorePrivateResponse> Store(const rpc::Host& host, Vault& vault,
                                               const Call& call,
                                               const v1::StorePrivateRequest& request) {
  if (host.read_only) return domain::Error(v1::REASON_READ_ONLY);
  const std::string& party = call.caller->party.name();
  v1::StorePrivateResponse response;
  response.set_person(request.person());
  if (request.person().empty()) {
    const std::string id = domain::MakeId(host.log->identity().ledger_id, call.caller->party.id(),
                                          request.request_id(), 0);
    response.set_person(domain::PersonId::FromId(id).name());
  } else {
    ASSIGN_OR_RETURN(const std::string owner, vault.PartyOf(request.person()));
    if (owner != party) return domain::NotFound(request.person());
  }
  RETURN_IF_ERROR(CheckNotErased(host, response.person()));
  ASSIGN_OR_RETURN(const v1::PrivateSet set, SaltedSet(request, call.now));
  ASSIGN_OR_RETURN(const v1::PrivateSet stored, vault.Put(response.person(), party, set));
  if (!SameValues(stored, set)) return domain::Error(v1::REASON_REQUEST_ID_REUSED);
  for (const Hash& commitment : CommitmentsOf(stored)) {
    response.add_commitments(std::string(AsBytes(commitment)));
  }
  response.set_private_root(RootOf(stored));
  return response;
}

// That the record holds the root. NOT_FOUND: it holds another, or none.
absl::Status ProveRecord(const rpc::Host& host, uint64_t sequence, v1::DiscloseResponse* response) {
  const std::string name = StrCat("records/", sequence);
  const absl::StatusOr<ledger::Record> record = host.log->GetRecord(sequence);
  if (absl::IsNotFound(record.status())) return domain::NotFound(name);
  if (!record.ok()) return record.status();
  const ledger::Item& last = record->items.back();
  if (last.type != ledger::ItemType::kPrivateRoot || last.bytes != response->private_root()) {
    return domain::NotFound(name);
  }
  std::vector<Hash> items;
  for (const ledger::Item& item : record->items) items.push_back(ledger::ItemHash(item));
  response->set_item_salt(last.salt);
  response->set_item_count(static_cast<int32_t>(items.size()));
  rpc::AddHashes(ledger::PathOf(items, items.size() - 1), response->mutable_content_path());
  response->set_sequence(static_cast<int64_t>(sequence));
  v1::GetRecordProofRequest request;
  request.set_sequence(response->sequence());
  ASSIGN_OR_RETURN(auto proof, host.router->Ask<v1::GetRecordProofResponse>(
                                   "/suyuan.v1.AuditService/GetRecordProof", request));
  response->set_tlog_proof(std::move(*proof.mutable_tlog_proof()));
  return absl::OkStatus();
}

// Fills the value and its path. False: the set has no such field, or another root.
bool Show(const v1::PrivateSet& set, const v1::DiscloseRequest& request,
          v1::DiscloseResponse* response) {
  const std::string root = RootOf(set);
  if (!request.private_root().empty() && request.private_root() != root) return false;
  for (int i = 0; i < set.values_size(); ++i) {
    if (set.values(i).field() != request.field()) continue;
    *response->mutable_value() = set.values(i);
    response->set_index(i);
    response->set_count(set.values_size());
    rpc::AddHashes(ledger::PathOf(CommitmentsOf(set), static_cast<size_t>(i)),
                   response->mutable_path());
    response->set_private_root(root);
    return true;
  }
  return false;
}

absl::StatusOr<v1::DiscloseResponse> Disclose(const rpc::Host& host, Vault& vault, const Call& call,
                                              const v1::DiscloseRequest& request) {
  ASSIGN_OR_RETURN(const std::string party, vault.PartyOf(request.person()));
  if (party == domain::kComplaintModule) {
    RETURN_IF_ERROR(FindComplaintOf(*host.store, *call.caller, request.person()).status());
  } else if (call.caller->party.name() != party) {
    ASSIGN_OR_RETURN(const auto owner, host.store->Find<domain::PartyState>(party));
    if (owner == nullptr || !domain::Supervises(*call.caller, owner->claim.region_code())) {
      return domain::NotFound(request.person());
    }
  }
  RETURN_IF_ERROR(CheckNotErased(host, request.person()));
  ASSIGN_OR_RETURN(const std::vector<v1::PrivateSet> sets, vault.Load(request.person()));
  v1::DiscloseResponse response;
  response.set_person(request.person());
  const bool found = std::any_of(sets.rbegin(), sets.rend(), [&](const v1::PrivateSet& set) {
    return Show(set, request, &response);
  });
  if (!found) return domain::NotFound(v1::PrivateField_Name(request.field()));
  if (request.sequence() > 0) {
    RETURN_IF_ERROR(ProveRecord(host, static_cast<uint64_t>(request.sequence()), &response));
  }
  return response;
}

}  // namespace

std::string RootOf(const v1::PrivateSet& set) {
  const Hash root = ledger::RootOfHashes(CommitmentsOf(set));
  return std::string(AsBytes(root));
}

bool SameValues(const v1::PrivateSet& a, const v1::PrivateSet& b) {
  return std::equal(a.values().begin(), a.values().end(), b.values().begin(), b.values().end(),
                    [](const auto& left, const auto& right) {
                      return left.field() == right.field() && left.value() == right.value() &&
                             left.data() == right.data();
                    });
}

void AddPrivate(const rpc::Host& host, Vault* vault, rpc::Handlers& handlers) {
  handlers.Query<v1::StorePrivateRequest, v1::StorePrivateResponse>(
      "StorePrivate", [host, vault](const Call& call, const auto& request) {
        return Store(host, *vault, call, request);
      });
  handlers.Query<v1::DiscloseRequest, v1::DiscloseResponse>(
      "Disclose", [host, vault](const Call& call, const auto& request) {
        return Disclose(host, *vault, call, request);
      });
  auto& erase = handlers.CommandWith<v1::EraseMemberRequest, v1::EraseMemberResponse, std::string>(
      "EraseMember",
      [host, vault](const Call& call, const auto& request) -> absl::StatusOr<std::string> {
        const std::string& person = request.erasure().person();
        ASSIGN_OR_RETURN(const std::string party, vault->PartyOf(person));
        if (party == domain::kComplaintModule) {
          ASSIGN_OR_RETURN(const v1::Complaint complaint,
                           FindComplaintOf(*host.store, *call.caller, person));
          // Until then its content is evidence; what is closed stays so.
          if (domain::IsOpen(complaint)) return domain::Error(v1::REASON_COMPLAINT_STAGE);
        }
        return party;
      },
      [](World& world, Context& context, const auto& request, const std::string& party) {
        return domain::DecideEraseMember(world, context, request.erasure(), party);
      },
      [](const auto&, const Recorded&, auto*) {});
  // The notice first: from it on a crash, or an older vault put back, is made good at the next
  // start.
  erase.then = [vault](const Call&, const google::protobuf::Message& request, const Recorded&) {
    return vault->Erase(static_cast<const v1::EraseMemberRequest&>(request).erasure().person());
  };
}

absl::Status EraseAgain(ledger::Client& log, Vault& vault) {
  ASSIGN_OR_RETURN(const std::vector<std::string> people, vault.People());
  for (size_t at = 0; at < people.size(); at += kLoadedAtOnce) {
    std::vector<ledger::StreamVersion> asked;
    for (size_t i = at; i < std::min(people.size(), at + kLoadedAtOnce); ++i) {
      asked.push_back({people[i], ledger::kAbsent});
    }
    ASSIGN_OR_RETURN(const ledger::Loaded loaded, log.Load(asked, ""));
    for (size_t i = 0; i < asked.size(); ++i) {
      // Only an erasure writes a person's stream.
      if (loaded.streams[i].version == ledger::kAbsent) continue;
      RETURN_IF_ERROR(vault.Erase(asked[i].stream));
    }
  }
  return absl::OkStatus();
}

}  // namespace suyuan::registry
