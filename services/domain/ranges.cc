#include "services/domain/ranges.h"

#include <algorithm>
#include <iterator>

namespace suyuan::domain {

void Ranges::Add(int first, int last) {
  auto next = ends_.upper_bound(first);
  if (next != ends_.begin() && std::prev(next)->second >= first - 1) {
    --next;
    first = next->first;
  }
  while (next != ends_.end() && next->first <= last + 1) {
    last = std::max(last, next->second);
    next = ends_.erase(next);
  }
  ends_[first] = last;
}

std::optional<int> Ranges::FirstIn(int first, int last) const {
  if (EndFrom(first) >= first) return first;
  const auto next = ends_.upper_bound(first);
  if (next == ends_.end() || next->first > last) return std::nullopt;
  return next->first;
}

int Ranges::EndFrom(int number) const {
  const auto next = ends_.upper_bound(number);
  if (next == ends_.begin()) return number - 1;
  return std::max(number - 1, std::prev(next)->second);
}

}  // namespace suyuan::domain
