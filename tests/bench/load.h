// Load on something asynchronous, bounded in count and in flight, and what came of it.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace suyuan::bench {

// What one row of the table measured, by name: "append_unary_ratio" → 0.62.
using Figures = std::map<std::string, double>;

struct Load {
  double per_second = 0;
  double p50_ms = 0;
  double p99_ms = 0;
};

// Starts the i-th call; it must call `done(ok)` once, on any thread.
using StartCall = std::function<void(int i, std::function<void(bool ok)> done)>;

// `count` calls, `in_flight` of them at a time. INTERNAL: a call failed.
absl::StatusOr<Load> Closed(int in_flight, int count, const StartCall& start);
// `count` calls begun at a steady rate, whatever the answers do; a call's time runs from when it
// was due. INTERNAL: a call failed.
absl::StatusOr<Load> Paced(double per_second, int count, const StartCall& start);

// Calls of `work` a second on `threads` threads, over about a second.
double Rate(int threads, const std::function<void()>& work);

// Of a command that prints one JSON object of numbers. UNAVAILABLE: it failed.
absl::StatusOr<Figures> FiguresOf(const std::string& command);

double RssMib();      // Resident now.
double PeakRssMib();  // The most it ever was.

// The rows of docs/performance.md, by name.
absl::StatusOr<Figures> AppendUnary();
absl::StatusOr<Figures> AppendMany();
absl::StatusOr<Figures> Command();
absl::StatusOr<Figures> MillionBatches();
absl::StatusOr<Figures> Hidden();
absl::StatusOr<Figures> Proof();
absl::StatusOr<Figures> Tile();
absl::StatusOr<Figures> Scan();
absl::StatusOr<Figures> LabelsPdf();
absl::StatusOr<Figures> Page();
absl::StatusOr<Figures> Verify();
absl::StatusOr<Figures> Growth();  // Fills a kept store at its first run: minutes, gigabytes.
absl::StatusOr<Figures> VsPostgres();

}  // namespace suyuan::bench
