#include "storage/ledger/heads.h"

#include <utility>

namespace suyuan::ledger {
namespace {

constexpr size_t kYoungerMax = 32768;  // Some 3 MB.

}  // namespace

Heads::Known Heads::Find(const std::vector<StreamVersion>& streams) const {
  Known known;
  known.heads.reserve(streams.size());
  MutexLock lock(&mutex_);
  known.size = size_;
  for (const StreamVersion& asked : streams) known.heads.push_back(Look(asked.stream));
  return known;
}

std::optional<uint64_t> Heads::Find(const std::string& stream) const {
  MutexLock lock(&mutex_);
  return Look(stream);
}

std::optional<uint64_t> Heads::Look(const std::string& stream) const {
  for (const Map* heads : {&younger_, &older_}) {
    const auto found = heads->find(stream);
    if (found != heads->end()) return found->second;
  }
  return std::nullopt;
}

void Heads::Learn(uint64_t size, const std::string& stream, uint64_t head) {
  MutexLock lock(&mutex_);
  if (size == size_) Put(stream, head);
}

void Heads::Advance(std::vector<StreamVersion> moved, uint64_t size) {
  MutexLock lock(&mutex_);
  size_ = size;
  for (StreamVersion& stream : moved) Put(std::move(stream.stream), stream.version);
}

void Heads::Put(std::string stream, uint64_t head) {
  younger_.insert_or_assign(std::move(stream), head);
  if (younger_.size() < kYoungerMax) return;
  older_ = std::exchange(younger_, Map());
}

}  // namespace suyuan::ledger
