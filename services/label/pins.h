// PINs under a scratch layer: 8 digits, five wrong tries, then a day's rest. What is kept of a
// label is how often it was tried in vain and the day it was first tried with success; never a PIN.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "services/label/view.h"
#include "storage/base/clock.h"
#include "storage/base/mutex.h"
#include "storage/kv/db.h"
#include "suyuan/v1/label.pb.h"

namespace suyuan::label {

constexpr int kPinTriesMax = 5;  // Wrong ones, of a label.
constexpr absl::Duration kPinRest = absl::Hours(24);
constexpr int kPinNetworkMax = 20;  // Wrong ones of a network, on one day.
constexpr int kPinHourMax = 1000;   // Wrong ones of everybody, in an hour.

struct PinsOptions {
  std::string dir;
  const Clock* clock = nullptr;  // Outlives it.
  int utc_offset_minutes = 480;
  kv::Memory* memory = nullptr;
};

// Thread-safe. Owns its folder. One check at a time: a write and a sync each.
class Pins {
 public:
  // UNAVAILABLE: another process has it. DATA_LOSS: damaged.
  static absl::StatusOr<std::unique_ptr<Pins>> Open(const PinsOptions& options);

  // Counts the try before it says anything of it. `network`: as of a scan; 0 shares one budget.
  absl::StatusOr<v1::CheckLabelPinResponse> Check(const Label& label, std::string_view right,
                                                  std::string_view tried, int network);

 private:
  Pins(PinsOptions options, std::unique_ptr<kv::Db> db)
      : options_(std::move(options)), db_(std::move(db)) {}
  // Whether this network, and everybody together, may still be wrong.
  bool MayTry(int network, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int64_t DayOf(absl::Time time) const;

  const PinsOptions options_;
  const std::unique_ptr<kv::Db> db_;
  Mutex mutex_;
  int64_t day_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<int, int> wrong_of_ ABSL_GUARDED_BY(mutex_);  // By network, of the day.
  int64_t hour_ ABSL_GUARDED_BY(mutex_) = 0;
  int wrong_ ABSL_GUARDED_BY(mutex_) = 0;  // Of everybody, of the hour.
};

}  // namespace suyuan::label
