// Streams and requests, for a verification in many pieces: what each piece of the log says of a
// stream is one passage, whatever happened within; passages are then put in order, stream by
// stream. A request key is a stream that may be written once.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/base/hash.h"
#include "storage/base/mutex.h"
#include "storage/ledger/record.h"

namespace suyuan::ledger {

enum class UseKind : uint8_t { kStream = 0, kRequest = 1 };

// 127 bits of a name's SHA-256, and the kind: names themselves would not fit in memory.
using UseId = std::array<uint64_t, 2>;
UseId UseIdOf(UseKind kind, std::string_view name);
inline UseKind KindOf(const UseId& id) { return static_cast<UseKind>(id.back() & 1); }

// A stream through a piece of the log: the version its first use there names, and the version
// after the piece. A row of the store is a passage too, after all: `first` is kAbsent.
struct Passage {
  UseId id;
  uint64_t first;  // Sequence of the first record that uses it.
  uint64_t before;
  uint64_t after;
};

// The uses of one piece, whose records come in order. Thread-compatible.
class PieceUses {
 public:
  // `tag_key` may be null: then salts are believed. It must outlive the object.
  explicit PieceUses(const HmacKey* tag_key) : tag_key_(tag_key) {}

  // False: it is not at that version, as far as the piece shows. A record's uses come together.
  bool Read(std::string_view stream, uint64_t sequence, uint64_t version);
  bool Write(std::string_view stream, uint64_t sequence, uint64_t version);
  // Of a stream that was written: false if the tag is not its own, or this salt does not open it.
  bool Opens(std::string_view stream, std::string_view salt, const Hash& tag);
  void Request(std::string_view key, uint64_t sequence);

  std::vector<Passage> Take();  // Of all of them; forgets them.

 private:
  struct Stream {
    uint64_t first = kAbsent, before = kAbsent;
    uint64_t record = kAbsent;  // The one whose uses are being taken.
    uint64_t head = kAbsent;    // Before that record.
    uint64_t after = kAbsent;
    uint32_t opened = 0;  // One more than its place in opened_; 0: not there yet.
    std::string_view name;
  };
  struct Opened {
    std::string salt;
    Hash tag{};
  };
  Stream& Use(std::string_view stream, uint64_t sequence, uint64_t version, bool* fits);
  std::string_view KeepName(std::string_view name);

  const HmacKey* const tag_key_;
  std::vector<Stream> streams_;
  std::vector<Opened> opened_;
  absl::flat_hash_map<absl::string_view, uint32_t> by_name_;  // Into streams_.
  std::vector<std::unique_ptr<char[]>> names_;                // What the views above look at.
  char* names_end_ = nullptr;
  size_t name_room_ = 0;  // Left in the last of them.
  std::vector<Passage> requests_;
};

// All passages of a log, in parts small enough to sort in memory; what is more than that waits in
// nameless files. Thread-safe.
class PassageStore {
 public:
  static constexpr int kParts = 128;
  // `dir` takes the files; empty: the system's folder for such.
  explicit PassageStore(std::string dir);
  ~PassageStore();

  // INTERNAL, RESOURCE_EXHAUSTED: a file cannot be written.
  absl::Status Add(const std::vector<Passage>& passages);
  // By id, then by first sequence. Each part once.
  absl::StatusOr<std::vector<Passage>> Take(int part);

 private:
  struct Part {
    Mutex mutex;
    std::vector<Passage> kept ABSL_GUARDED_BY(mutex);
    std::FILE* file ABSL_GUARDED_BY(mutex) = nullptr;
    uint64_t in_file ABSL_GUARDED_BY(mutex) = 0;
  };
  absl::Status Append(Part& part, const Passage* first, size_t count);

  const std::string dir_;
  std::array<Part, kParts> parts_;
};

}  // namespace suyuan::ledger
