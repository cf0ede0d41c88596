// Walks the genealogy: from batches to all they were made of, or to all that was made of them.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "storage/kv/db.h"
#include "suyuan/v1/trace.pb.h"

namespace suyuan::trace {

enum class Direction { kBack, kForward };

constexpr int kDepthAll = std::numeric_limits<int>::max();

// One consistent moment of the trace view. Thread-safe. Must not outlive the database.
class View {
 public:
  explicit View(const kv::Db* db) : db_(db), snapshot_(db->NewSnapshot()) {}

  // The size of the log this moment stands for.
  absl::StatusOr<uint64_t> Size() const;
  // False where there is no such row.
  absl::StatusOr<bool> Find(int family, const std::string& key,
                            google::protobuf::MessageLite* message) const;
  absl::StatusOr<bool> Has(int family, const std::string& key) const;
  // As its row, but that holds whose release is disputed stand.
  absl::StatusOr<bool> FindBatch(const std::string& name, v1::Batch* batch) const;
  // All rows whose key begins with `prefix`, in order, until `visit` answers false.
  template <typename Message, typename Visit>
  absl::Status ForEach(int family, const std::string& prefix, Visit visit) const {
    const std::unique_ptr<kv::Iterator> row = NewIterator(family);
    for (row->Seek(prefix); row->Valid() && row->key().starts_with(prefix); row->Next()) {
      Message message;
      if (!message.ParseFromArray(row->value().data(), static_cast<int>(row->value().size()))) {
        return absl::DataLossError("a row of the trace view cannot be read");
      }
      if (!visit(message)) return absl::OkStatus();
    }
    return row->status();
  }

  // Rows of a family, as of this moment.
  std::unique_ptr<kv::Iterator> NewIterator(int family) const {
    return db_->NewIterator(family, snapshot_.get());
  }

  // Who holds how much of a batch, with names.
  absl::StatusOr<std::vector<v1::Holding>> HoldingsOf(const std::string& batch) const;
  // Name of a party, site or product as registered; empty where unknown.
  absl::StatusOr<std::string> NameOf(const std::string& resource) const;
  // What a signature of this key, in a record of this time, is worth as of this moment: by its
  // place in the log, which is that of its time, and what became of the key.
  absl::StatusOr<v1::Standing> StandingOf(const std::string& key,
                                          const google::protobuf::Timestamp& record_time) const;
  // Puts names where an entry has resource names, and its standing.
  absl::Status AddNames(v1::TimelineEntry* entry) const;
  // Whether a recall is closed, by a signature that is not disputed.
  absl::StatusOr<bool> Closed(const std::string& recall) const;
  // The recall the batch is in that is not closed, the last opened of several.
  absl::StatusOr<std::optional<v1::OpenRecall>> OpenRecallOf(const v1::Batch& batch) const;

 private:
  absl::StatusOr<bool> Attested(const std::string& key, absl::Time record_time) const;

  const kv::Db* db_;
  std::unique_ptr<kv::Snapshot> snapshot_;
};

// Breadth first, each batch once, roots first: nearest are found first. Memory is a name a batch.
// Thread-compatible.
class Walk {
 public:
  // NOT_FOUND: a root is no batch of the view.
  static absl::StatusOr<std::unique_ptr<Walk>> Start(std::shared_ptr<const View> view,
                                                     Direction direction,
                                                     const std::vector<std::string>& roots,
                                                     int depth_max = kDepthAll);
  // The next batch, with its inputs and holdings; null at the end.
  absl::StatusOr<std::unique_ptr<v1::TraceNode>> Next();

 private:
  struct Step {
    std::string batch;
    int depth;
  };
  Walk(std::shared_ptr<const View> view, Direction direction, int depth_max, uint64_t size)
      : view_(std::move(view)), direction_(direction), depth_max_(depth_max), size_(size) {}
  absl::Status AddNeighbours(const Step& step);

  std::shared_ptr<const View> view_;
  const Direction direction_;
  const int depth_max_;
  const uint64_t size_;
  std::deque<Step> queue_;
  absl::flat_hash_set<std::string> seen_;
};

}  // namespace suyuan::trace
