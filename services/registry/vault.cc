#include "services/registry/vault.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "absl/strings/numbers.h"
#include "services/domain/chain_rules.h"
#include "services/domain/error.h"
#include "services/domain/id.h"
#include "storage/base/aead.h"
#include "storage/base/bytes.h"
#include "storage/base/hash.h"
#include "storage/base/log.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/base/uuid.h"
#include "storage/kv/db.h"
#include "storage/ledger/files.h"

namespace suyuan::registry {
namespace {

namespace fs = std::filesystem;

constexpr char kKeyFile[] = "/key", kPartyFile[] = "/party", kSetEnd[] = ".set";
constexpr char kKeyName[] = "vault-", kKeyEnd[] = ".kek", kUriEnd[] = ".uri";
constexpr char kMaking[] =
    "making-";  // Not there yet: a crash leaves it, the next start removes it.
// Version of the wrapping key, then the sealed data key. All zeros: erased.
constexpr size_t kKeyFileSize = 4 + kAeadNonceSize + kAeadKeySize + kAeadTagSize;

absl::Status Failed(const std::string& what) {
  return absl::InternalError(StrCat("vault: ", what, ": errno ", errno));
}

absl::Status Damaged(const std::string& path) {
  return absl::DataLossError(StrCat("vault: ", path, " does not open"));
}

// A key's file, where it lies; durable if true. `before_sync` is called in between.
bool Zero(
    int file, const std::function<void()>& before_sync = [] {}) {
  const std::string zeros(kKeyFileSize, '\0');
  if (::pwrite(file, zeros.data(), zeros.size(), 0) != kKeyFileSize) return false;
  before_sync();
  return ::fsync(file) == 0;
}

// What a crash left unfinished may hold a wrapped key.
void RemoveUnfinished(const fs::path& path) {
  std::error_code error;
  const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (file >= 0) {
    Zero(file);
    ::close(file);
  }
  fs::remove_all(path, error);
}

std::string BoundOfKey(const std::string& origin, const std::string& person,
                       const std::string& party, uint32_t version) {
  return StrCat("suyuan-vault-key-v1\n", origin, "\n", person, "\n", party, "\n", version, "\n");
}

std::string BoundOfSet(const std::string& origin, const std::string& person,
                       const std::string& request_id) {
  return StrCat("suyuan-vault-set-v1\n", origin, "\n", person, "\n", request_id, "\n");
}

}  // namespace

absl::StatusOr<std::unique_ptr<Vault>> Vault::Open(VaultOptions options) {
  std::unique_ptr<Vault> vault(new Vault(std::move(options)));
  RETURN_IF_ERROR(vault->LoadKeys());
  const std::string& dir = vault->options_.dir;
  std::error_code error;
  fs::create_directories(dir, error);
  if (!error) fs::permissions(dir, fs::perms::owner_all, error);
  if (error) return absl::InternalError(StrCat(dir, ": ", error.message()));
  RETURN_IF_ERROR(kv::SyncDirectoryOf(dir));
  std::vector<fs::path> unfinished;
  for (const auto& entry : fs::recursive_directory_iterator(dir, error)) {
    if (entry.path().filename().string().starts_with(kMaking)) unfinished.push_back(entry.path());
  }
  for (const fs::path& path : unfinished) RemoveUnfinished(path);
  RETURN_IF_ERROR(vault->RewrapAll());
  return vault;
}

// Every version that is there, from whichever on: those nothing is wrapped by any more may be gone.
absl::Status Vault::LoadKeys() {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(options_.keys_dir, error)) {
    const std::string name = entry.path().filename().string();
    const std::string kind = entry.path().extension().string();
    uint32_t version = 0;
    if (!name.starts_with(kKeyName) || (kind != kKeyEnd && kind != kUriEnd)) continue;
    const size_t digits = name.size() - sizeof kKeyName + 1 - kind.size();
    if (!absl::SimpleAtoi(name.substr(sizeof kKeyName - 1, digits), &version) || version == 0) {
      return absl::FailedPreconditionError(StrCat(entry.path().string(), ": not vault-N"));
    }
    auto key = kind == kKeyEnd ? OpenFileKey(entry.path()) : OpenTokenKey(entry.path());
    RETURN_IF_ERROR(key.status());
    if (!keys_.emplace(version, *std::move(key)).second) {
      return absl::FailedPreconditionError(StrCat(entry.path().string(), ": two of that number"));
    }
  }
  if (keys_.empty()) {
    return absl::FailedPreconditionError(StrCat("no vault-1.kek in ", options_.keys_dir));
  }
  return absl::OkStatus();
}

