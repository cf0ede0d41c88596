#include "storage/kv/volatile_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "rocksdb/env.h"
#include "rocksdb/file_system.h"
#include "storage/base/mutex.h"
#include "storage/kv/options.h"

namespace suyuan::kv {
namespace {

namespace fs = std::filesystem;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

std::string DirectoryOf(const std::string& path) { return fs::path(path).parent_path().string(); }

IOStatus PowerIsOff() { return IOStatus::IOError("the power is off"); }

// What of the files lasts. Operations pass one at a time: a cut is between two of them.
class Disk {
 public:
  explicit Disk(VolatileFiles::Options options)
      : options_(std::move(options)), random_(options_.seed) {}

  // Runs `operation` on the real file and, if that went well, `then` on what is known of it.
  template <typename Operation, typename Then>
  IOStatus Do(FileOperation kind, const std::string& path, Operation operation, Then then) {
    if (options_.before) options_.before(kind, path);
    MutexLock lock(&mutex_);
    if (!off_ && ++operations_ == options_.cut_at) {
      const Loss loss = Cut();
      if (options_.on_cut) options_.on_cut(loss);
    }
    if (off_) return PowerIsOff();
    const IOStatus status = operation();
    if (status.ok()) then();
    return status;
  }
  // Not counted: it loses nothing. After a cut it would give a file the length that it had.
  template <typename Operation>
  IOStatus DoUncounted(Operation operation) {
    MutexLock lock(&mutex_);
    return off_ ? PowerIsOff() : operation();
  }

  // What operations tell. Called by `then` of Do.
  void Created(const std::string& path, bool existed) {
    files_[path] = {.size = 0, .synced = 0, .entered = existed};
  }
  void Reopened(const std::string& path) {
    if (files_.contains(path)) return;
    const uint64_t size = fs::file_size(path);
    files_[path] = {.size = size, .synced = size, .entered = true};
  }
  void Wrote(const std::string& path, uint64_t end) {
    files_[path].size = std::max(files_[path].size, end);
  }
  void Truncated(const std::string& path, uint64_t size) { files_[path].size = size; }
  void Synced(const std::string& path) { files_[path].synced = files_[path].size; }
  void Deleted(const std::string& path) { files_.erase(path); }
  void DirectorySynced(const std::string& dir) {
    for (auto& [path, file] : files_) file.entered |= DirectoryOf(path) == dir;
    std::erase_if(renames_, [&](const Rename& rename) { return DirectoryOf(rename.to) == dir; });
  }
  void Renamed(const std::string& from, const std::string& to, std::optional<std::string> before) {
    renames_.push_back({from, to, std::move(before)});
    if (const auto file = files_.find(from); file != files_.end()) {
      files_[to] = file->second;
      files_.erase(file);
    }
  }
  uint64_t SizeOf(const std::string& path) { return files_[path].size; }

 private:
  struct File {
    uint64_t size = 0;     // As written.
    uint64_t synced = 0;   // Bytes that last.
    bool entered = false;  // Its entry in the directory lasts.
  };
  struct Rename {
    std::string from, to;
    std::optional<std::string> before;  // What `to` held.
  };

  Loss Cut() {
    off_ = true;
    Loss loss;
    for (const auto& [path, file] : files_) Forget(path, file, &loss);
    for (auto rename = renames_.rbegin(); rename != renames_.rend(); ++rename) {
      ++loss.renames;
      std::error_code gone;
      fs::rename(rename->to, rename->from, gone);
      if (!rename->before.has_value()) continue;
      std::ofstream(rename->to, std::ios::binary | std::ios::trunc) << *rename->before;
    }
    return loss;
  }

  void Forget(const std::string& path, const File& file, Loss* loss) {
    std::error_code gone;
    if (!file.entered) {
      loss->files += fs::remove(path, gone);
      return;
    }
    if (!fs::exists(path, gone) || file.size <= file.synced) return;
    const uint64_t unsynced = file.size - file.synced;
    loss->bytes += unsynced;
    const uint64_t left = random_() % 2 == 0 ? 0 : random_() % (unsynced + 1);
    const bool zeros = random_() % 2 == 0;  // The length reached the disk, and the bytes did not.
    fs::resize_file(path, zeros ? file.synced : file.synced + left, gone);
    if (zeros) fs::resize_file(path, file.synced + left, gone);
  }

