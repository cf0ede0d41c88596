#include "services/rpc/tls_stage.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <utility>

#include "services/rpc/certificate.h"
#include "services/rpc/openssl.h"
#include "storage/base/clock.h"
#include "storage/base/log.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::rpc {
namespace {

int NewFile() {
  const int file = memfd_create("suyuan-tls", MFD_CLOEXEC);
  SUYUAN_CHECK(file >= 0);
  return file;
}

// Puts the bytes in the file's place: whoever opens its path finds the one before or this, whole.
void Publish(const std::string& bytes, int file) {
  const int fresh = NewFile();
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t written = write(fresh, bytes.data() + done, bytes.size() - done);
    SUYUAN_CHECK(written > 0);
    done += static_cast<size_t>(written);
  }
  SUYUAN_CHECK(dup3(fresh, file, O_CLOEXEC) == file);
  close(fresh);
}

}  // namespace

TlsStage::TlsStage(std::string dir, bool authorities, absl::Duration delay)
    : dir_(std::move(dir)), identity_(NewFile()), authorities_(authorities ? NewFile() : -1) {
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
    Publish(bytes, identity_);
    identity_bytes_ = std::move(bytes);
  }
  if (authorities_ >= 0) {
    std::string bytes = ReadPem(StrCat(dir_, "/", kAuthoritiesFile)).value_or("");
    if (CertificatesOf(bytes).empty()) {
      StrAppend(&trouble, trouble.empty() ? "" : "; ", dir_, "/", kAuthoritiesFile,
                ": no certificates");
    } else if (bytes != authorities_bytes_) {
      Publish(bytes, authorities_);
      authorities_bytes_ = std::move(bytes);
    }
  }
  if (trouble != trouble_ && !trouble.empty()) {
    log::Warning("certificate not reloaded", {{"status", trouble}});
  }
  trouble_ = std::move(trouble);
}

}  // namespace suyuan::rpc
