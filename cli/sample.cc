#include "cli/sample.h"

#include <algorithm>

#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::cli {
namespace {

constexpr int64_t kUnitBatches = 20;  // 12 harvested, 4 graded, 1 merged, 3 split.
constexpr int64_t kUnitHarvests = 12;
constexpr int64_t kBlockUnits = 50;
constexpr int64_t kCoopsMin = 6, kCoopsMax = 60;  // A unit's twelve harvests: two a cooperative.
constexpr int64_t kPlots = 10;                    // Of a cooperative.
constexpr absl::Duration kSeason = absl::Hours(24 * 25);

constexpr const char* kTownships[] = {"金山镇",   "仁兴镇", "碧城镇", "勤丰镇", "一平浪镇",
                                      "广通镇",   "黑井镇", "土官镇", "罗川镇", "和平镇",
                                      "恐龙山镇", "中村乡", "高峰乡", "妥安乡"};
constexpr int64_t kTownshipCount = std::size(kTownships);
constexpr std::pair<const char*, const char*> kCrops[] = {
    {"番茄", "tomato"}, {"豇豆", "cowpea"}, {"草莓", "strawberry"}};

enum Table : size_t {
  kParties,
  kGrants,
  kApprovals,
  kSites,
  kProducts,
  kProductUses,
  kPlotsTable,
  kHarvests,
  kGradings,
  kShipIn,
  kReceiveIn,
  kMerges,
  kSplits,
  kShipOut,
  kReceiveOut,
  kSamplings,
  kResults,
  kIssuances,
  kTables
};

std::string Kilograms(int64_t amount) { return StrCat(amount, "kg"); }
std::string Key(const char* kind, int64_t unit, int64_t i) { return StrCat(kind, unit, "-", i); }

}  // namespace

const std::vector<SampleTable>& SampleTables() {
  static const std::vector<std::string> kShip = {"_party", "key",   "from",    "to",
                                                 "time",   "batch", "quantity"};
  static const std::vector<std::string> kReceive = {"_party", "shipment", "time"};
  static const auto* tables = new std::vector<SampleTable>{
      {"01-parties", "parties", {"_party", "key", "name", "roles"}},
      {"02-grants",
       "grants",
       {"_party", "key", "party", "role", "until", "certificate", "parameters"}},
      {"03-approvals", "approvals", {"_party", "proposal"}},
      {"04-sites", "sites", {"_party", "key", "name", "kind", "parent", "township"}},
      {"05-products",
       "products",
       {"_party", "key", "name", "name_en", "unit", "net_content", "grades"}},
      {"06-product-uses", "product-uses", {"_party", "product", "party", "allowed"}},
      {"07-plots", "plots", {"_party", "key", "name", "kind", "area", "township"}},
      {"08-harvests",
       "harvests",
       {"_party", "key", "product", "plots", "site", "quantity", "time"}},
      {"09-gradings",
       "gradings",
       {"_party", "key", "batch", "input", "site", "loss", "time", "grade", "quantity"}},
      {"10-shipments", "shipments", kShip},
      {"11-receipts", "receipts", kReceive},
      {"12-merges", "merges", {"_party", "key", "site", "time", "batch", "quantity"}},
      {"13-splits", "splits", {"_party", "key", "batch", "site", "time", "quantity"}},
      {"14-shipments", "shipments", kShip},
      {"15-receipts", "receipts", kReceive},
      {"16-samplings",
       "samplings",
       {"_party", "key", "batch", "purpose", "sample", "seal", "time"}},
      {"17-results",
       "results",
       {"_party", "sampling", "method", "time", "analyte", "analyte_en", "value"}},
      {"18-issuances", "issuances", {"_party", "sampling", "time"}}};
  return *tables;
}

SampleSeason::SampleSeason(const SampleOptions& options)
    : options_(options),
      units_((options.batches + kUnitBatches - 1) / kUnitBatches),
      coops_(std::clamp(options.batches / 500, kCoopsMin, kCoopsMax)),
      random_(options.seed) {}

