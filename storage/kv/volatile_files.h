// A disk that forgets what was not synced when the power goes, and that can be held up: for tests.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "storage/kv/db.h"

namespace suyuan::kv {

// What a database is about to do to its files.
enum class FileOperation { kCreate, kWrite, kSync };

// What a power cut took.
struct Loss {
  uint64_t bytes = 0;  // Written, and not synced.
  int files = 0;       // Made, and their directory not synced.
  int renames = 0;     // Likewise.
};

// Lets everything through to the machine's files, and knows what of it a sync has made to last.
// Deletions last at once, which is the worst order they can have. Thread-safe. Must outlive the
// databases over it.
class VolatileFiles final : public Files {
 public:
  struct Options {
    uint64_t seed = 0;  // Of what becomes of bytes that were not synced: gone, torn, or zeros.
    // Cuts the power at this operation (from 1), and every one after it fails. 0: never.
    uint64_t cut_at = 0;
    // Called after the cut, while whoever else wants the disk waits: the end of the process that
    // had the power. What runs on could only undo the cut (a file that is closed gets its length
    // back).
    std::function<void(const Loss&)> on_cut;
    // Called before each operation, on the thread that wants it; may hold it up.
    std::function<void(FileOperation, std::string_view path)> before;
  };
  explicit VolatileFiles(Options options);
  ~VolatileFiles() override;

  Files::Impl* impl() const override;

 private:
  std::unique_ptr<Files::Impl> impl_;
};

}  // namespace suyuan::kv
