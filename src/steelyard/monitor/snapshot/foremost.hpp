#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace steelyard::monitor {

/// The most pressing of many things, at most so many; of those that press alike, the first ones.
///
/// Cost of `add`: O(1) while there is room, then O(log capacity).
class Foremost {
 public:
  explicit Foremost(std::size_t capacity) : capacity_(capacity) {}

  void add(std::uint32_t id, std::uint64_t pressing) {
    if (kept_.size() < capacity_) {
      kept_.emplace_back(pressing, id);
      if (kept_.size() == capacity_) std::ranges::make_heap(kept_, is_before);
      return;
    }
    ++omitted_;
    if (capacity_ == 0 || !is_before({pressing, id}, kept_.front())) return;
    std::ranges::pop_heap(kept_, is_before);
    kept_.back() = {pressing, id};
    std::ranges::push_heap(kept_, is_before);
  }

  /// The ids that were kept, in ascending order.
  [[nodiscard]] std::vector<std::uint32_t> take() {
    std::vector<std::uint32_t> ids;
    ids.reserve(kept_.size());
    for (const auto& [pressing, id] : kept_) ids.push_back(id);
    std::ranges::sort(ids);
    kept_.clear();
    return ids;
  }
  [[nodiscard]] std::uint64_t omitted() const { return omitted_; }

 private:
  using Thing = std::pair<std::uint64_t, std::uint32_t>;
  /// The heap's front is the one that would be given up first.
  static bool is_before(const Thing& a, const Thing& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  }

  std::size_t capacity_;
  std::vector<Thing> kept_;
  std::uint64_t omitted_ = 0;
};

}  // namespace steelyard::monitor
