#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "steelyard/base/placed_heap.hpp"

namespace steelyard::base {

/// A binary min-heap over small integer members whose keys change.
///
/// Members are dense indices (lanes, workers, timers). Equal keys are ordered by member, so that
/// the same operations always give the same top.
/// Cost: O(log n) for `set` and `erase`, O(1) for everything else; no allocation once the largest
/// member has been seen.
template <class Key>
class IndexedHeap {
 public:
  [[nodiscard]] bool empty() const { return heap_.empty(); }
  [[nodiscard]] std::size_t size() const { return heap_.size(); }
  [[nodiscard]] bool contains(std::uint32_t member) const {
    return member < places_.size() && places_[member] != kAbsent;
  }

  /// The member with the smallest key. Requires: not empty.
  [[nodiscard]] std::uint32_t top() const { return heap_.top(); }
  [[nodiscard]] const Key& top_key() const { return heap_.top_key(); }

  /// Inserts `member`, or changes its key.
  void set(std::uint32_t member, Key key) {
    if (member >= places_.size()) places_.resize(member + 1, kAbsent);
    if (places_[member] == kAbsent) {
      heap_.insert(member, std::move(key), moved());
    } else {
      heap_.update(places_[member], std::move(key), moved());
    }
  }

  /// Removes `member`; nothing happens when it is absent.
  void erase(std::uint32_t member) {
    if (contains(member)) heap_.erase(places_[member], moved());
  }

  void clear() {
    heap_.clear();
    places_.clear();
  }

  /// Members in heap order (the first is the top); for scans that may stop early.
  [[nodiscard]] std::uint32_t member_at(std::size_t place) const { return heap_.member_at(place); }
  /// Requires: it is contained.
  [[nodiscard]] const Key& key_of(std::uint32_t member) const {
    return heap_.key_at(places_[member]);
  }
  [[nodiscard]] const Key& key_at(std::size_t place) const { return heap_.key_at(place); }

 private:
  static constexpr std::uint32_t kAbsent = PlacedHeap<Key>::kAbsent;

  auto moved() {
    return [this](std::uint32_t member, std::uint32_t place) { places_[member] = place; };
  }

  PlacedHeap<Key> heap_;
  std::vector<std::uint32_t> places_;
};

}  // namespace steelyard::base