int64_t SampleSeason::Between(int64_t low, int64_t high) {
  return low + static_cast<int64_t>(random_() % static_cast<uint64_t>(high - low + 1));
}

// Distinct for every act of a unit, so that no two acts say the same.
std::string SampleSeason::Time(int64_t unit, int64_t step) const {
  const absl::Time time =
      absl::FromUnixSeconds(absl::ToUnixSeconds(options_.end - kSeason + kSeason * unit / units_)) +
      absl::Milliseconds(step) + absl::Microseconds(unit % 1000);
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6S+08:00", time, absl::FixedTimeZone(8 * 3600));
}

std::string SampleSeason::Coop(int64_t unit, int64_t i) const {
  return StrCat("coop", (unit + i) % coops_);
}

std::vector<std::string> SampleSeason::parties() const {
  std::vector<std::string> keys;
  for (int64_t i = 0; i < coops_; ++i) keys.push_back(StrCat("coop", i));
  keys.insert(keys.end(), {kSampleHub, kSampleLab});
  return keys;
}

void SampleSeason::Register(Block* block) {
  auto& rows = block->rows;
  for (int64_t i = 0; i < coops_; ++i) {
    const std::string coop = StrCat("coop", i), township = kTownships[i % kTownshipCount];
    rows[kParties].push_back({"operator", coop, StrCat("样例合作社 ", i, " 号"), "cooperative"});
    rows[kSites].push_back({coop, coop + "-farm", StrCat("样例集货点 ", i), "farm", "", township});
    for (int64_t plot = 0; plot < kPlots; ++plot) {
      rows[kPlotsTable].push_back({coop, StrCat(coop, "-plot", plot), StrCat(plot + 1, " 号地"),
                                   "field", StrCat(Between(1, 40), "亩"), township});
    }
  }
  rows[kParties].push_back({"operator", kSampleHub, "样例县域仓配公司", "packer;carrier"});
  rows[kParties].push_back({"operator", kSampleLab, "样例检测中心", ""});
  rows[kGrants].push_back(
      {"operator", "lab-grant", kSampleLab, "lab",
       absl::FormatTime("%Y-%m-%dT%H:%M:%S+08:00", options_.end + absl::Hours(24 * 365),
                        absl::FixedTimeZone(8 * 3600)),
       "CATL-0001", "毒死蜱"});
  rows[kApprovals].push_back({kSampleSecondOperator, "lab-grant"});
  std::vector<Row> stations = {{kSampleHub, "hub", "样例县级集散中心", "county_hub", "", "金山镇"}};
  for (int64_t i = 0; i < kTownshipCount; ++i) {
    stations.push_back({kSampleHub, StrCat("station", i), StrCat("样例", kTownships[i], "站"),
                        "township_station", "hub", kTownships[i]});
  }
  rows[kSites].insert(rows[kSites].begin(), stations.begin(), stations.end());
  for (const auto& [name, english] : kCrops) {
    rows[kProducts].push_back({kSampleHub, english, StrCat("样例", name),
                               StrCat("Sample ", english), "milligram", "500g", "特级;一级"});
    for (int64_t i = 0; i < coops_; ++i) {
      rows[kProductUses].push_back({kSampleHub, english, StrCat("coop", i), "true"});
    }
  }
}

void SampleSeason::AddUnit(int64_t unit, int64_t batches, Block* block) {
  const std::string product = kCrops[unit % std::size(kCrops)].second;
  const bool whole = batches == kUnitBatches;
  std::vector<int64_t> kilograms;
  for (int64_t i = 0; i < (whole ? kUnitHarvests : batches); ++i) {
    const std::string coop = Coop(unit, i);
    kilograms.push_back(Between(100, 999));
    block->rows[kHarvests].push_back({coop, Key("h", unit, i), product,
                                      StrCat(coop, "-plot", Between(0, kPlots - 1)), coop + "-farm",
                                      Kilograms(kilograms.back()), Time(unit, i)});
  }
  if (!whole) return;
  for (int64_t i = 0; i < 2; ++i) {
    const std::string coop = Coop(unit, i), batch = Key("h", unit, i);
    const int64_t best = kilograms[static_cast<size_t>(i)] * 6 / 10;
    const int64_t rest = kilograms[static_cast<size_t>(i)] - best - 1;
    const Row common = {
        coop, "", batch, Kilograms(best + rest + 1), coop + "-farm", "1kg", Time(unit, 20 + i)};
    for (const auto& [grade, amount] : {std::pair{"特级", best}, std::pair{"一级", rest}}) {
      Row row = common;
      row[1] = StrCat(batch, "-", grade);
      row.insert(row.end(), {grade, Kilograms(amount)});
      block->rows[kGradings].push_back(std::move(row));
    }
  }
  AddHub(unit, kilograms, block);
  if (unit % 10 == 0) AddLab(unit, block);
}

