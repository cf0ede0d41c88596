// A TLS folder as gRPC may read it at any moment: the last files that could be used, whole. gRPC
// 1.51 frees what it serves with before it has made the new, and goes on with what it freed where a
// key and a certificate do not match.
#pragma once

#include <string>
#include <thread>

#include "absl/time/time.h"
#include "storage/base/mutex.h"

namespace suyuan::rpc {

// Thread-safe. Looks at the folder on a thread of its own, which joins in the destructor.
class TlsStage {
 public:
  // `authorities`: the folder's list of them is wanted too. Files that cannot be used are logged
  // once and not taken, until others take their place.
  TlsStage(std::string dir, bool authorities, absl::Duration delay);
  ~TlsStage();

  // Looks at the folder now, as it does every `delay`.
  void Look();
  // In memory alone. Both stay open for as long as the process lives: gRPC's own thread may look at
  // them after we are gone, and must find no other file there.
  std::string identity_path() const { return PathOf(identity_); }  // Certificates, then the key.
  std::string authorities_path() const { return PathOf(authorities_); }

 private:
  static std::string PathOf(int file);
  void LookLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string dir_;
  const int identity_, authorities_;  // Descriptors; authorities_ may be -1: none.
  Mutex mutex_;
  std::string identity_bytes_ ABSL_GUARDED_BY(mutex_);  // As published.
  std::string authorities_bytes_ ABSL_GUARDED_BY(mutex_);
  std::string trouble_ ABSL_GUARDED_BY(mutex_);  // As logged last.
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace suyuan::rpc