std::string Vault::FolderOf(const std::string& person) const {
  return StrCat(options_.dir, "/", domain::PersonId::FromName(person).id());
}

// A file is there whole and synced, or not at all.
absl::Status Vault::WriteNew(const std::string& path, std::string_view bytes) const {
  const std::string making = StrCat(path.substr(0, path.rfind('/') + 1), kMaking, RandomUuid());
  Before();
  const int file = ::open(making.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return Failed(making);
  const bool written =
      ::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
  const bool synced = written && ::fsync(file) == 0;
  ::close(file);
  Before();
  if (!synced || ::rename(making.c_str(), path.c_str()) != 0) return Failed(path);
  Before();
  return kv::SyncDirectoryOf(path);
}

absl::StatusOr<std::string> Vault::KeyFileOf(const std::string& person, const std::string& party,
                                             std::string_view key) const {
  const auto& [version, wrapping] = *keys_.rbegin();
  std::string key_file;
  PutU32(key_file, version);
  ASSIGN_OR_RETURN(const std::string wrapped,
                   wrapping->Wrap(BoundOfKey(options_.origin, person, party, version), key));
  return key_file + wrapped;
}

absl::Status Vault::Make(const std::string& person, const std::string& party) {
  ASSIGN_OR_RETURN(const std::string key_file, KeyFileOf(person, party, RandomBytes(kAeadKeySize)));
  const std::string making = StrCat(options_.dir, "/", kMaking, RandomUuid());
  Before();
  if (::mkdir(making.c_str(), 0700) != 0) return Failed(making);
  RETURN_IF_ERROR(WriteNew(making + kPartyFile, party));
  RETURN_IF_ERROR(WriteNew(making + kKeyFile, key_file));
  Before();
  if (::rename(making.c_str(), FolderOf(person).c_str()) != 0) return Failed(making);
  Before();
  return kv::SyncDirectoryOf(FolderOf(person));
}

absl::StatusOr<std::string> Vault::PartyOf(const std::string& person) {
  absl::StatusOr<std::string> party = ledger::ReadWholeFile(FolderOf(person) + kPartyFile);
  if (!party.ok()) return domain::NotFound(person);
  return party;
}

absl::StatusOr<std::string> Vault::DataKey(const std::string& person) const {
  const std::string path = FolderOf(person) + kKeyFile;
  const absl::StatusOr<std::string> file = ledger::ReadWholeFile(path);
  if (!file.ok()) return domain::NotFound(person);
  if (*file == std::string(kKeyFileSize, '\0')) return domain::Error(v1::REASON_ERASED);
  ASSIGN_OR_RETURN(const std::string party, ledger::ReadWholeFile(FolderOf(person) + kPartyFile));
  ByteReader reader(*file);
  const uint32_t version = reader.U32();
  const auto wrapping = keys_.find(version);
  if (file->size() != kKeyFileSize || wrapping == keys_.end()) return Damaged(path);
  absl::StatusOr<std::string> key =
      wrapping->second->Unwrap(BoundOfKey(options_.origin, person, party, version), reader.rest());
  if (absl::IsDataLoss(key.status())) return Damaged(path);
  return key;
}

absl::StatusOr<v1::PrivateSet> Vault::OpenSet(const std::string& person, const std::string& path,
                                              const std::string& key) const {
  ASSIGN_OR_RETURN(const std::string sealed, ledger::ReadWholeFile(path));
  const std::string request_id = fs::path(path).stem().string();
  const std::optional<std::string> text =
      Unseal(key, BoundOfSet(options_.origin, person, request_id), sealed);
  v1::PrivateSet set;
  if (!text || !set.ParseFromString(*text)) return Damaged(path);
  return set;
}

absl::StatusOr<v1::PrivateSet> Vault::Put(const std::string& person, const std::string& party,
                                          const v1::PrivateSet& set) {
  MutexLock lock(&mutex_);
  const std::string folder = FolderOf(person);
  if (!fs::exists(folder)) RETURN_IF_ERROR(Make(person, party));
  ASSIGN_OR_RETURN(const std::string owner, PartyOf(person));
  if (owner != party) return domain::NotFound(person);
  ASSIGN_OR_RETURN(const std::string key, DataKey(person));
  const std::string path = StrCat(folder, "/", set.request_id(), kSetEnd);
  if (fs::exists(path)) return OpenSet(person, path, key);
  const auto files = std::distance(fs::directory_iterator(folder), fs::directory_iterator());
  if (static_cast<size_t>(files) >= kSetsMax + 2) {
    return domain::Error(v1::REASON_FIELD_OUT_OF_RANGE, {{"field", "person"}});
  }
  const std::string bound = BoundOfSet(options_.origin, person, set.request_id());
  RETURN_IF_ERROR(WriteNew(path, Seal(key, bound, set.SerializeAsString())));
  return set;
}

absl::StatusOr<std::vector<v1::PrivateSet>> Vault::Load(const std::string& person) {
  MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(const std::string key, DataKey(person));
  std::vector<v1::PrivateSet> sets;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(FolderOf(person), error)) {
    if (entry.path().extension() != kSetEnd) continue;
    ASSIGN_OR_RETURN(v1::PrivateSet set, OpenSet(person, entry.path().string(), key));
    sets.push_back(std::move(set));
  }
  std::sort(sets.begin(), sets.end(), [](const auto& a, const auto& b) {
    return std::pair(a.stored_micros(), a.request_id()) <
           std::pair(b.stored_micros(), b.request_id());
  });
  return sets;
}

