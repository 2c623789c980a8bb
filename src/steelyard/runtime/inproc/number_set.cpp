#include "steelyard/runtime/inproc/number_set.hpp"

#include <algorithm>
#include <iterator>

namespace steelyard {

bool NumberSet::insert(std::uint64_t number) {
  const auto after = runs_.upper_bound(number);
  const auto before = after == runs_.begin() ? runs_.end() : std::prev(after);
  const bool touches_before = before != runs_.end() && before->second >= number;
  if (touches_before && before->second > number) return false;
  const bool touches_after = after != runs_.end() && after->first == number + 1;
  const std::uint64_t end = touches_after ? after->second : number + 1;
  if (touches_after) runs_.erase(after);
  if (touches_before) {
    before->second = end;
  } else {
    runs_.emplace(number, end);
  }
  ++size_;
  return true;
}

bool NumberSet::contains(std::uint64_t number) const {
  const auto after = runs_.upper_bound(number);
  return after != runs_.begin() && std::prev(after)->second > number;
}

std::vector<std::uint64_t> NumberSet::minus(const NumberSet& other, std::size_t limit) const {
  std::vector<std::uint64_t> missing;
  for (const auto& [first, end] : runs_) {
    std::uint64_t number = first;
    while (number < end && missing.size() < limit) {
      const auto after = other.runs_.upper_bound(number);
      if (after != other.runs_.begin() && std::prev(after)->second > number) {
        number = std::prev(after)->second;  // the whole run is in the other set
      } else {
        missing.push_back(number++);
      }
    }
  }
  return missing;
}

}  // namespace steelyard
