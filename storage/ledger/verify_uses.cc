#include "storage/ledger/verify_uses.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
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

constexpr size_t kNamesAtOnce = 64 << 10;

static_assert(std::is_trivially_copyable_v<Passage>);

size_t PartOf(const Passage& passage) { return passage.id[0] % PassageStore::kParts; }

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
  std::memcpy(id.data(), hash.data(), sizeof id);
  id.back() = (id.back() & ~uint64_t{1}) | static_cast<uint64_t>(kind);
  return id;
}

std::string_view PieceUses::KeepName(std::string_view name) {
  if (name_room_ < name.size()) {
    name_room_ = std::max(kNamesAtOnce, name.size());
    names_.push_back(std::make_unique<char[]>(name_room_));
    names_end_ = names_.back().get();
  }
  char* const kept = names_end_;
  std::copy(name.begin(), name.end(), kept);
  names_end_ += name.size();
  name_room_ -= name.size();
  return {kept, name.size()};
}

PieceUses::Stream& PieceUses::Use(std::string_view stream, uint64_t sequence, uint64_t version,
                                  bool* fits) {
  const auto found = by_name_.find(ToAbsl(stream));
  const bool fresh = found == by_name_.end();
  Stream& use = fresh ? streams_.emplace_back() : streams_[found->second];
  if (fresh) {
    use.name = KeepName(stream);
    by_name_.emplace(ToAbsl(use.name), static_cast<uint32_t>(streams_.size() - 1));
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
  Stream& use = streams_[by_name_.at(ToAbsl(stream))];
  if (use.opened == 0) {
    Opened opened;
    opened.salt = tag_key_ == nullptr ? std::string(salt) : TagSaltOf(*tag_key_, stream);
    opened.tag = TagOf(opened.salt, stream);
    opened_.push_back(std::move(opened));
    use.opened = static_cast<uint32_t>(opened_.size());
  }
  const Opened& opened = opened_[use.opened - 1];
  return opened.salt == salt && opened.tag == tag;
}

void PieceUses::Request(std::string_view key, uint64_t sequence) {
  requests_.push_back({UseIdOf(UseKind::kRequest, key), sequence, kAbsent, sequence});
}

std::vector<Passage> PieceUses::Take() {
  std::vector<Passage> passages = std::exchange(requests_, {});
  passages.reserve(passages.size() + streams_.size());
  for (const Stream& use : streams_) {
    passages.push_back({UseIdOf(UseKind::kStream, use.name), use.first, use.before, use.after});
  }
  streams_.clear();
  opened_.clear();
  by_name_.clear();
  names_.clear();
  name_room_ = 0;
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

absl::Status PassageStore::Add(const std::vector<Passage>& passages) {
  // Side by side by part: the end of each part's, then each passage before it.
  std::array<size_t, kParts + 1> ends{};
  for (const Passage& passage : passages) ++ends[PartOf(passage)];
  for (size_t part = 1; part <= kParts; ++part) ends[part] += ends[part - 1];
  std::vector<Passage> parted(passages.size());
  for (const Passage& passage : passages) parted[--ends[PartOf(passage)]] = passage;
  for (size_t part = 0; part < kParts; ++part) {
    const size_t count = ends[part + 1] - ends[part];
    if (count > 0) RETURN_IF_ERROR(Append(parts_[part], &parted[ends[part]], count));
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
