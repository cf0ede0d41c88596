// A made-up season of any size and always the same shape: cooperatives harvest and grade, the hub
// mixes and divides, stations receive, the laboratory samples. Streamed: what is kept does not grow
// with it.
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace suyuan::cli {

struct SampleOptions {
  uint64_t seed = 1;
  int64_t batches = 1000;  // All that come into being, 1 to 1,000,000.
  absl::Time end;          // Nothing happens later; everything within the 25 days before.
};

// A table of the season: what kind it is imported as, and its columns. The first is "_party".
struct SampleTable {
  std::string file;  // "20-harvests".
  std::string kind;
  std::vector<std::string> columns;
};

// In the order in which they are imported.
const std::vector<SampleTable>& SampleTables();
// Of those who register themselves: cooperatives, hub, laboratory, in this order.
constexpr char kSampleHub[] = "hub", kSampleLab[] = "lab";
// Beside the operator, whom the tables call "operator": the one who approves.
constexpr char kSampleSecondOperator[] = "operator-2";
// Of the laboratory: who samples and who issues, as the laboratory's own key tests.
constexpr char kSampleSampler[] = "sampler", kSampleSignatory[] = "signatory";

// The rows of one table, of one party after the other.
struct SampleRows {
  const SampleTable* table = nullptr;
  std::vector<std::vector<std::string>> rows;
};

// Thread-compatible. The same options give the same rows.
class SampleSeason {
 public:
  explicit SampleSeason(const SampleOptions& options);

  // Visits what is registered first, then block after block: tables in their order, each once a
  // block. Stops at the first error.
  absl::Status Visit(const std::function<absl::Status(const SampleRows&)>& visit);
  // Keys of all parties that act.
  std::vector<std::string> parties() const;

 private:
  using Row = std::vector<std::string>;
  // Rows of every table of the block under way.
  struct Block {
    std::vector<std::vector<Row>> rows;
  };
  void Register(Block* block);
  void AddUnit(int64_t unit, int64_t batches, Block* block);
  void AddHub(int64_t unit, const std::vector<int64_t>& kilograms, Block* block);
  void AddLab(int64_t unit, Block* block);
  int64_t Between(int64_t low, int64_t high);  // Both inclusive.
  std::string Time(int64_t unit, int64_t step) const;
  std::string Coop(int64_t unit, int64_t i) const;

  const SampleOptions options_;
  const int64_t units_;
  const int64_t coops_;
  std::mt19937_64 random_;
};

}  // namespace suyuan::cli
