// What is counted of scans: days and numbers, never who. It is in no log and derived from nothing:
// if its folder is lost, counting begins again. No address and nothing made of one is written.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
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

constexpr int kScansKeptDays = 90;  // Of all but a label's first day.
constexpr int kNetworksMax = 10;    // More on one day are unusual.

// One look at one label's page.
struct Scan {
  std::string run;
  int number = 0;
  std::string batch;
  int network = 0;                      // Tells networks of one day apart; 0: not known.
  std::vector<v1::ScanSignal> signals;  // What the label's state makes unusual.
};

// What is known of a label.
struct Scanned {
  Day first_day = 0;
  Day last_day = 0;
  int count = 0;        // Of the last kScansKeptDays at most; stops at 65,535.
  int networks = 0;     // The most of one day; stops at kNetworksMax + 1.
  uint8_t signals = 0;  // 1 << v1::ScanSignal.
  bool Has(v1::ScanSignal signal) const { return (signals >> signal & 1) != 0; }
};

// Labels of one batch that gave the same signal.
struct SignalCluster {
  int labels = 0;
  Day first_day = 0;
  Day last_day = 0;
  std::vector<Label> examples;  // Run name and number; at most kExamplesMax.
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
  static constexpr size_t kPendingMax = 4096;  // Labels in memory before they are written.
  static constexpr absl::Duration kWriteAge = absl::Seconds(10);

  // UNAVAILABLE: another process has it. DATA_LOSS: damaged; delete the folder.
  static absl::StatusOr<std::unique_ptr<Scans>> Open(const ScansOptions& options);
  ~Scans();  // Writes what is pending.

  // With what is not written yet.
  absl::StatusOr<Scanned> Find(const std::string& run, int number) const;
  // In memory alone: quick. What a crash finds there is not counted.
  void Count(const Scan& scan);
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
  struct Pending {
    std::string batch;
    Day first_day = 0;
    Scanned added;
  };
  using Labels = absl::flat_hash_map<std::string, Pending>;
  class Writer;

  Scans(ScansOptions options, std::unique_ptr<kv::Db> db);

  const ScansOptions options_;
  const std::unique_ptr<kv::Db> db_;
  mutable Mutex mutex_;
  Labels pending_ ABSL_GUARDED_BY(mutex_);
  Labels writing_ ABSL_GUARDED_BY(mutex_);  // Read until its rows are there.
  absl::Time written_ ABSL_GUARDED_BY(mutex_);
  bool busy_ ABSL_GUARDED_BY(mutex_) = false;
  // Networks of each label today, in memory only.
  Day networks_day_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<std::string, std::vector<int>> networks_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace suyuan::label
