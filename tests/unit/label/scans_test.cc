// Counts of scans: what is kept, for how long, and what they give rise to.
#include "services/label/scans.h"

#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "storage/base/bytes.h"
#include "storage/base/text.h"
#include "tests/support/test.h"

namespace suyuan::label {
namespace {

constexpr char kRun[] = "labelRuns/T3ST00000000000000R0";
constexpr char kBatch[] = "batches/T3ST00000000000000B0";

class ScansTest : public testing::Test {
 protected:
  void Open() {
    scans_.reset();
    absl::StatusOr<std::unique_ptr<Scans>> opened =
        Scans::Open({.dir = dir_ / "scans", .clock = &clock_});
    ASSERT_OK(opened);
    scans_ = *std::move(opened);
  }
  void SetUp() override { Open(); }
  void Count(int number, int network = 0, std::vector<v1::ScanSignal> signals = {},
             const std::string& batch = kBatch) {
    EXPECT_OK(scans_->Count({kRun, number, batch, network, std::move(signals)}));
  }
  Scanned Of(int number) { return *scans_->Find(kRun, number); }
  // "batch signal labels".
  std::set<std::string> Clusters() {
    EXPECT_OK(scans_->Write());
    std::set<std::string> all;
    const std::unique_ptr<kv::Iterator> row = scans_->Clusters();
    for (row->Seek(""); row->Valid(); row->Next()) {
      const std::string key(row->key());
      const SignalCluster cluster = *Scans::ParseCluster(row->value());
      all.insert(StrCat(key.substr(key.size() - 4, 2), " ", int{key.back()}, " ", cluster.labels));
    }
    return all;
  }
  // Of all clusters.
  std::map<std::string, int> Places() {
    EXPECT_OK(scans_->Write());
    std::map<std::string, int> labels;
    const std::unique_ptr<kv::Iterator> row = scans_->Clusters();
    for (row->Seek(""); row->Valid(); row->Next()) {
      const SignalCluster cluster = *Scans::ParseCluster(row->value());
      for (const auto& [place, at] : cluster.places) labels[TextOf(place)] += at.labels;
    }
    return labels;
  }
  void CountIn(int number, std::string_view place, std::vector<v1::ScanSignal> signals = {}) {
    EXPECT_OK(scans_->Count({kRun, number, kBatch, 0, std::move(signals), PlaceOf(place)}));
  }
  void Days(int count) { clock_.Advance(absl::Hours(24 * count)); }

