// The vault of private data: what the log must not hold. Files, sealed; docs/decisions/0018 says
// why not a database.
//
// {dir}/{person's bare id}/ holds `party` (who stored it), `key` (the person's data key, wrapped by
// {keys_dir}/vault-N.kek, a key, or vault-N.uri, where one is) and a `{request id}.set` each time
// something was stored.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/registry/wrapping_key.h"
#include "storage/base/mutex.h"
#include "suyuan/v1/identity.pb.h"

namespace suyuan::registry {

struct VaultOptions {
  std::string dir;  // Made if it is not there.
  std::string keys_dir;
  std::string origin;            // Of the ledger: its vault opens nowhere else.
  std::function<void()> before;  // Called before each change on disk: for tests.
};

// Owns its directory. Thread-safe. Persons and parties are resource names, already checked.
class Vault {
 public:
  static constexpr size_t kSetsMax = 100;  // Of one person.

  // Wraps all data keys by the newest wrapping key: once it is open, the others may go.
  // FAILED_PRECONDITION: no wrapping key, or one that is none (wrapping_key.h).
  static absl::StatusOr<std::unique_ptr<Vault>> Open(VaultOptions options);

  // Seals `set`, whose values have their salts; durable on OK. The first of a person makes the key.
  // A request id that is there already answers the set stored under it and changes nothing.
  // REASON_ERASED. REASON_NOT_FOUND: another party's person. REASON_FIELD_OUT_OF_RANGE: too many.
  absl::StatusOr<v1::PrivateSet> Put(const std::string& person, const std::string& party,
                                     const v1::PrivateSet& set);
  // All sets, oldest first. REASON_NOT_FOUND, REASON_ERASED. DATA_LOSS: a file was altered.
  absl::StatusOr<std::vector<v1::PrivateSet>> Load(const std::string& person);
  // Who stored it, erased or not. REASON_NOT_FOUND.
  absl::StatusOr<std::string> PartyOf(const std::string& person);
  // Overwrites the key where it lies, then deletes the sets; durable on OK. The zeroed key stays,
  // so that nothing is stored under that name again. May be repeated; nobody of that name: OK.
  absl::Status Erase(const std::string& person);
  // Whom it has and has not erased.
  absl::StatusOr<std::vector<std::string>> People();

 private:
  explicit Vault(VaultOptions options) : options_(std::move(options)) {}
  absl::Status LoadKeys();
  std::string FolderOf(const std::string& person) const;
  absl::Status Make(const std::string& person, const std::string& party)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::string> DataKey(const std::string& person) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // A data key as its file has it, by the newest wrapping key.
  absl::StatusOr<std::string> KeyFileOf(const std::string& person, const std::string& party,
                                        std::string_view key) const;
  absl::Status RewrapAll() ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Rewrap(const std::string& person) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<v1::PrivateSet> OpenSet(const std::string& person, const std::string& path,
                                         const std::string& key) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status WriteNew(const std::string& path, std::string_view bytes) const;
  void Before() const {
    if (options_.before) options_.before();
  }

  const VaultOptions options_;
  std::map<uint32_t, std::unique_ptr<WrappingKey>> keys_;  // By version; the last wraps.
  Mutex mutex_;                                            // One change at a time.
};

}  // namespace suyuan::registry
