#include "services/rpc/tls_stage.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "services/rpc/certificate.h"
#include "services/rpc/openssl.h"
#include "storage/base/clock.h"
#include "storage/base/log.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::rpc {
namespace {

// Asked for by hosts that let nothing in memory be run (vm.memfd_noexec); older ones do not know
// it.
constexpr unsigned kNoExecSeal = 8;

// -1: there is no handle, or no memory.
int NewFile() {
  const int file = memfd_create("suyuan-tls", MFD_CLOEXEC | kNoExecSeal);
  return file < 0 && errno == EINVAL ? memfd_create("suyuan-tls", MFD_CLOEXEC) : file;
}

// Puts the bytes in the file's place: whoever opens its path finds the one before or this, whole.
// False: the one before stays.
bool Publish(const std::string& bytes, int file) {
  const int fresh = NewFile();
  if (fresh < 0) return false;
  size_t done = 0;
  for (ssize_t written = 1; done < bytes.size() && written > 0;) {
    written = write(fresh, bytes.data() + done, bytes.size() - done);
    if (written > 0) done += static_cast<size_t>(written);
  }
  const bool whole = done == bytes.size() && dup3(fresh, file, O_CLOEXEC) == file;
  close(fresh);
  return whole;
}

}  // namespace

TlsStage::TlsStage(std::string dir, bool authorities, absl::Duration delay)
    : dir_(std::move(dir)), identity_(NewFile()), authorities_(authorities ? NewFile() : -1) {
  SUYUAN_CHECK(identity_ >= 0 && (!authorities || authorities_ >= 0));
  Look();
  thread_ = std::thread([this, delay] {
    MutexLock lock(&mutex_);
    while (!mutex_.AwaitWithTimeout([this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return stopping_; },
                                    delay)) {
      LookLocked();
    }
  });
}

TlsStage::~TlsStage() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

std::string TlsStage::PathOf(int file) {
  return file < 0 ? std::string() : StrCat("/proc/self/fd/", file);
}

void TlsStage::Look() {
  MutexLock lock(&mutex_);
  LookLocked();
}

void TlsStage::LookLocked() {
  std::string trouble;
  const absl::StatusOr<KeyAndCertificate> pair = ReadTlsFolder(dir_, SystemClock::Get()->Now());
  if (!pair.ok()) {
    trouble = std::string(pair.status().message());
  } else if (std::string bytes = pair->certificate + "\n" + pair->key; bytes != identity_bytes_) {
    if (Publish(bytes, identity_)) {
      identity_bytes_ = std::move(bytes);
    } else {
      trouble = "no handle or memory is left for it";
    }
  }
  if (authorities_ >= 0) {
    std::string bytes = ReadPem(StrCat(dir_, "/", kAuthoritiesFile)).value_or("");
    if (CertificatesOf(bytes).empty()) {
      StrAppend(&trouble, trouble.empty() ? "" : "; ", dir_, "/", kAuthoritiesFile,
                ": no certificates");
    } else if (bytes != authorities_bytes_) {
      if (Publish(bytes, authorities_)) authorities_bytes_ = std::move(bytes);
    }
  }
  if (trouble != trouble_ && !trouble.empty()) {
    log::Warning("certificate not reloaded", {{"status", trouble}});
  }
  trouble_ = std::move(trouble);
}

}  // namespace suyuan::rpc