  test::TempDir dir_;
  test::FakeClock clock_;
  std::unique_ptr<Scans> scans_;
};

TEST_F(ScansTest, KnowsFirstDayLastDayAndNumberBeforeAndAfterTheyAreWritten) {
  EXPECT_EQ(Of(1).first_day, 0);
  EXPECT_EQ(scans_->TextOf(0), "");
  const Day begin = scans_->Today();
  for (int i = 0; i < 3; ++i) Count(1);
  EXPECT_EQ(Of(1).count, 3);
  ASSERT_OK(scans_->Write());
  Days(2);
  Count(1);
  for (int i = 0; i < 2; ++i) {  // In memory, then read back.
    EXPECT_EQ(Of(1).first_day, begin);
    EXPECT_EQ(Of(1).last_day, begin + 2);
    EXPECT_EQ(Of(1).count, 4);
    EXPECT_EQ(Of(2).count, 0);
    Open();
  }
  EXPECT_EQ(scans_->TextOf(begin), absl::FormatTime("%Y-%m-%d", clock_.Now() - absl::Hours(48),
                                                    absl::FixedTimeZone(8 * 3600)));
}

TEST_F(ScansTest, CountsStopRatherThanWrap) {
  for (int i = 0; i < 70'000; ++i) Count(1);
  EXPECT_EQ(Of(1).count, 65'535);
  ASSERT_OK(scans_->Write());
  Count(1);
  ASSERT_OK(scans_->Write());
  EXPECT_EQ(Of(1).count, 65'535);
}

TEST_F(ScansTest, AfterNinetyDaysNothingButTheFirstDayIsKept) {
  const Day begin = scans_->Today();
  Count(1, 5, {v1::SCAN_SIGNAL_VOID_SCANNED});
  ASSERT_OK(scans_->Write());
  Days(kScansKeptDays - 1);
  EXPECT_EQ(Of(1).count, 1);
  Days(1);
  EXPECT_EQ(Of(1).count, 0);  // Not shown, whether it is gone yet or not.
  EXPECT_EQ(Of(1).signals, 0);
  EXPECT_EQ(Of(1).first_day, begin);
  Open();  // Gone.
  clock_.Advance(-absl::Hours(24));
  EXPECT_EQ(Of(1).count, 0);
  EXPECT_EQ(Of(1).last_day, 0);
  EXPECT_EQ(Of(1).first_day, begin);
  EXPECT_TRUE(Clusters().empty());
}

// A label that is scanned every day must not keep what is older than the rest may be.
TEST_F(ScansTest, ALabelInConstantUseForgetsLikewise) {
  for (int day = 0; day <= kScansKeptDays; ++day) {
    Count(1);
    ASSERT_OK(scans_->Write());
    Days(1);
  }
  EXPECT_EQ(Of(1).count, 1);
  Days(kScansKeptDays);
  ASSERT_OK(scans_->Write());
  clock_.Advance(-absl::Hours(24 * kScansKeptDays));
  EXPECT_EQ(Of(1).count, 0);
}

// Whoever scans reads what was before him; in memory, while it is written, and when it is written.
TEST_F(ScansTest, AScanIsToldWhatWasBeforeIt) {
  const auto count = [&](int number) {
    return scans_->Count({kRun, number, kBatch, 0, {}})->count;
  };
  EXPECT_EQ(count(1), 0);
  EXPECT_EQ(count(1), 1);
  ASSERT_OK(scans_->Write());
  EXPECT_EQ(count(1), 2);
  Open();
  EXPECT_EQ(count(1), 3);
  EXPECT_EQ(scans_->Count({kRun, 2, kBatch, 0, {}})->first_day, 0);
  Days(kScansKeptDays);
  const Scanned later = *scans_->Count({kRun, 1, kBatch, 0, {}});
  EXPECT_EQ(later.count, 0);
  EXPECT_EQ(later.first_day, scans_->Today() - kScansKeptDays);
}

// Scans that meet a write are neither lost nor counted twice.
TEST_F(ScansTest, NoScanIsLostToAWriteThatRunsBesideIt) {
  constexpr int kScans = 20'000, kLabels = 50;
  std::thread writer([&] {
    for (int i = 0; i < 200; ++i) EXPECT_OK(scans_->Write());
  });
  std::thread other([&] {
    for (int i = 0; i < kScans; ++i) Count(1 + i % kLabels);
  });
  for (int i = 0; i < kScans; ++i) Count(1 + i % kLabels);
  writer.join();
  other.join();
  int all = 0;
  for (int number = 1; number <= kLabels; ++number) all += Of(number).count;
  EXPECT_EQ(all, 2 * kScans);
}

// A crash loses minutes, not days.
TEST_F(ScansTest, AfterAWhileWhatIsCountedIsInFiles) {
  const auto in_files = [&] {  // What a crash would leave.
    std::filesystem::remove_all(dir_ / "copy");
    std::filesystem::copy(dir_ / "scans", dir_ / "copy", std::filesystem::copy_options::recursive);
    const auto copy = Scans::Open({.dir = dir_ / "copy", .clock = &clock_});
    EXPECT_OK(copy);
    return (*copy)->Find(kRun, 1)->count;
  };
  Count(1);
  scans_->WriteIfDue();
  EXPECT_EQ(in_files(), 0);
  clock_.Advance(Scans::kFlushAge);
  scans_->WriteIfDue();
  EXPECT_EQ(in_files(), 1);
  EXPECT_EQ(Of(1).count, 1);
}

TEST_F(ScansTest, RowsAreWrittenWhenManyArePendingOrSomeAreOld) {
  const auto rows = [&] {
    int count = 0;
    const std::unique_ptr<kv::Iterator> row = scans_->Clusters();
    for (row->Seek(""); row->Valid(); row->Next())
      count += Scans::ParseCluster(row->value())->labels;
    return count;
  };
  const std::vector<v1::ScanSignal> any = {v1::SCAN_SIGNAL_VOID_SCANNED};
  Count(1, 0, any);
  scans_->WriteIfDue();
  EXPECT_EQ(rows(), 0);
  clock_.Advance(Scans::kWriteAge);
  scans_->WriteIfDue();
  EXPECT_EQ(rows(), 1);
  for (int i = 0; i < static_cast<int>(Scans::kPendingMax); ++i) Count(2 + i, 0, any);
  scans_->WriteIfDue();
  EXPECT_EQ(rows(), 1 + static_cast<int>(Scans::kPendingMax));
}

// A disk that does not keep up costs counts, not memory.
TEST_F(ScansTest, IsBoundedInMemory) {
  const int max = static_cast<int>(Scans::kHeldMax);
  for (int i = 1; i <= max + 100; ++i) Count(i);
  EXPECT_EQ(Of(max).count, 1);
  EXPECT_EQ(Of(max + 1).count, 0);
  Count(max);
  EXPECT_EQ(Of(max).count, 2);
}

// Whatever the networks were, the same is written: nothing on disk leads to one.
TEST_F(ScansTest, WhatIsWrittenDoesNotDependOnWhichNetworksTheyWere) {
  const auto rows_with = [&](int tag) {
    const std::string dir = StrCat(dir_.path(), "/tag-", tag);
    {
      const auto scans = Scans::Open({.dir = dir, .clock = &clock_});
      EXPECT_OK(scans);
      for (int i = 0; i < 30; ++i) {
        EXPECT_OK(
            (*scans)->Count({kRun, 1 + i % 3, kBatch, tag + i, {v1::SCAN_SIGNAL_VOID_SCANNED}}));
      }
    }
    kv::DbOptions options;
    options.dir = dir;
    options.families = {{"labels"}, {"periods", kv::Usage::kSequential}, {"clusters"}, {"places"}};
    const auto db = kv::Db::Open(options);
    EXPECT_OK(db);
    std::vector<std::string> rows;
    for (int family = 0; family < 3; ++family) {
      const std::unique_ptr<kv::Iterator> row = (*db)->NewIterator(family);
      for (row->Seek(""); row->Valid(); row->Next()) {
        rows.push_back(StrCat(row->key(), "=", row->value()));
      }
    }
    return rows;
  };
  const std::vector<std::string> rows = rows_with(1000);
  EXPECT_EQ(rows.size(), 3u + 3u + 1u);
  EXPECT_EQ(rows, rows_with(40'000));
}

TEST_F(ScansTest, KeepsTheFirstScansPlaceWithItsDay) {
  CountIn(1, "CN-YN");
  CountIn(1, "CN-GD");
  CountIn(2, "LA");
  CountIn(3, "CN-YN-5323");  // No place that we know of.
  Count(4);
  CountIn(4, "CN-YN");           // Nobody knows where the first was.
  for (int i = 0; i < 2; ++i) {  // In memory, then read back.
    EXPECT_EQ(TextOf(Of(1).first_place), "CN-YN");
    EXPECT_EQ(TextOf(Of(2).first_place), "LA");
    EXPECT_EQ(TextOf(Of(3).first_place), "");
    EXPECT_EQ(TextOf(Of(4).first_place), "");
    EXPECT_EQ(TextOf(Of(4).visits[0].place), "CN-YN");
    Open();
  }
  Days(kScansKeptDays);
  Open();
  EXPECT_EQ(Of(1).count, 0);
  EXPECT_EQ(TextOf(Of(1).first_place), "CN-YN");
  EXPECT_EQ(Of(1).visits[0].day, 0);
  CountIn(4, "CN-GD");
  EXPECT_EQ(TextOf(Of(4).first_place), "");
}

TEST_F(ScansTest, ReadsTheRowsOfBeforePlaces) {
  {
    kv::DbOptions options;
    options.dir = dir_ / "earlier";
    options.families = {{"labels"}, {"periods", kv::Usage::kSequential}, {"clusters"}};
    const auto db = kv::Db::Open(options);
    ASSERT_OK(db);
    std::string row;
    for (const int part : {20'000, 20'001, 20'000}) PutU32(row, static_cast<uint32_t>(part));
    PutU16(row, 7);
    row += std::string("\x02\x00", 2);
    kv::WriteBatch write;
    std::string key = kRun;
    PutU32(key, 1);
    write.Put(0, key, row);
    ASSERT_OK((*db)->Write(write));
  }
  clock_.Advance(absl::FromUnixSeconds(20'002 * 86'400) - clock_.Now());
  const auto earlier = Scans::Open({.dir = dir_ / "earlier", .clock = &clock_});
  ASSERT_OK(earlier);
  const Scanned scanned = *(*earlier)->Find(kRun, 1);
  EXPECT_EQ(scanned.count, 7);
  EXPECT_EQ(scanned.networks, 2);
  EXPECT_EQ(scanned.first_day, 20'000);
  EXPECT_EQ(TextOf(scanned.first_place), "");
}

class SignalTest : public ScansTest {};

TEST_F(SignalTest, MoreThanThreePlacesWithinAWeekAreUnusual) {
  const char* const places[] = {"CN-YN", "CN-GD", "CN-SC", "CN-GX", "CN-GZ"};
  for (int i = 0; i < 3; ++i) CountIn(1, places[i]);
  for (int i = 0; i < 10; ++i) CountIn(1, places[i % 3]);
  EXPECT_FALSE(Of(1).Has(v1::SCAN_SIGNAL_MANY_PLACES));
  CountIn(1, places[3]);
  EXPECT_TRUE(Of(1).Has(v1::SCAN_SIGNAL_MANY_PLACES));
  EXPECT_EQ(Clusters(), (std::set<std::string>{"B0 6 1"}));
  EXPECT_EQ(Places(),
            (std::map<std::string, int>{{"CN-GD", 1}, {"CN-GX", 1}, {"CN-SC", 1}, {"CN-YN", 1}}));
  // Whoever carries a pack about for longer has one place a week; written down in between or not.
  for (const int number : {2, 3}) {
    for (int i = 0; i < 5; ++i) {
      CountIn(number, places[i]);
      if (number == 2) {
        EXPECT_OK(scans_->Write());
      }
      Days(3);
    }
    EXPECT_FALSE(Of(number).Has(v1::SCAN_SIGNAL_MANY_PLACES)) << number;
  }
  // Over several writes as within one.
  for (int i = 0; i < 4; ++i) {
    CountIn(4, places[i]);
    Open();
    Days(1);
  }
  EXPECT_TRUE(Of(4).Has(v1::SCAN_SIGNAL_MANY_PLACES));
}

// Where a table does not know the province of an address it tells the country.
TEST_F(SignalTest, ACountryIsNoPlaceBesideItsProvinces) {
  for (const char* place : {"CN", "CN-YN", "CN-GD", "CN-SC", "CN", "CN-YN"}) CountIn(1, place);
  EXPECT_FALSE(Of(1).Has(v1::SCAN_SIGNAL_MANY_PLACES));
  CountIn(1, "LA");
  EXPECT_TRUE(Of(1).Has(v1::SCAN_SIGNAL_MANY_PLACES));
  for (const char* place : {"CN-YN", "CN-GD", "CN-SC", "CN", "CN"}) CountIn(2, place);
  EXPECT_FALSE(Of(2).Has(v1::SCAN_SIGNAL_MANY_PLACES));
}

TEST_F(SignalTest, AClusterSaysWhereItsLabelsGaveTheSignalFirst) {
  const std::vector<v1::ScanSignal> voided = {v1::SCAN_SIGNAL_VOID_SCANNED};
  for (int number = 1; number <= 5; ++number) CountIn(number, "CN-GD", voided);
  CountIn(1, "CN-YN", voided);  // Counted already, though nothing is written yet.
  CountIn(6, "LA", voided);
  CountIn(7, "", voided);
  EXPECT_EQ(Places(), (std::map<std::string, int>{{"CN-GD", 5}, {"LA", 1}}));
  Days(1);
  CountIn(1, "CN-YN", voided);
  CountIn(8, "CN-YN", voided);
  EXPECT_EQ(Places(), (std::map<std::string, int>{{"CN-GD", 5}, {"CN-YN", 1}, {"LA", 1}}));
  Open();
  EXPECT_EQ(Places().size(), 3u);
  // What is younger keeps the cluster, not what is older in it.
  Days(kScansKeptDays - 1);
  CountIn(9, "", voided);
  EXPECT_EQ(Places(), (std::map<std::string, int>{{"CN-YN", 1}}));
  Days(kScansKeptDays);
  EXPECT_TRUE(Places().empty());
}

TEST_F(SignalTest, ManyNetworksOnOneDayAreUnusualAndManyScansOfOneAreNot) {
  for (int i = 0; i < 1000; ++i) Count(1, 7);
  for (int network = 1; network <= kNetworksMax; ++network) Count(2, network);
  EXPECT_FALSE(Of(1).Has(v1::SCAN_SIGNAL_MANY_NETWORKS));
  EXPECT_FALSE(Of(2).Has(v1::SCAN_SIGNAL_MANY_NETWORKS));
  EXPECT_TRUE(Clusters().empty());
  Count(2, 5);  // Known.
  EXPECT_FALSE(Of(2).Has(v1::SCAN_SIGNAL_MANY_NETWORKS));
  Count(2, 11);
  EXPECT_TRUE(Of(2).Has(v1::SCAN_SIGNAL_MANY_NETWORKS));
  EXPECT_EQ(Of(2).networks, kNetworksMax + 1);
  EXPECT_EQ(Clusters(), std::set<std::string>{"B0 1 1"});
}

TEST_F(SignalTest, NetworksOfDifferentDaysAreNotAddedUp) {
  for (int network = 1; network <= 30; ++network) {
    Count(1, network);
    if (network % kNetworksMax == 0) Days(1);
  }
  EXPECT_FALSE(Of(1).Has(v1::SCAN_SIGNAL_MANY_NETWORKS));
}

TEST_F(SignalTest, ClustersByBatchAndSignalCountEachLabelOnce) {
  constexpr char kOther[] = "batches/T3ST00000000000000B1";
  for (int round = 0; round < 3; ++round) {
    for (int number = 1; number <= 8; ++number) {
      Count(number, 0, {v1::SCAN_SIGNAL_VOID_SCANNED});
    }
    Count(100, 0, {v1::SCAN_SIGNAL_VOID_SCANNED, v1::SCAN_SIGNAL_NOT_SHIPPED_SCANNED}, kOther);
    ASSERT_OK(scans_->Write());
    Days(1);
  }
  EXPECT_EQ(Clusters(), (std::set<std::string>{"B0 2 8", "B1 2 1", "B1 5 1"}));
  const std::unique_ptr<kv::Iterator> row = scans_->Clusters();
  row->Seek("");
  const SignalCluster cluster = *Scans::ParseCluster(row->value());
  EXPECT_EQ(cluster.last_day - cluster.first_day, 2);
  EXPECT_EQ(cluster.examples.size(), SignalCluster::kExamplesMax);
  EXPECT_EQ(cluster.examples[0].run.name, kRun);
}

// One label copied a hundred times and sold in five places is told within twenty scans; households,
// neighbours and shops are not. Phones of one place share some networks (carriers' address pools).
TEST_F(SignalTest, APlantedCloneIsToldAndHonestTrafficIsNot) {
  constexpr int kHonest = 20'000, kClones = 200;
  std::mt19937_64 random = test::SeededRandom();
  const auto pick = [&](int count) { return 1 + static_cast<int>(random() % count); };
  int false_alerts = 0;
  for (int number = 1; number <= kHonest; ++number) {
    // Nine in ten are scanned by a household or two, one in ten stands on a shelf or is shown to
    // friends.
    const int people = number % 10 == 0 ? pick(8) : pick(2);
    for (int i = 0; i < people * pick(3); ++i) Count(number, 1 + pick(people) + number % 60'000);
    if (number % 1000 == 0) {
      ASSERT_OK(scans_->Write());
    }
    false_alerts += Of(number).Has(v1::SCAN_SIGNAL_MANY_NETWORKS);
  }
  int told = 0;
  for (int clone = 1; clone <= kClones; ++clone) {
    const int number = kHonest + clone;
    for (int scan = 0; scan < 20; ++scan) Count(number, pick(5) * 10 + pick(6));
    told += Of(number).Has(v1::SCAN_SIGNAL_MANY_NETWORKS);
  }
  EXPECT_LE(false_alerts, kHonest / 1000);
  EXPECT_GE(told, kClones * 95 / 100);
}

// The same by provinces alone. A pack is bought at home, one in twenty is sent to another province,
// one in two hundred travels through a third; of one scan in twenty the table knows the country
// alone, of one in fifty another province.
TEST_F(SignalTest, ACloneSoldInFiveProvincesIsToldByThemAndHonestTrafficIsNot) {
  constexpr int kHonest = 20'000, kClones = 200;
  const char* const provinces[] = {"CN-YN", "CN-GD", "CN-SC", "CN-GX", "CN-GZ"};
  std::mt19937_64 random = test::SeededRandom();
  const auto one_in = [&](int count) { return random() % static_cast<uint64_t>(count) == 0; };
  const auto scan = [&](int number, uint64_t province) {
    CountIn(number, one_in(20) ? "CN" : one_in(50) ? provinces[random() % 5] : provinces[province]);
  };
  int false_alerts = 0;
  for (int number = 1; number <= kHonest; ++number) {
    const uint64_t home = random() % 5;
    const uint64_t away = one_in(20) ? random() % 5 : home;
    const uint64_t beyond = one_in(200) ? random() % 5 : away;
    for (const uint64_t province : {home, home, away, beyond}) scan(number, province);
    if (number % 1000 == 0) {
      ASSERT_OK(scans_->Write());
    }
    false_alerts += Of(number).Has(v1::SCAN_SIGNAL_MANY_PLACES);
  }
  int told = 0;
  for (int clone = 1; clone <= kClones; ++clone) {
    for (int i = 0; i < 20; ++i) scan(kHonest + clone, random() % 5);
    told += Of(kHonest + clone).Has(v1::SCAN_SIGNAL_MANY_PLACES);
  }
  EXPECT_LE(false_alerts, kHonest / 1000);
  EXPECT_GE(told, kClones * 95 / 100);
}

}  // namespace
}  // namespace suyuan::label
