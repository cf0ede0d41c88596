#include "services/store/fold_cache.h"

#include "services/store/events.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::store {
namespace {

// Folds what a stream has gained onto what was known of it.
absl::Status Fold(const std::string& stream, const ledger::StreamTail& tail,
                  domain::LoadedStream* loaded) {
  if (tail.records.empty()) {
    loaded->version = tail.version;
    return absl::OkStatus();
  }
  const std::shared_ptr<domain::StreamState> state =
      loaded->state ? loaded->state->Clone() : domain::NewState(stream);
  if (state == nullptr) return absl::InternalError(StrCat("no kind of stream is ", stream));
  for (const auto& record : tail.records) {
    RETURN_IF_ERROR(ForEachEvent(*record, [&state](const domain::EventAt& at) {
      state->Apply(at);
      return absl::OkStatus();
    }));
  }
  *loaded = {tail.version, state};
  return absl::OkStatus();
}

}  // namespace

domain::LoadedStream FoldCache::Known(const std::string& stream) {
  MutexLock lock(&mutex_);
  const auto entry = entries_.find(stream);
  if (entry == entries_.end()) return {ledger::kAbsent, nullptr};
  used_.splice(used_.begin(), used_, entry->second.used);
  return entry->second.loaded;
}

void FoldCache::Keep(const std::string& stream, const domain::LoadedStream& loaded) {
  if (loaded.state == nullptr) return;  // Absent streams cost a look-up, not memory.
  MutexLock lock(&mutex_);
  const auto entry = entries_.find(stream);
  if (entry != entries_.end()) {
    // Another load may have come further meanwhile.
    if (entry->second.loaded.version < loaded.version) entry->second.loaded = loaded;
    return;
  }
  used_.push_front(stream);
  entries_.emplace(stream, Entry{loaded, used_.begin()});
  if (entries_.size() > size_max_) {
    entries_.erase(used_.back());
    used_.pop_back();
  }
}

absl::StatusOr<FoldCache::Answer> FoldCache::Load(const std::vector<std::string>& streams,
                                                  std::string_view request_key) {
  std::vector<domain::LoadedStream> known;
  std::vector<ledger::StreamVersion> versions;
  for (const std::string& stream : streams) {
    known.push_back(Known(stream));
    versions.push_back({stream, known.back().version});
  }
  ASSIGN_OR_RETURN(const ledger::Loaded tails, client_->Load(versions, request_key));
  Answer answer;
  answer.replayed_sequence = tails.replayed_sequence;
  for (size_t i = 0; i < streams.size(); ++i) {
    RETURN_IF_ERROR(Fold(streams[i], tails.streams[i], &known[i]));
    Keep(streams[i], known[i]);
    answer.streams[streams[i]] = std::move(known[i]);
  }
  return answer;
}

}  // namespace suyuan::store
