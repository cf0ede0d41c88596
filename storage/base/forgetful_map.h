// What can be had again, kept by name: beyond its room all of it is forgotten at once, which costs
// no order to keep. Thread-compatible.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"

namespace suyuan {

template <typename Value>
class ForgetfulMap {
 public:
  // `room`: the sum of all sizes at most, unless one is larger alone.
  explicit ForgetfulMap(size_t room) : room_(room) {}

  // Null: not kept. Valid until the next Put.
  const Value* Find(const std::string& name) const {
    const auto kept = kept_.find(name);
    return kept == kept_.end() ? nullptr : &kept->second.value;
  }
  // In place of what was kept under that name.
  void Put(const std::string& name, Value value, size_t size = 1) {
    if (used_ + size > room_) {
      kept_.clear();
      used_ = 0;
    }
    Kept& kept = kept_[name];
    used_ += size - kept.size;
    kept = {std::move(value), size};
  }

 private:
  struct Kept {
    Value value;
    size_t size = 0;
  };
  const size_t room_;
  size_t used_ = 0;
  absl::flat_hash_map<std::string, Kept> kept_;
};

}  // namespace suyuan