void SampleSeason::AddHub(int64_t unit, const std::vector<int64_t>& kilograms, Block* block) {
  auto& rows = block->rows;
  const std::string merged = Key("m", unit, 0);
  int64_t total = 0;
  for (int64_t i = 2; i < 6; ++i) {
    const std::string coop = Coop(unit, i), shipment = Key("in", unit, i),
                      batch = Key("h", unit, i);
    const int64_t amount = kilograms[static_cast<size_t>(i)];
    total += amount;
    rows[kShipIn].push_back(
        {coop, shipment, coop + "-farm", "hub", Time(unit, 30 + i), batch, Kilograms(amount)});
    rows[kReceiveIn].push_back({kSampleHub, shipment, Time(unit, 40 + i)});
    rows[kMerges].push_back({kSampleHub, merged, "hub", Time(unit, 50), batch, Kilograms(amount)});
  }
  const int64_t third = total / 3;
  for (int64_t i = 0; i < 3; ++i) {
    const std::string part = Key("s", unit, i);
    const int64_t amount = i < 2 ? third : total - 2 * third;
    rows[kSplits].push_back({kSampleHub, part, merged, "hub", Time(unit, 51), Kilograms(amount)});
    if (i == 2) continue;
    const std::string shipment = Key("out", unit, i);
    rows[kShipOut].push_back({kSampleHub, shipment, "hub",
                              StrCat("station", (unit + i) % kTownshipCount), Time(unit, 60 + i),
                              part, Kilograms(amount)});
    rows[kReceiveOut].push_back({kSampleHub, shipment, Time(unit, 70 + i)});
  }
}

void SampleSeason::AddLab(int64_t unit, Block* block) {
  const std::string sampling = Key("q", unit, 0);
  block->rows[kSamplings].push_back({kSampleSampler, sampling, Key("h", unit, 6), "routine", "1kg",
                                     StrCat("SAMPLE-", options_.seed, "-", unit), Time(unit, 80)});
  block->rows[kResults].push_back({kSampleLab, sampling, "GB 23200.121-2021", Time(unit, 90),
                                   "毒死蜱", "chlorpyrifos", "<0.01 mg/kg"});
  block->rows[kIssuances].push_back({kSampleSignatory, sampling, Time(unit, 91)});
}

absl::Status SampleSeason::Visit(const std::function<absl::Status(const SampleRows&)>& visit) {
  Block block;
  block.rows.resize(kTables);
  const auto flush = [&]() -> absl::Status {
    for (size_t table = 0; table < kTables; ++table) {
      std::vector<Row>& rows = block.rows[table];
      if (rows.empty()) continue;
      std::stable_sort(rows.begin(), rows.end(),
                       [](const Row& a, const Row& b) { return a[0] < b[0]; });
      RETURN_IF_ERROR(visit({&SampleTables()[table], std::move(rows)}));
      rows.clear();
    }
    return absl::OkStatus();
  };
  Register(&block);
  RETURN_IF_ERROR(flush());
  for (int64_t unit = 0; unit < units_; ++unit) {
    AddUnit(unit, std::min(kUnitBatches, options_.batches - unit * kUnitBatches), &block);
    if (unit % kBlockUnits == kBlockUnits - 1) RETURN_IF_ERROR(flush());
  }
  return flush();
}

}  // namespace suyuan::cli
