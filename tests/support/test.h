// What every test may use: temporary directories, a clock it holds, status matchers, a seed.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <random>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/base/clock.h"

namespace suyuan::test {

// A fresh directory, removed with all it holds when the object goes.
class TempDir {
 public:
  TempDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "suyuan-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

// A clock that stands still until told. Thread-safe.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(absl::Time now = absl::FromUnixSeconds(1793836800)) { Set(now); }
  absl::Time Now() const override { return absl::FromUnixMicros(micros_.load()); }
  void Set(absl::Time now) { micros_.store(absl::ToUnixMicros(now)); }
  void Advance(absl::Duration by) { Set(Now() + by); }

 private:
  std::atomic<int64_t> micros_;
};

// Seeded by --gtest_random_seed, so that a failing run can be repeated.
inline std::mt19937_64 SeededRandom() {
  const int seed = testing::UnitTest::GetInstance()->random_seed();
  testing::Test::RecordProperty("seed", seed);
  return std::mt19937_64(static_cast<uint64_t>(seed));
}

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& value) {
  return value.status();
}

MATCHER(IsOk, "is OK") {
  *result_listener << StatusOf(arg);
  return StatusOf(arg).ok();
}
MATCHER_P(HasCode, code, "has status code") {
  *result_listener << StatusOf(arg);
  return StatusOf(arg).code() == code;
}

}  // namespace suyuan::test

#define ASSERT_OK(expr) ASSERT_THAT((expr), ::suyuan::test::IsOk())
#define EXPECT_OK(expr) EXPECT_THAT((expr), ::suyuan::test::IsOk())
