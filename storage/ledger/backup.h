// Backups of folders: every file by its SHA-256, once however many backups hold it, and a list of
// names a folder and backup. Knows nothing of what the files are.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace suyuan::ledger {

// A folder of a data directory that is backed up under a name of its own.
struct BackupPart {
  std::string name;  // Of [a-z-].
  std::string dir;   // Not there: nothing is kept of it.
  // Older backups drop the part, and files that no other backup has: what must be erased one day
  // (the vault) is not kept for ever.
  absl::Duration keep = absl::InfiniteDuration();
};

struct BackupFile {
  std::string path;  // Below the part's folder.
  std::string hash;  // Hex SHA-256: the file is objects/{first two digits}/{the rest}.
  uint32_t mode = 0;
};

struct Backup {
  uint64_t number = 0;  // From 1.
  absl::Time time;
  std::string about;               // What the maker said of it, lines of text.
  std::vector<std::string> parts;  // That are still kept.
};

// One folder of backups; thread-compatible, and one process writes at a time. A backup is there
// whole, synced, or not at all.
class BackupFolder {
 public:
  // `dir` is made if it is not there.
  static absl::StatusOr<BackupFolder> Open(const std::string& dir);

  // All, oldest first. DATA_LOSS: the list of one does not hash to what it says.
  absl::StatusOr<std::vector<Backup>> List() const;
  // A new one of files that nobody changes meanwhile. Files whose bytes are kept already are not
  // written again. `about` has no empty line. INTERNAL, RESOURCE_EXHAUSTED: nothing was added.
  absl::StatusOr<uint64_t> Add(const std::vector<BackupPart>& parts, std::string_view about,
                               absl::Time now);
  // Writes a part to `dir`, which must not exist or be empty (FAILED_PRECONDITION), each file
  // checked against its hash, and synced. NOT_FOUND: no such backup, or the part is not in it.
  // DATA_LOSS: names the file that is damaged or gone; `dir` is not to be used.
  absl::Status Restore(uint64_t number, std::string_view part, const std::string& dir) const;
  // Reads every file of a backup. DATA_LOSS as above.
  absl::Status Check(uint64_t number) const;
  // Drops parts that are past their time, then the files that no backup lists.
  absl::Status Prune(const std::vector<BackupPart>& parts, absl::Time now);

 private:
  explicit BackupFolder(std::string dir) : dir_(std::move(dir)) {}
  std::string FolderOf(uint64_t number) const;
  std::string ObjectOf(std::string_view hash) const;
  absl::StatusOr<Backup> Load(uint64_t number) const;
  absl::StatusOr<std::vector<BackupFile>> FilesOf(uint64_t number, std::string_view part) const;
  absl::StatusOr<BackupFile> Keep(const std::string& file, const std::string& path);
  absl::StatusOr<std::string> KeepPart(const BackupPart& part);
  absl::StatusOr<std::string> LoadObject(std::string_view hash, std::string_view path) const;

  std::string dir_;
};

}  // namespace suyuan::ledger
