#include "services/trace/journey.h"

#include <algorithm>
#include <limits>
#include <set>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "services/domain/chain_rules.h"
#include "services/domain/deciders.h"
#include "services/domain/time.h"
#include "services/trace/rows.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "suyuan/event/v1/event.pb.h"

namespace suyuan::trace {
namespace {

// A batch the journey's batch is made of, or that batch itself.
struct Part {
  std::string batch;
  uint64_t until = 0;  // The sequence its last used amount left it at; no end for the batch itself.
};

// Nearest first, each once, the batch itself in front.
absl::StatusOr<std::vector<Part>> PartsOf(const View& view, const std::string& root) {
  std::vector<Part> parts = {{root, std::numeric_limits<uint64_t>::max()}};
  absl::flat_hash_map<std::string, size_t> places = {{root, 0}};
  for (size_t next = 0; next < parts.size(); ++next) {
    const std::string child = parts[next].batch;
    v1::Batch made;
    ASSIGN_OR_RETURN(const bool found, view.Find(kBatches, child, &made));
    if (!found) return absl::DataLossError(StrCat("an edge leads to no batch: ", child));
    const auto sequence = static_cast<uint64_t>(made.sequence());
    RETURN_IF_ERROR(view.ForEach<claim::v1::BatchQuantity>(
        kEdges, InEdgeKey(child, ""), [&](const claim::v1::BatchQuantity& input) {
          const auto [place, fresh] = places.emplace(input.batch(), parts.size());
          if (fresh) {
            parts.push_back({input.batch(), sequence});
          } else {
            parts[place->second].until = std::max(parts[place->second].until, sequence);
          }
          return true;
        }));
  }
  return parts;
}

void AddWord(std::string* words, const std::string& word) {
  const std::string_view all = *words;
  if (word.empty() || StrCat("、", all, "、").find(StrCat("、", word, "、")) != std::string::npos) {
    return;
  }
  *words = words->empty() ? word : StrCat(*words, "、", word);
}

// Who grew it, where: names of several plots are joined.
absl::Status FillOrigin(const View& view, const event::v1::BatchHarvested& harvested,
                        v1::Origin* origin) {
  const claim::v1::Harvest& claim = harvested.claim();
  origin->set_batch(harvested.batch());
  ASSIGN_OR_RETURN(*origin->mutable_party_name(), view.NameOf(harvested.party()));
  for (const std::string& name : claim.plots()) {
    event::v1::PlotRegistered plot;
    ASSIGN_OR_RETURN(const bool found, view.Find(kThings, name, &plot));
    if (!found) continue;
    AddWord(origin->mutable_township(), plot.claim().township());
    AddWord(origin->mutable_village(), plot.claim().village());
    AddWord(origin->mutable_plot_name(), plot.claim().name());
    if (origin->plot_kind() == claim::v1::PLOT_KIND_UNSPECIFIED) {
      origin->set_plot_kind(plot.claim().kind());
    }
  }
  *origin->mutable_harvest_time() = claim.occur().time();
  *origin->mutable_quantity() = claim.quantity();
  return absl::OkStatus();
}

// Of the earliest and the latest of all.
void WidenHarvest(const google::protobuf::Timestamp& time, v1::Journey* journey) {
  const absl::Time harvest = domain::TimeOf(time);
  if (!journey->has_first_harvest_time() ||
      harvest < domain::TimeOf(journey->first_harvest_time())) {
    *journey->mutable_first_harvest_time() = time;
  }
  if (!journey->has_last_harvest_time() || harvest > domain::TimeOf(journey->last_harvest_time())) {
    *journey->mutable_last_harvest_time() = time;
  }
}

// `certified`: what the rows of certifications begin with that cover a harvest, of each.
absl::Status FillOrigins(const View& view, const std::vector<Part>& parts,
                         std::set<std::string>* certified, v1::Journey* journey) {
  int total = 0;
  for (const Part& part : parts) {
    event::v1::BatchHarvested harvested;
    ASSIGN_OR_RETURN(const bool harvest,
                     view.Find(kThings, StrCat("harvest|", part.batch), &harvested));
    if (!harvest) continue;
    certified->insert(CertifiedKey(harvested.party(), harvested.claim().product(), ""));
    // The day its grower says, and the day he said it: one alone he could choose.
    WidenHarvest(harvested.claim().occur().time(), journey);
    v1::Batch batch;
    ASSIGN_OR_RETURN(const bool found, view.Find(kBatches, part.batch, &batch));
    if (found) WidenHarvest(batch.record_time(), journey);
    if (total++ < kOriginsMax) RETURN_IF_ERROR(FillOrigin(view, harvested, journey->add_origins()));
  }
  journey->set_origins_total(total);
  return absl::OkStatus();
}

// Whether a certification is among the rows of every one of these beginnings.
absl::StatusOr<bool> CoversAll(const View& view, const std::set<std::string>& certified,
                               const std::string& certification) {
  for (const std::string& beginning : certified) {
    ASSIGN_OR_RETURN(const bool covers, view.Has(kThings, StrCat(beginning, certification)));
    if (!covers) return false;
  }
  return true;
}

// False: it never held. An end that somebody else may have signed is taken back, but where one
// stood already: that may have been lost with it.
absl::StatusOr<bool> StandsStill(const View& view, v1::HeldCertification* held) {
  if (!held->has_end()) return true;
  v1::TimelineEntry end;
  ASSIGN_OR_RETURN(const bool found,
                   view.Find(kThings, CertificationEndKey(held->certification()), &end));
  if (!found) return absl::DataLossError("a certification's end is missing");
  ASSIGN_OR_RETURN(const v1::Standing standing, view.StandingOf(end.key(), end.record_time()));
  if (standing == v1::STANDING_DISPUTED) {
    held->clear_end();
    return end.detail().empty();
  }
  return held->end().cause() != claim::v1::CertificationEnd::CAUSE_ERROR;
}

absl::Status FillCertifications(const View& view, const std::set<std::string>& certified,
                                v1::Journey* journey) {
  if (certified.empty()) return absl::OkStatus();
  std::vector<v1::HeldCertification> held;
  RETURN_IF_ERROR(view.ForEach<v1::HeldCertification>(kThings, *certified.begin(), [&](auto& row) {
    held.push_back(std::move(row));
    return true;
  }));
  std::sort(held.begin(), held.end(),
            [](const auto& a, const auto& b) { return a.sequence() > b.sequence(); });
  for (v1::HeldCertification& one : held) {
    if (journey->certifications_size() == kCertificationsMax) break;
    ASSIGN_OR_RETURN(const bool covers, CoversAll(view, certified, one.certification()));
    ASSIGN_OR_RETURN(const v1::Standing standing, view.StandingOf(one.key(), one.record_time()));
    // What somebody else may have signed shows nothing as good.
    if (!covers || standing == v1::STANDING_DISPUTED) continue;
    ASSIGN_OR_RETURN(const bool stands, StandsStill(view, &one));
    if (!stands) continue;
    one.set_standing(standing);
    ASSIGN_OR_RETURN(*one.mutable_authority_name(), view.NameOf(one.authority_name()));
    *journey->add_certifications() = std::move(one);
  }
  return absl::OkStatus();
}

uint64_t SequenceOf(const v1::TimelineEntry& entry) {
  return std::strtoull(entry.event().c_str(), nullptr, 10);
}

absl::Status FillSteps(const View& view, const std::vector<Part>& parts, v1::Journey* journey) {
  std::vector<v1::TimelineEntry> steps;
  absl::flat_hash_set<std::string> events;  // One event of several batches: the nearest one's.
  for (size_t i = 0; i < std::min(parts.size(), kAncestorsRead); ++i) {
    RETURN_IF_ERROR(view.ForEach<v1::TimelineEntry>(kTimeline, StrCat(parts[i].batch, "|"),
                                                    [&](v1::TimelineEntry& entry) {
                                                      if (SequenceOf(entry) > parts[i].until)
                                                        return false;
                                                      if (entry.kind() == "shipment_dispatched")
                                                        journey->set_shipped(true);
                                                      if (events.insert(entry.event()).second)
                                                        steps.push_back(std::move(entry));
                                                      return true;
                                                    }));
  }
  std::stable_sort(steps.begin(), steps.end(),
                   [](const auto& a, const auto& b) { return SequenceOf(a) < SequenceOf(b); });
  const size_t first = steps.size() - std::min<size_t>(steps.size(), kStepsMax);
  for (size_t i = first; i < steps.size(); ++i) {
    RETURN_IF_ERROR(view.AddNames(&steps[i]));
    *journey->add_steps() = std::move(steps[i]);
  }
  return absl::OkStatus();
}

// A measured result that no signatory stands for.
absl::StatusOr<bool> Provisional(const View& view, const v1::Test& test) {
  if (domain::OnlyScreenings(test.result())) return false;
  if (!test.has_issue_time()) return true;
  ASSIGN_OR_RETURN(const v1::Standing standing,
                   view.StandingOf(test.issue_key(), test.issue_time()));
  return standing == v1::STANDING_DISPUTED;
}

absl::Status FillTests(const View& view, const std::vector<Part>& parts, v1::Journey* journey) {
  std::vector<v1::Test> tests;
  for (size_t i = 0; i < std::min(parts.size(), kAncestorsRead); ++i) {
    RETURN_IF_ERROR(view.ForEach<v1::Test>(kTests, StrCat(parts[i].batch, "|"), [&](auto& test) {
      tests.push_back(std::move(test));
      return true;
    }));
  }
  const auto newest_first = [](const v1::Test& a, const v1::Test& b) {
    return a.sequence() > b.sequence();
  };
  std::sort(tests.begin(), tests.end(), newest_first);
  for (v1::Test& test : tests) {
    if (journey->tests_size() == kTestsMax) break;
    ASSIGN_OR_RETURN(const v1::Standing standing, view.StandingOf(test.key(), test.record_time()));
    test.set_standing(standing);
    const bool bad = test.result().verdict() == claim::v1::VERDICT_NON_CONFORMANT;
    // What somebody else may have signed shows nothing as good.
    if (standing == v1::STANDING_DISPUTED && !bad) continue;
    ASSIGN_OR_RETURN(const bool provisional, Provisional(view, test));
    test.set_provisional(provisional);
    if (provisional && !bad) {
      test.mutable_result()->clear_results();
      test.mutable_result()->clear_verdict();
    }
    ASSIGN_OR_RETURN(*test.mutable_lab_name(), view.NameOf(test.lab_name()));
    *journey->add_tests() = std::move(test);
  }
  return absl::OkStatus();
}

absl::Status FillState(const View& view, v1::Journey* journey) {
  const v1::Batch& batch = journey->batch();
  if (batch.holds_size() > 0) {
    event::v1::HoldPlaced hold;
    RETURN_IF_ERROR(view.Find(kThings, batch.holds(batch.holds_size() - 1), &hold).status());
    journey->set_on_hold(true);
    journey->set_hold_cause(hold.cause());
  }
  ASSIGN_OR_RETURN(std::optional<v1::OpenRecall> recall, view.OpenRecallOf(batch));
  if (recall.has_value()) *journey->mutable_recall() = *std::move(recall);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::Journey> JourneyOf(const View& view, const std::string& name) {
  v1::Journey journey;
  ASSIGN_OR_RETURN(const bool found, view.FindBatch(name, journey.mutable_batch()));
  if (!found) return domain::NotFound(name);
  event::v1::ProductRegistered product;
  ASSIGN_OR_RETURN(const bool known, view.Find(kThings, journey.batch().product(), &product));
  if (known) *journey.mutable_product() = product.claim();
  ASSIGN_OR_RETURN(const std::vector<Part> parts, PartsOf(view, name));
  std::set<std::string> certified;
  RETURN_IF_ERROR(FillOrigins(view, parts, &certified, &journey));
  RETURN_IF_ERROR(FillCertifications(view, certified, &journey));
  RETURN_IF_ERROR(FillTests(view, parts, &journey));
  RETURN_IF_ERROR(FillSteps(view, parts, &journey));
  RETURN_IF_ERROR(FillState(view, &journey));
  journey.set_sequence(journey.batch().sequence());
  ASSIGN_OR_RETURN(const uint64_t size, view.Size());
  journey.set_as_of_size(static_cast<int64_t>(size));
  return journey;
}

}  // namespace suyuan::trace