  const VolatileFiles::Options options_;
  Mutex mutex_;
  bool off_ = false;
  uint64_t operations_ = 0;
  std::mt19937_64 random_;
  std::map<std::string, File> files_;
  std::vector<Rename> renames_;  // Since their directory was synced.
};

class File final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  File(std::unique_ptr<rocksdb::FSWritableFile> file, std::string path, std::shared_ptr<Disk> disk)
      : FSWritableFileOwnerWrapper(std::move(file)),
        path_(std::move(path)),
        disk_(std::move(disk)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    return disk_->Do(
        FileOperation::kWrite, path_, [&] { return target()->Append(data, options, debug); },
        [&] { disk_->Wrote(path_, disk_->SizeOf(path_) + data.size()); });
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus PositionedAppend(const Slice& data, uint64_t offset, const IOOptions& options,
                            IODebugContext* debug) override {
    return disk_->Do(
        FileOperation::kWrite, path_,
        [&] { return target()->PositionedAppend(data, offset, options, debug); },
        [&] { disk_->Wrote(path_, offset + data.size()); });
  }
  IOStatus PositionedAppend(const Slice& data, uint64_t offset, const IOOptions& options,
                            const rocksdb::DataVerificationInfo&, IODebugContext* debug) override {
    return PositionedAppend(data, offset, options, debug);
  }
  IOStatus Truncate(uint64_t size, const IOOptions& options, IODebugContext* debug) override {
    return disk_->Do(
        FileOperation::kWrite, path_, [&] { return target()->Truncate(size, options, debug); },
        [&] { disk_->Truncated(path_, size); });
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return disk_->Do(
        FileOperation::kSync, path_, [&] { return target()->Sync(options, debug); },
        [&] { disk_->Synced(path_); });
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return disk_->Do(
        FileOperation::kSync, path_, [&] { return target()->Fsync(options, debug); },
        [&] { disk_->Synced(path_); });
  }
  IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
    return disk_->DoUncounted([&] { return target()->Close(options, debug); });
  }
  // It hurries writing on and promises nothing.
  IOStatus RangeSync(uint64_t, uint64_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::OK();
  }

 private:
  const std::string path_;
  const std::shared_ptr<Disk> disk_;
};

class Directory final : public rocksdb::FSDirectoryWrapper {
 public:
  Directory(std::unique_ptr<rocksdb::FSDirectory> directory, std::string path,
            std::shared_ptr<Disk> disk)
      : FSDirectoryWrapper(std::move(directory)), path_(std::move(path)), disk_(std::move(disk)) {}

  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return disk_->Do(
        FileOperation::kSync, path_, [&] { return FSDirectoryWrapper::Fsync(options, debug); },
        [&] { disk_->DirectorySynced(path_); });
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions&) override {
    return Fsync(options, debug);
  }

 private:
  const std::string path_;
  const std::shared_ptr<Disk> disk_;
};

class FileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit FileSystem(std::shared_ptr<Disk> disk)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), disk_(std::move(disk)) {}

  const char* Name() const override { return "suyuan.VolatileFiles"; }

  IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file,
                           IODebugContext* debug) override {
    const bool existed = fs::exists(path);
    return Open(
        path, file, [&] { return target()->NewWritableFile(path, options, file, debug); },
        [&] { disk_->Created(path, existed); });
  }
  IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                              std::unique_ptr<rocksdb::FSWritableFile>* file,
                              IODebugContext* debug) override {
    return Open(
        path, file, [&] { return target()->ReopenWritableFile(path, options, file, debug); },
        [&] { disk_->Reopened(path); });
  }
  IOStatus ReuseWritableFile(const std::string&, const std::string&, const rocksdb::FileOptions&,
                             std::unique_ptr<rocksdb::FSWritableFile>*, IODebugContext*) override {
    return IOStatus::NotSupported("no file is used twice");
  }
  IOStatus NewDirectory(const std::string& path, const IOOptions& options,
                        std::unique_ptr<rocksdb::FSDirectory>* directory,
                        IODebugContext* debug) override {
    const IOStatus status = target()->NewDirectory(path, options, directory, debug);
    if (status.ok()) {
      *directory = std::make_unique<Directory>(std::move(*directory),
                                               fs::path(path).lexically_normal(), disk_);
    }
    return status;
  }
  IOStatus DeleteFile(const std::string& path, const IOOptions& options,
                      IODebugContext* debug) override {
    return disk_->Do(
        FileOperation::kWrite, path, [&] { return target()->DeleteFile(path, options, debug); },
        [&] { disk_->Deleted(path); });
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      IODebugContext* debug) override {
    std::optional<std::string> before;
    if (std::ifstream in(to, std::ios::binary); in) {
      before.emplace(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
    return disk_->Do(
        FileOperation::kWrite, to, [&] { return target()->RenameFile(from, to, options, debug); },
        [&] { disk_->Renamed(from, to, std::move(before)); });
  }

 private:
  template <typename Operation, typename Then>
  IOStatus Open(const std::string& path, std::unique_ptr<rocksdb::FSWritableFile>* file,
                Operation operation, Then then) {
    const IOStatus status = disk_->Do(FileOperation::kCreate, path, operation, then);
    if (status.ok()) *file = std::make_unique<File>(std::move(*file), path, disk_);
    return status;
  }

  const std::shared_ptr<Disk> disk_;
};

}  // namespace

VolatileFiles::VolatileFiles(Options options) : impl_(std::make_unique<Files::Impl>()) {
  impl_->env = rocksdb::NewCompositeEnv(
      std::make_shared<FileSystem>(std::make_shared<Disk>(std::move(options))));
}

VolatileFiles::~VolatileFiles() = default;

Files::Impl* VolatileFiles::impl() const { return impl_.get(); }

}  // namespace suyuan::kv
