// The log's high-water mark: how far it is known to reach, kept in one small file outside the
// ledger's directory, best on another device. What RocksDB cannot notice – a synced tail that is
// gone, a backup put in the ledger's place, a copy of the directory that writes too – differs from
// the mark. storage/FORMAT.md 8 gives every byte.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "storage/base/mutex.h"
#include "storage/ledger/client.h"

namespace suyuan::ledger {

constexpr size_t kMarkIdSize = 16;

struct MarkState {
  std::string lineage;      // 16 bytes, drawn at genesis: which ledger.
  uint64_t generation = 0;  // How often it was opened for writing.
  std::string opening = std::string(kMarkIdSize, '\0');  // Drawn at the last of these.
  TreeHead head;                                         // The log has had this size and root.
  bool poisoned = false;  // A write failed: the store is not trusted until it was verified.
};

// Owns the file while it lives: no other process has it. Thread-safe. Two slots are written in
// turn, each synced, so that a torn write leaves the state before it.
class Mark {
 public:
  static bool Exists(const std::string& dir);
  // Makes `dir` where needed, and the file in it. FAILED_PRECONDITION: there is one.
  static absl::Status Create(const std::string& dir, const MarkState& state);
  // NOT_FOUND: no file. UNAVAILABLE: another process has it. DATA_LOSS: no slot is whole.
  static absl::StatusOr<std::unique_ptr<Mark>> Open(const std::string& dir);
  ~Mark();

  MarkState state() const;
  // Durable when OK. FAILED_PRECONDITION: the file is not as this process left it: somebody else
  // writes it. INTERNAL: it cannot be written.
  absl::Status Set(const MarkState& state);
  // As Set, of `poisoned` alone, as well as it goes.
  void Poison();

 private:
  Mark(int file, uint64_t serial, MarkState state);
  const int file_;
  mutable Mutex mutex_;
  uint64_t serial_ ABSL_GUARDED_BY(mutex_);
  MarkState state_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace suyuan::ledger
