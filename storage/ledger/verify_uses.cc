#include "storage/ledger/verify_uses.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <tuple>
#include <type_traits>
#include <utility>

#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/rows.h"

namespace suyuan::ledger {
namespace {

constexpr size_t kPartKept = (128 << 20) / PassageStore::kParts / sizeof(Passage);

static_assert(std::is_trivially_copyable_v<Passage>);

int PartOf(const Passage& passage) { return passage.id[0] % PassageStore::kParts; }

bool Before(const Passage& a, const Passage& b) {
  return std::tie(a.id, a.first) < std::tie(b.id, b.first);
}

absl::StatusOr<std::FILE*> NamelessFile(const std::string& dir) {
  std::string path = (dir.empty() ? std::filesystem::temp_directory_path().string() : dir) +
                     "/suyuan-verify-XXXXXX";
  const int file = mkstemp(path.data());
  if (file < 0) return absl::InternalError(StrCat("create ", path, ": errno ", errno));
  unlink(path.c_str());
  return fdopen(file, "w+b");
}

}  // namespace

UseId UseIdOf(UseKind kind, std::string_view name) {
  const Hash hash = Sha256(name);
  UseId id;
  std::copy_n(hash.begin(), id.size(), id.begin());
  id.back() = static_cast<uint8_t>((id.back() & ~1) | static_cast<uint8_t>(kind));
  return id;
}

PieceUses::Stream& PieceUses::Use(std::string_view stream, uint64_t sequence, uint64_t version,
                                  bool* fits) {
  const auto [place, fresh] = streams_.try_emplace(ToAbsl(stream));
  Stream& use = place->second;
  if (fresh) {
    use.first = sequence;
    use.before = use.after = version;
  }
  if (use.record != sequence) {
    use.record = sequence;
    use.head = use.after;
  }
  *fits = version == use.head;
  return use;
}

bool PieceUses::Read(std::string_view stream, uint64_t sequence, uint64_t version) {
  bool fits = false;
  Use(stream, sequence, version, &fits);
  return fits;
}

bool PieceUses::Write(std::string_view stream, uint64_t sequence, uint64_t version) {
  bool fits = false;
  Use(stream, sequence, version, &fits).after = sequence;
  return fits;
}

bool PieceUses::Opens(std::string_view stream, std::string_view salt, const Hash& tag) {
  Stream& use = streams_[ToAbsl(stream)];
  if (use.salt.empty()) {
    use.salt = tag_key_ == nullptr ? std::string(salt) : TagSaltOf(*tag_key_, stream);
    use.tag = TagOf(use.salt, stream);
  }
  return use.salt == salt && use.tag == tag;
}

void PieceUses::Request(std::string_view key, uint64_t sequence) {
  requests_.push_back({UseIdOf(UseKind::kRequest, key), sequence, kAbsent, sequence});
}

std::vector<Passage> PieceUses::Take() {
  std::vector<Passage> passages = std::exchange(requests_, {});
  passages.reserve(passages.size() + streams_.size());
  for (const auto& [name, use] : streams_) {
    passages.push_back({UseIdOf(UseKind::kStream, name), use.first, use.before, use.after});
  }
  streams_.clear();
  return passages;
}

PassageStore::PassageStore(std::string dir) : dir_(std::move(dir)) {}

PassageStore::~PassageStore() {
  for (Part& part : parts_) {
    MutexLock lock(&part.mutex);
    if (part.file != nullptr) std::fclose(part.file);
  }
}

absl::Status PassageStore::Append(Part& part, const Passage* first, size_t count) {
  MutexLock lock(&part.mutex);
  part.kept.insert(part.kept.end(), first, first + count);
  if (part.kept.size() < kPartKept) return absl::OkStatus();
  if (part.file == nullptr) {
    ASSIGN_OR_RETURN(part.file, NamelessFile(dir_));
  }
  if (std::fwrite(part.kept.data(), sizeof(Passage), part.kept.size(), part.file) !=
      part.kept.size()) {
    return absl::ResourceExhaustedError(StrCat("cannot write what is being sorted to ", dir_));
  }
  part.in_file += part.kept.size();
  part.kept.clear();
  return absl::OkStatus();
}

absl::Status PassageStore::Add(std::vector<Passage> passages) {
  std::sort(passages.begin(), passages.end(),
            [](const Passage& a, const Passage& b) { return PartOf(a) < PartOf(b); });
  for (size_t first = 0; first < passages.size();) {
    const int part = PartOf(passages[first]);
    size_t end = first;
    while (end < passages.size() && PartOf(passages[end]) == part) ++end;
    RETURN_IF_ERROR(Append(parts_[part], &passages[first], end - first));
    first = end;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Passage>> PassageStore::Take(int number) {
  Part& part = parts_[number];
  MutexLock lock(&part.mutex);
  std::vector<Passage> passages = std::exchange(part.kept, {});
  if (part.in_file > 0) {
    const size_t kept = passages.size();
    passages.resize(kept + part.in_file);
    std::rewind(part.file);
    if (std::fread(passages.data() + kept, sizeof(Passage), part.in_file, part.file) !=
        part.in_file) {
      return absl::InternalError(StrCat("cannot read what is being sorted in ", dir_));
    }
  }
  std::sort(passages.begin(), passages.end(), Before);
  return passages;
}

}  // namespace suyuan::ledger
