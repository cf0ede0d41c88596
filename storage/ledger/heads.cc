#include "storage/ledger/heads.h"

#include <utility>

namespace suyuan::ledger {
namespace {

constexpr size_t kYoungerMax = 32768;  // Some 3 MB.

}  // namespace

Heads::Known Heads::Find(const std::vector<StreamVersion>& streams) const {
  Known known;
  known.heads.resize(streams.size());
  MutexLock lock(&mutex_);
  known.size = size_;
  for (size_t i = 0; i < streams.size(); ++i) {
    for (const Map* heads : {&younger_, &older_}) {
      const auto found = heads->find(streams[i].stream);
      if (found == heads->end()) continue;
      known.heads[i] = found->second;
      break;
    }
  }
  return known;
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
