// Rows of the trace view: which family, which key, which message. Everything here is derived from
// the log and can be deleted.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/kv/db.h"

namespace suyuan::trace {

enum Family {
  kThings,  // Resource name → the event that registered it (PartyRegistered, SiteRegistered, …);
            // recall, no drill → v1.OpenRecall; "closed|{recall}" → v1.TimelineEntry of who last
            // closed it;
            // "revoked|{key}" → claim.v1.KeyRevocation;
            // "attested|{key}|{be64 record time}" → event.v1.ChangeApproved;
            // "released|{batch}" → event.v1.Inheritance of its releases, where it has any;
            // "certified|{holder}|{product}|{certification}" → v1.HeldCertification, and
            // "certified-end|{certification}" → v1.TimelineEntry of what ended it.
  kBatches,   // Batch name → v1.Batch; "party|{party}|{^sequence}" and "all|…" list them;
              // "seen|{party}|{^sequence}" those a party may see (access.h).
  kEdges,     // "in|{child}|{parent}" and "out|{parent}|{child}" → claim.v1.BatchQuantity.
  kHoldings,  // "{batch}|{site or shipment}" → v1.Holding; "stock|{party}|{site}|{batch}" lists.
  kTimeline,  // "{batch}|{be64 sequence}{be16 index}" → v1.TimelineEntry.
  kTests,     // "{batch}|{be64 sequence}" → v1.Test.
  kFamilyCount,
};

inline std::vector<kv::Family> ViewFamilies() {
  return {{"things", kv::Usage::kLookup},   {"batches", kv::Usage::kLookup},
          {"edges", kv::Usage::kLookup},    {"holdings", kv::Usage::kLookup},
          {"timeline", kv::Usage::kLookup}, {"tests", kv::Usage::kLookup}};
}

// The size of the log the view stands for, in the view itself, so that a snapshot knows its own.
inline constexpr std::string_view kSizeKey = "!size";

std::string RevokedKey(std::string_view key);
// What all of a key's begin with; each goes on with its record time in microseconds.
std::string AttestedKey(std::string_view key);
std::string ClosedKey(std::string_view recall);
std::string ReleasedKey(std::string_view batch);
// With an empty `certification`: what all of a holder's product begin with.
std::string CertifiedKey(std::string_view holder, std::string_view product,
                         std::string_view certification);
std::string CertificationEndKey(std::string_view certification);
std::string InEdgeKey(std::string_view child, std::string_view parent);
std::string OutEdgeKey(std::string_view parent, std::string_view child);
std::string HoldingKey(std::string_view batch, std::string_view place);
std::string StockKey(std::string_view party, std::string_view site, std::string_view batch);
std::string TimelineKey(std::string_view batch, uint64_t sequence, int index);
// `sequence`: of the result's record, which holds one result.
std::string TestKey(std::string_view batch, uint64_t sequence);
// Sorts newest first.
std::string BatchListKey(std::string_view list, uint64_t sequence, int index);
// The row that a party may see a batch, `sequence` of which made it; also lists them.
std::string SeenKey(std::string_view party, uint64_t sequence, std::string_view batch);

}  // namespace suyuan::trace
