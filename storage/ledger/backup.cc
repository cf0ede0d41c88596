#include "storage/ledger/backup.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "storage/base/bytes.h"
#include "storage/base/clock.h"
#include "storage/base/hash.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/files.h"

namespace suyuan::ledger {
namespace {

namespace fs = std::filesystem;

constexpr char kTitle[] = "suyuan-backup-v1";
constexpr char kAboutFile[] = "backup";
constexpr char kListEnd[] = ".files";

// Text with a last line that is the hash of those before it.
std::string Sealed(std::string text) {
  const Hash hash = Sha256(text);
  return StrCat(text, HexOf(AsBytes(hash)), "\n");
}

absl::StatusOr<std::string> LoadSealed(const std::string& path) {
  ASSIGN_OR_RETURN(std::string text, ReadWholeFile(path));
  const size_t end = text.size() < 65 ? 0 : text.size() - 65;
  if (Sealed(text.substr(0, end)) != text) {
    return absl::DataLossError(StrCat(path, " does not hash to what it says"));
  }
  text.resize(end);
  return text;
}

absl::Status Failed(const std::string& path, const std::error_code& error) {
  return absl::InternalError(StrCat(path, ": ", error.message()));
}

// "{mode, octal} {hash} {path}", a line each.
absl::StatusOr<std::vector<BackupFile>> ParseList(const std::string& text) {
  std::vector<BackupFile> files;
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    const std::vector<std::string> fields = absl::StrSplit(line, absl::MaxSplits(' ', 2));
    BackupFile file;
    if (fields.size() != 3 || !absl::SimpleAtoi(fields[0], &file.mode)) {
      return absl::DataLossError("a list of files does not decode");
    }
    file.hash = fields[1];
    file.path = fields[2];
    files.push_back(std::move(file));
  }
  return files;
}

}  // namespace

absl::StatusOr<BackupFolder> BackupFolder::Open(const std::string& dir) {
  std::error_code error;
  fs::create_directories(dir + "/objects", error);
  if (!error) fs::create_directories(dir + "/backups", error);
  // Keys are among what is kept.
  if (!error) fs::permissions(dir, fs::perms::owner_all, error);
  if (error) return Failed(dir, error);
  return BackupFolder(dir);
}

std::string BackupFolder::FolderOf(uint64_t number) const {
  return StrCat(dir_, "/backups/", number);
}

std::string BackupFolder::ObjectOf(std::string_view hash) const {
  return StrCat(dir_, "/objects/", hash.substr(0, 2), "/",
                hash.substr(std::min<size_t>(2, hash.size())));
}

absl::StatusOr<Backup> BackupFolder::Load(uint64_t number) const {
  const std::string folder = FolderOf(number);
  ASSIGN_OR_RETURN(const std::string text, LoadSealed(StrCat(folder, "/", kAboutFile)));
  const std::vector<std::string> lines = absl::StrSplit(text, absl::MaxSplits('\n', 3));
  Backup backup;
  int64_t micros = 0;
  if (lines.size() != 4 || lines[0] != kTitle || lines[1] != StrCat(number) ||
      !absl::SimpleAtoi(lines[2], &micros)) {
    return absl::DataLossError(StrCat(folder, " is no backup"));
  }
  backup.number = number;
  backup.time = FromMicros(micros);
  backup.about = lines[3];
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(kListEnd)) continue;
    backup.parts.push_back(name.substr(0, name.size() - std::string_view(kListEnd).size()));
  }
  std::sort(backup.parts.begin(), backup.parts.end());
  return backup;
}

absl::StatusOr<std::vector<Backup>> BackupFolder::List() const {
  std::vector<uint64_t> numbers;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(dir_ + "/backups", error)) {
    uint64_t number = 0;
    if (absl::SimpleAtoi(entry.path().filename().string(), &number)) numbers.push_back(number);
  }
  if (error) return Failed(dir_, error);
  std::sort(numbers.begin(), numbers.end());
  std::vector<Backup> backups;
  for (const uint64_t number : numbers) {
    ASSIGN_OR_RETURN(Backup backup, Load(number));
    backups.push_back(std::move(backup));
  }
  return backups;
}

absl::StatusOr<BackupFile> BackupFolder::Keep(const std::string& file, const std::string& path) {
  ASSIGN_OR_RETURN(const std::string bytes, ReadWholeFile(file));
  const Hash hash = Sha256(bytes);
  BackupFile kept;
  kept.path = path;
  kept.hash = HexOf(AsBytes(hash));
  std::error_code error;
  kept.mode = static_cast<uint32_t>(fs::status(file, error).permissions());
  const std::string object = ObjectOf(kept.hash);
  // One that was damaged meanwhile is not relied on.
  if (LoadObject(kept.hash, path).ok()) return kept;
  fs::create_directories(fs::path(object).parent_path(), error);
  RETURN_IF_ERROR(WriteWholeFile(object + ".new", bytes));
  fs::rename(object + ".new", object, error);
  if (error) return Failed(object, error);
  return kept;
}

absl::StatusOr<std::string> BackupFolder::KeepPart(const BackupPart& part) {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(part.dir, error), end; !error && entry != end;
       entry.increment(error)) {
    if (!entry->is_regular_file()) continue;
    paths.push_back(entry->path().lexically_relative(part.dir).string());
  }
  if (error) return Failed(part.dir, error);
  std::sort(paths.begin(), paths.end());
  std::string list;
  for (const std::string& path : paths) {
    ASSIGN_OR_RETURN(const BackupFile file, Keep(StrCat(part.dir, "/", path), path));
    StrAppend(&list, file.mode, " ", file.hash, " ", path, "\n");
  }
  return list;
}