absl::Status Vault::RewrapAll() {
  MutexLock lock(&mutex_);
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(options_.dir, error)) {
    const std::string id = entry.path().filename().string();
    if (!domain::ValidId(id)) continue;
    const absl::Status done = Rewrap(domain::PersonId::FromId(id).name());
    if (done.ok()) continue;
    // One that does not open is its own trouble, not everybody's.
    if (!absl::IsDataLoss(done)) return done;
    log::Error("vault: a key is not wrapped anew", {{"status", done.ToString()}});
  }
  return absl::OkStatus();
}

absl::Status Vault::Rewrap(const std::string& person) {
  const std::string path = FolderOf(person) + kKeyFile;
  ASSIGN_OR_RETURN(const std::string file, ledger::ReadWholeFile(path));
  if (ByteReader(file).U32() == keys_.rbegin()->first) return absl::OkStatus();
  const absl::StatusOr<std::string> key = DataKey(person);
  if (domain::ReasonOf(key.status()) == v1::REASON_ERASED) return absl::OkStatus();
  RETURN_IF_ERROR(key.status());
  ASSIGN_OR_RETURN(const std::string party, ledger::ReadWholeFile(FolderOf(person) + kPartyFile));
  ASSIGN_OR_RETURN(const std::string wrapped, KeyFileOf(person, party, *key));
  // What the earlier wrapping key opens goes from the disk, not only from the folder.
  const int earlier = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (earlier < 0) return Failed(path);
  const absl::Status written = WriteNew(path, wrapped);
  const bool zeroed = written.ok() && Zero(earlier);
  ::close(earlier);
  RETURN_IF_ERROR(written);
  return zeroed ? absl::OkStatus() : Failed(path);
}

// In place: the wrapped key's only bytes here.
absl::Status Vault::Erase(const std::string& person) {
  MutexLock lock(&mutex_);
  const std::string folder = FolderOf(person);
  if (!fs::exists(folder)) return absl::OkStatus();
  Before();
  const int file = ::open((folder + kKeyFile).c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0) return Failed(folder + kKeyFile);
  const bool synced = Zero(file, [this] { Before(); });
  ::close(file);
  if (!synced) return Failed(folder + kKeyFile);
  std::vector<fs::path> sets;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == kSetEnd) sets.push_back(entry.path());
  }
  for (const fs::path& set : sets) {
    Before();
    fs::remove(set, error);
    if (error) return absl::InternalError(StrCat("vault: ", error.message()));
  }
  Before();
  return kv::SyncDirectoryOf(folder + kKeyFile);
}

absl::StatusOr<std::vector<std::string>> Vault::People() {
  MutexLock lock(&mutex_);
  std::vector<std::string> people;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(options_.dir, error)) {
    const std::string id = entry.path().filename().string();
    const auto files =
        std::distance(fs::directory_iterator(entry, error), fs::directory_iterator());
    const std::string name = domain::PersonId::FromId(id).name();
    // Erased to the end: a zeroed key, and nothing else but the party.
    const bool erased = files == 2 && domain::ReasonOf(DataKey(name).status()) == v1::REASON_ERASED;
    if (domain::ValidId(id) && !erased) people.push_back(name);
  }
  if (error) return absl::InternalError(StrCat("vault: ", error.message()));
  return people;
}

}  // namespace suyuan::registry
