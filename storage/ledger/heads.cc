#include "storage/ledger/heads.h"

#include <utility>

namespace suyuan::ledger {
namespace {

constexpr size_t kYoungerMax = 32768;  // Some 3 MB; of the longest names 10 MB.

}  // namespace

Heads::Known Heads::Find(const std::vector<StreamVersion>& streams) {
  Known known;
  known.heads.reserve(streams.size());
  Map dying;
  MutexLock lock(&mutex_);
  known.size = size_;
  for (const StreamVersion& asked : streams) known.heads.push_back(Look(asked.stream, &dying));
  return known;
}

std::optional<uint64_t> Heads::Find(const std::string& stream) {
  Map dying;
  MutexLock lock(&mutex_);
  return Look(stream, &dying);
}

void Heads::Learn(uint64_t size, const std::string& stream, uint64_t head) {
  Map dying;
  MutexLock lock(&mutex_);
  if (size == size_) Put(stream, head, &dying);
}

void Heads::Advance(std::vector<StreamVersion> moved, uint64_t size) {
  Map dying;
  MutexLock lock(&mutex_);
  size_ = size;
  for (StreamVersion& stream : moved) Put(std::move(stream.stream), stream.version, &dying);
}

std::optional<uint64_t> Heads::Look(const std::string& stream, Map* dying) {
  const auto younger = younger_.find(stream);
  if (younger != younger_.end()) return younger->second;
  const auto older = older_.find(stream);
  if (older == older_.end()) return std::nullopt;
  const uint64_t head = older->second;
  Put(stream, head, dying);
  return head;
}

void Heads::Put(std::string stream, uint64_t head, Map* dying) {
  younger_.insert_or_assign(std::move(stream), head);
  if (younger_.size() < kYoungerMax) return;
  *dying = std::exchange(older_, std::exchange(younger_, Map()));
}

}  // namespace suyuan::ledger
