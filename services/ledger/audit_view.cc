#include "services/ledger/audit_view.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "services/domain/chain_rules.h"
#include "services/domain/error.h"
#include "services/domain/time.h"
#include "services/rpc/hashes.h"
#include "services/rpc/listing.h"
#include "services/store/events.h"
#include "services/tlog/proof.h"
#include "storage/base/clock.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/item_proof.h"
#include "suyuan/event/v1/event.pb.h"

namespace suyuan::ledger {
namespace {

using suyuan::v1::Access;
using suyuan::v1::ListAccessRequest;

constexpr std::string_view kAll = "all";

Access MessageOf(const domain::EventAt& at) {
  const event::v1::AccessSummed& sum = at.event.access_summed();
  Access access;
  access.set_name(StrCat(at.sequence, ".", at.index));
  access.set_party(sum.party());
  access.set_member(sum.member());
  access.set_key(sum.key());
  access.set_method(sum.method());
  suyuan::v1::Reason reason = suyuan::v1::REASON_UNSPECIFIED;
  if (suyuan::v1::Reason_Parse(sum.reason(), &reason)) access.set_reason(reason);
  if (!sum.method().empty()) {
    access.set_outcome(sum.reason().empty() ? suyuan::v1::OUTCOME_ANSWERED
                                            : suyuan::v1::OUTCOME_REFUSED);
  }
  access.set_count(sum.count());
  *access.mutable_first_time() = domain::StampOf(FromMicros(sum.first_micros()));
  *access.mutable_last_time() = domain::StampOf(FromMicros(sum.last_micros()));
  *access.mutable_record_time() = domain::StampOf(at.record_time);
  return access;
}

// Whole, or the last words of it.
bool IsMethod(std::string_view method, std::string_view asked) {
  if (asked.empty() || method == asked) return true;
  if (!method.ends_with(asked)) return false;
  const char before = method[method.size() - asked.size() - 1];
  return before == '.' || before == '/';
}

bool Chosen(const ListAccessRequest& request, const Access& access) {
  if (!request.party().empty() && request.party() != access.party()) return false;
  if (!request.member().empty() && request.member() != access.member()) return false;
  if (!request.key().empty() && request.key() != access.key()) return false;
  if (request.reason() != 0 && request.reason() != access.reason()) return false;
  if (request.outcome() != 0 && request.outcome() != access.outcome()) return false;
  if (request.has_from_time() &&
      domain::TimeOf(access.last_time()) < domain::TimeOf(request.from_time())) {
    return false;
  }
  if (request.has_until_time() &&
      domain::TimeOf(access.first_time()) >= domain::TimeOf(request.until_time())) {
    return false;
  }
  return IsMethod(access.method(), request.method());
}

}  // namespace

std::vector<kv::Family> AccessProjection::families() const { return rpc::ListingFamilies(); }

absl::Status AccessProjection::Apply(const Record& record, index::Rows& rows) {
  return store::ForEachEvent(record, [&rows](const domain::EventAt& at) {
    if (!at.event.has_access_summed()) return absl::OkStatus();
    const Access access = MessageOf(at);
    const std::string position = rpc::NewestFirst(at.sequence, at.index);
    rpc::PutThing(rows, access.name(), position, access);
    rpc::AddToList(rows, kAll, position, access.name());
    for (const std::string& owner : {access.party(), access.key()}) {
      if (!owner.empty()) {
        rpc::AddToList(rows, rpc::ListOf(owner, kAll), position, access.name());
      }
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<suyuan::v1::ListAccessResponse> ListAccess(const kv::Db& view, const rpc::Call& call,
                                                          const ListAccessRequest& request) {
  // The narrowest list there is; the rest of what is asked for is a filter over it.
  std::string list(kAll);
  if (!request.key().empty()) {
    list = rpc::ListOf(request.key(), kAll);
  } else if (!request.party().empty()) {
    list = rpc::ListOf(request.party(), kAll);
  }
  ListAccessRequest filter = request;
  filter.clear_page_size();
  filter.clear_page_token();
  filter.clear_min_sequence();
  ASSIGN_OR_RETURN(const rpc::Page page,
                   rpc::PageOf(call, request, StrCat(list, "|"), filter.SerializeAsString()));
  const std::unique_ptr<kv::Snapshot> snapshot = view.NewSnapshot();
  const std::unique_ptr<kv::Iterator> row = view.NewIterator(rpc::kLists, snapshot.get());
  suyuan::v1::ListAccessResponse response;
  ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      rpc::VisitPage(
          page, *row, [&](std::string_view, std::string_view name) -> absl::StatusOr<bool> {
            Access access;
            ASSIGN_OR_RETURN(const bool found, rpc::FindThing(view, std::string(name), &access,
                                                              nullptr, snapshot.get()));
            if (!found) return absl::DataLossError("a list leads to no sum");
            if (!Chosen(request, access)) return false;
            *response.add_accesses() = std::move(access);
            return true;
          }));
  return response;
}

absl::StatusOr<AccessName> ParseAccessName(const std::string& name) {
  const std::vector<std::string> parts = absl::StrSplit(name, '.');
  AccessName parsed;
  uint64_t index = 0;
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &parsed.sequence) ||
      !absl::SimpleAtoi(parts[1], &index) || name != StrCat(parsed.sequence, ".", index)) {
    return domain::NotFound(name);
  }
  parsed.index = index;
  return parsed;
}

absl::StatusOr<suyuan::v1::GetAccessProofResponse> ProveAccess(Ledger& audit_log,
                                                               const std::string& name,
                                                               const Published& published) {
  ASSIGN_OR_RETURN(const AccessName at, ParseAccessName(name));
  if (at.sequence >= published.head.size) return domain::NotFound(name);
  ASSIGN_OR_RETURN(const Record record, audit_log.GetRecord(at.sequence));
  size_t index = 0, events = 0;
  for (; index < record.items.size(); ++index) {
    if (record.items[index].type == ItemType::kEvent && events++ == at.index) break;
  }
  event::v1::Event event;
  if (index == record.items.size() || !event.ParseFromString(record.items[index].bytes) ||
      !event.has_access_summed()) {
    return domain::NotFound(name);
  }
  ASSIGN_OR_RETURN(const std::vector<Hash> path,
                   audit_log.InclusionProof(at.sequence, published.head.size));
  ASSIGN_OR_RETURN(const std::vector<Hash> content_path, ProveItem(record, index));
  suyuan::v1::GetAccessProofResponse response;
  response.set_name(name);
  response.set_tlog_proof(
      tlog::FormatProof({record.leaf.Encode(), at.sequence, path, published.note}));
  response.set_event(record.items[index].bytes);
  response.set_event_salt(record.items[index].salt);
  response.set_item_index(static_cast<int32_t>(index));
  response.set_item_count(static_cast<int32_t>(record.items.size()));
  rpc::AddHashes(content_path, response.mutable_content_path());
  response.set_level(published.witnessed ? suyuan::v1::LEVEL_WITNESSED
                                         : suyuan::v1::LEVEL_PUBLISHED);
  return response;
}

}  // namespace suyuan::ledger
