// A set of numbers as ranges, for what thousands of labels do together. Pure; thread-compatible.
#pragma once

#include <map>
#include <optional>

namespace suyuan::domain {

class Ranges {
 public:
  // All of first..last, both inclusive. What touches becomes one range.
  void Add(int first, int last);
  bool Any(int first, int last) const { return FirstIn(first, last).has_value(); }
  // Whether all of first..last are in it.
  bool Holds(int first, int last) const { return EndFrom(first) >= last; }
  // The least number of first..last that is in it.
  std::optional<int> FirstIn(int first, int last) const;
  // The last number of the range that `number` is in; number - 1 where it is in none.
  int EndFrom(int number) const;

 private:
  std::map<int, int> ends_;  // First → last; neither overlapping nor touching.
};

}  // namespace suyuan::domain
