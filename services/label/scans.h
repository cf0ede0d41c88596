// What is counted of scans: days and numbers, never who. It is in no log and derived from nothing:
// if its folder is lost, counting begins again. Of an address its province is written, and no more.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "services/label/view.h"
#include "storage/base/clock.h"
#include "storage/base/mutex.h"
#include "storage/kv/db.h"
#include "suyuan/v1/label.pb.h"

namespace suyuan::label {

using Day = int32_t;  // Local, since 1970-01-01; 0: none.

constexpr int kScansKeptDays = 90;  // Of all but a label's first day and its place.
constexpr int kNetworksMax = 10;    // More on one day are unusual.
constexpr int kPlacesMax = 3;       // More within kPlacesDays are unusual.
constexpr int kPlacesDays = 7;

// A province of China or a country (ISO 3166-2 and -1): "CN-YN", "LA". All zeros: not known.
using Place = std::array<char, 6>;
Place PlaceOf(std::string_view code);  // Not known, where it is too long.
std::string TextOf(const Place& place);

// One look at one label's page.
struct Scan {
  std::string run;
  int number = 0;
  std::string batch;
  int network = 0;                      // Tells networks of one day apart; 0: not known.
  std::vector<v1::ScanSignal> signals;  // What the label's state makes unusual.
  Place place{};
};

// What is known of a label.
struct Scanned {
  Day first_day = 0;
  Day last_day = 0;
  int count = 0;        // Of the last kScansKeptDays at most; stops at 65,535.
  int networks = 0;     // The most of one day; stops at kNetworksMax + 1.
  uint8_t signals = 0;  // 1 << v1::ScanSignal.
  Place first_place{};  // Of the first scan.
  struct Visit {
    Place place{};
    Day day = 0;  // The last from there; 0: none.
  };
  std::array<Visit, kPlacesMax + 1> visits{};  // Of the last kPlacesDays.
  bool Has(v1::ScanSignal signal) const { return (signals >> signal & 1) != 0; }
};

// Labels of one batch that gave the same signal.
struct SignalCluster {
  int labels = 0;
  Day first_day = 0;
  Day last_day = 0;
  std::vector<Label> examples;  // Run name and number; at most kExamplesMax.
  struct At {
    int labels = 0;  // That first gave it there.
    Day last_day = 0;
  };
  // Those of no known place are in none; one scanned in many places is in each. Forgotten
  // kScansKeptDays after the last.
  std::map<Place, At> places;
  static constexpr size_t kExamplesMax = 5;
};

struct ScansOptions {
  std::string dir;
  const Clock* clock = nullptr;  // Outlives it.
  int utc_offset_minutes = 480;
  kv::Memory* memory = nullptr;
};

// Thread-safe. Owns its folder.
class Scans {
 public:
  static constexpr size_t kPendingMax = 512;  // Labels counted before their rows are written.
  static constexpr size_t kHeldMax = 16 * kPendingMax;  // Beyond it new labels are not counted.
  static constexpr absl::Duration kWriteAge = absl::Seconds(10);
  static constexpr absl::Duration kFlushAge = absl::Minutes(5);  // Rows are put into files.

  // UNAVAILABLE: another process has it. DATA_LOSS: damaged; delete the folder.
  static absl::StatusOr<std::unique_ptr<Scans>> Open(const ScansOptions& options);
  ~Scans();  // All that was counted is in files.

  // With what is not written yet.
  absl::StatusOr<Scanned> Find(const std::string& run, int number) const;
  // Counts a scan in memory and says what was known before it. What a crash finds in memory, or in
  // rows that are in no file, is lost.
  absl::StatusOr<Scanned> Count(const Scan& scan);
  // Writes where it is time to, and drops what is too old. Not on the way of an answer.
  void WriteIfDue();
  absl::Status Write();

  Day Today() const;
  std::string TextOf(Day day) const;  // "2026-11-27"; empty for 0.

  // Clusters by batch: "{batch}|{u8 signal}" → the cluster.
  std::unique_ptr<kv::Iterator> Clusters() const;
  static absl::StatusOr<SignalCluster> ParseCluster(std::string_view value);
  // Kept only until the next write.
  bool IsOld(const SignalCluster& cluster) const {
    return Today() - cluster.last_day >= kScansKeptDays;
  }

 private:
  struct Row {
    Scanned scanned;
    // The day its counts began; 0: nothing but the first day and its place is kept.
    Day period = 0;
  };
  // A label that was scanned since the last write.
  struct Pending {
    std::string batch;
    Row before;  // As its row stands, or as it will when what is being written is there.
    Scanned added;
    std::array<Place, 8> places{};  // By signal: where it was given first.
  };
  using Labels = absl::flat_hash_map<std::string, Pending>;
  class Writer;

  static std::string BytesOf(const Row& row);
  static absl::StatusOr<Row> Parse(std::string_view bytes);
  static void Forget(Day today, Row* row);
  static Row After(const Pending& pending, Day today);
  absl::StatusOr<Row> Load(const std::string& key) const;
  // The pending entry of a label, made where it is not there; null: it must be loaded first.
  Pending* FindPending(const std::string& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Scanned Added(const Scan& scan, const std::string& key, Day today)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Scans(ScansOptions options, std::unique_ptr<kv::Db> db);

  const ScansOptions options_;
  const std::unique_ptr<kv::Db> db_;
  mutable Mutex mutex_;
  Labels pending_ ABSL_GUARDED_BY(mutex_);
  Labels writing_ ABSL_GUARDED_BY(mutex_);  // Read until its rows are there.
  absl::Time written_ ABSL_GUARDED_BY(mutex_);
  absl::Time flushed_ ABSL_GUARDED_BY(mutex_);
  bool busy_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t writes_ ABSL_GUARDED_BY(mutex_) = 0;  // Finished: a row read before one may be old.
  Day swept_day_ ABSL_GUARDED_BY(mutex_) = 0;
  // Networks of each label today, in memory only.
  Day networks_day_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<std::string, std::vector<int>> networks_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace suyuan::label
