#include "storage/ledger/mark.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/kv/db.h"

namespace suyuan::ledger {
namespace {

constexpr size_t kSlotSize = 4096;
constexpr std::string_view kMagic = "suyuan-mark-v1\n";

std::string FileIn(const std::string& dir) { return dir + "/mark"; }

absl::Status Failed(std::string_view what) {
  return absl::InternalError(StrCat("the mark: ", what, ": ", std::strerror(errno)));
}

std::string EncodeSlot(uint64_t serial, const MarkState& state) {
  SUYUAN_CHECK(state.lineage.size() == kMarkIdSize && state.opening.size() == kMarkIdSize);
  std::string out(kMagic);
  PutU64(out, serial);
  out.append(state.lineage);
  PutU64(out, state.generation);
  out.append(state.opening);
  PutU64(out, state.head.size);
  out.append(AsBytes(state.head.root));
  PutU8(out, state.poisoned ? 1 : 0);
  out.resize(kSlotSize - kHashSize, '\0');
  out.append(AsBytes(Sha256(out)));
  return out;
}

struct Slot {
  uint64_t serial = 0;
  MarkState state;
};

std::optional<Slot> DecodeSlot(std::string_view bytes) {
  if (bytes.size() != kSlotSize || !bytes.starts_with(kMagic)) return std::nullopt;
  const std::string_view body = bytes.substr(0, kSlotSize - kHashSize);
  const Hash hash = Sha256(body);
  if (AsBytes(hash) != bytes.substr(body.size())) return std::nullopt;
  ByteReader in(body.substr(kMagic.size()));
  Slot slot;
  slot.serial = in.U64();
  slot.state.lineage = in.Bytes(kMarkIdSize);
  slot.state.generation = in.U64();
  slot.state.opening = in.Bytes(kMarkIdSize);
  slot.state.head.size = in.U64();
  slot.state.head.root = HashFromBytes(in.Bytes(kHashSize));
  slot.state.poisoned = in.U8() != 0;
  return slot;
}

// The newer of the slots that are whole.
std::optional<Slot> ReadSlots(int file) {
  std::optional<Slot> newest;
  std::string bytes(kSlotSize, '\0');
  for (int i = 0; i < 2; ++i) {
    const ssize_t got = pread(file, bytes.data(), kSlotSize, i * static_cast<off_t>(kSlotSize));
    if (got != static_cast<ssize_t>(kSlotSize)) continue;
    std::optional<Slot> slot = DecodeSlot(bytes);
    if (slot && (!newest || slot->serial > newest->serial)) newest = std::move(slot);
  }
  return newest;
}

absl::Status WriteSlot(int file, uint64_t serial, const MarkState& state) {
  const std::string bytes = EncodeSlot(serial, state);
  const off_t at = static_cast<off_t>((serial % 2) * kSlotSize);
  if (pwrite(file, bytes.data(), bytes.size(), at) != static_cast<ssize_t>(bytes.size())) {
    return Failed("write");
  }
  return fdatasync(file) == 0 ? absl::OkStatus() : Failed("sync");
}

}  // namespace

bool Mark::Exists(const std::string& dir) {
  std::error_code ignored;
  return std::filesystem::exists(FileIn(dir), ignored);
}

absl::Status Mark::Create(const std::string& dir, const MarkState& state) {
  const std::string path = FileIn(dir);
  const std::string beside = path + ".creating";
  if (Exists(dir)) return absl::FailedPreconditionError(StrCat("there is a mark in ", dir));
  std::error_code error;
  std::filesystem::create_directories(dir, error);
  std::filesystem::remove(beside, error);
  const int file = open(beside.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return Failed(StrCat("create ", beside));
  // Both slots, so that a full disk cannot keep a later write from its place.
  absl::Status written = WriteSlot(file, 1, state);
  if (written.ok()) written = WriteSlot(file, 2, state);
  close(file);
  RETURN_IF_ERROR(written);
  std::filesystem::rename(beside, path, error);
  if (error) return absl::InternalError(StrCat("the mark: rename: ", error.message()));
  RETURN_IF_ERROR(kv::SyncDirectoryOf(path));
  return kv::SyncDirectoryOf(dir);
}

absl::StatusOr<std::unique_ptr<Mark>> Mark::Open(const std::string& dir) {
  const int file = open(FileIn(dir).c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0 && errno == ENOENT) return absl::NotFoundError(StrCat("no mark in ", dir));
  if (file < 0) return Failed(StrCat("open ", FileIn(dir)));
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    close(file);
    return absl::UnavailableError(StrCat("another process has the mark in ", dir));
  }
  std::optional<Slot> slot = ReadSlots(file);
  if (!slot) {
    close(file);
    return absl::DataLossError(StrCat("no slot of the mark in ", dir, " is whole"));
  }
  return std::unique_ptr<Mark>(new Mark(file, slot->serial, std::move(slot->state)));
}

Mark::Mark(int file, uint64_t serial, MarkState state)
    : file_(file), serial_(serial), state_(std::move(state)) {}

Mark::~Mark() { close(file_); }

MarkState Mark::state() const {
  MutexLock lock(&mutex_);
  return state_;
}

absl::Status Mark::Set(const MarkState& state) {
  MutexLock lock(&mutex_);
  const std::optional<Slot> found = ReadSlots(file_);
  if (!found || found->serial != serial_ || found->state.opening != state_.opening) {
    return absl::FailedPreconditionError("somebody else writes the mark");
  }
  RETURN_IF_ERROR(WriteSlot(file_, serial_ + 1, state));
  ++serial_;
  state_ = state;
  return absl::OkStatus();
}

void Mark::Poison() {
  MutexLock lock(&mutex_);
  state_.poisoned = true;
  WriteSlot(file_, ++serial_, state_).IgnoreError();
}

}  // namespace suyuan::ledger