absl::StatusOr<uint64_t> BackupFolder::Add(const std::vector<BackupPart>& parts,
                                           std::string_view about, absl::Time now) {
  ASSIGN_OR_RETURN(const std::vector<Backup> before, List());
  const uint64_t number = before.empty() ? 1 : before.back().number + 1;
  const std::string making = StrCat(dir_, "/backups/making");
  std::error_code error;
  fs::remove_all(making, error);
  fs::create_directories(making, error);
  if (error) return Failed(making, error);
  for (const BackupPart& part : parts) {
    if (!fs::exists(part.dir, error)) continue;
    ASSIGN_OR_RETURN(std::string list, KeepPart(part));
    RETURN_IF_ERROR(
        WriteWholeFile(StrCat(making, "/", part.name, kListEnd), Sealed(std::move(list))));
  }
  RETURN_IF_ERROR(
      WriteWholeFile(StrCat(making, "/", kAboutFile),
                     Sealed(StrCat(kTitle, "\n", number, "\n", ToMicros(now), "\n", about))));
  RETURN_IF_ERROR(SyncFilesUnder(dir_));
  fs::rename(making, FolderOf(number), error);
  if (error) return Failed(making, error);
  RETURN_IF_ERROR(SyncFilesUnder(dir_));
  return number;
}

absl::StatusOr<std::vector<BackupFile>> BackupFolder::FilesOf(uint64_t number,
                                                              std::string_view part) const {
  ASSIGN_OR_RETURN(const std::string text,
                   LoadSealed(StrCat(FolderOf(number), "/", part, kListEnd)));
  return ParseList(text);
}

absl::StatusOr<std::string> BackupFolder::LoadObject(std::string_view hash,
                                                     std::string_view path) const {
  absl::StatusOr<std::string> bytes = ReadWholeFile(ObjectOf(hash));
  if (!bytes.ok()) return absl::DataLossError(StrCat(path, " is gone: ", ObjectOf(hash)));
  const Hash is = Sha256(*bytes);
  if (HexOf(AsBytes(is)) != hash) {
    return absl::DataLossError(StrCat(path, " is damaged: ", ObjectOf(hash)));
  }
  return bytes;
}

absl::Status BackupFolder::Restore(uint64_t number, std::string_view part,
                                   const std::string& dir) const {
  ASSIGN_OR_RETURN(const std::vector<BackupFile> files, FilesOf(number, part));
  std::error_code error;
  if (fs::exists(dir, error) && !fs::is_empty(dir, error)) {
    return absl::FailedPreconditionError(StrCat(dir, " is not empty"));
  }
  fs::create_directories(dir, error);
  for (const BackupFile& file : files) {
    ASSIGN_OR_RETURN(const std::string bytes, LoadObject(file.hash, file.path));
    const fs::path path = fs::path(dir) / file.path;
    // A list is sealed by a hash, not by a key: it may not lead out of the folder.
    if (path.lexically_relative(dir).string().starts_with("..") ||
        fs::path(file.path).is_absolute()) {
      return absl::DataLossError(StrCat(file.path, " leads out of the folder"));
    }
    fs::create_directories(path.parent_path(), error);
    RETURN_IF_ERROR(WriteWholeFile(path.string(), bytes));
    fs::permissions(path, static_cast<fs::perms>(file.mode), error);
    if (error) return Failed(path.string(), error);
  }
  return SyncFilesUnder(dir);
}

absl::Status BackupFolder::Check(uint64_t number) const {
  ASSIGN_OR_RETURN(const Backup backup, Load(number));
  for (const std::string& part : backup.parts) {
    ASSIGN_OR_RETURN(const std::vector<BackupFile> files, FilesOf(number, part));
    for (const BackupFile& file : files) {
      RETURN_IF_ERROR(LoadObject(file.hash, file.path).status());
    }
  }
  return absl::OkStatus();
}

absl::Status BackupFolder::Prune(const std::vector<BackupPart>& parts, absl::Time now) {
  ASSIGN_OR_RETURN(const std::vector<Backup> backups, List());
  std::set<std::string> wanted;
  std::error_code error;
  for (const Backup& backup : backups) {
    for (const std::string& name : backup.parts) {
      const auto part = std::find_if(parts.begin(), parts.end(),
                                     [&](const BackupPart& one) { return one.name == name; });
      if (part != parts.end() && backup.time + part->keep < now) {
        fs::remove(StrCat(FolderOf(backup.number), "/", name, kListEnd), error);
        if (error) return Failed(name, error);
        continue;
      }
      ASSIGN_OR_RETURN(const std::vector<BackupFile> files, FilesOf(backup.number, name));
      for (const BackupFile& file : files) wanted.insert(ObjectOf(file.hash));
    }
  }
  std::vector<fs::path> unwanted;
  for (fs::recursive_directory_iterator entry(dir_ + "/objects", error), end;
       !error && entry != end; entry.increment(error)) {
    if (entry->is_regular_file() && !wanted.contains(entry->path().string())) {
      unwanted.push_back(entry->path());
    }
  }
  for (const fs::path& path : unwanted) {
    if (!error) fs::remove(path, error);
  }
  return error ? Failed(dir_, error) : absl::OkStatus();
}

}  // namespace suyuan::ledger
