#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "steelyard/base/assert.hpp"

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
  [[nodiscard]] std::uint32_t top() const {
    STEELYARD_ASSERT(!heap_.empty());
    return heap_.front().member;
  }
  [[nodiscard]] const Key& top_key() const {
    STEELYARD_ASSERT(!heap_.empty());
    return heap_.front().key;
  }

  /// Inserts `member`, or changes its key.
  void set(std::uint32_t member, Key key) {
    if (member >= places_.size()) places_.resize(member + 1, kAbsent);
    std::size_t place = places_[member];
    if (place == kAbsent) {
      place = heap_.size();
      heap_.push_back({std::move(key), member});
      places_[member] = static_cast<std::uint32_t>(place);
    } else {
      heap_[place].key = std::move(key);
    }
    sift_down(sift_up(place));
  }

  /// Removes `member`; nothing happens when it is absent.
  void erase(std::uint32_t member) {
    if (!contains(member)) return;
    const std::size_t place = places_[member];
    places_[member] = kAbsent;
    const std::size_t last = heap_.size() - 1;
    if (place != last) {
      put(place, std::move(heap_[last]));
      heap_.pop_back();
      sift_down(sift_up(place));
    } else {
      heap_.pop_back();
    }
  }

  void clear() {
    heap_.clear();
    places_.clear();
  }

  /// Members in heap order (the first is the top); for scans that may stop early.
  [[nodiscard]] std::uint32_t member_at(std::size_t place) const { return heap_[place].member; }

 private:
  struct Entry {
    Key key;
    std::uint32_t member;
    bool operator<(const Entry& other) const {
      return key < other.key || (!(other.key < key) && member < other.member);
    }
  };
  static constexpr std::uint32_t kAbsent = 0xffff'ffff;

  void put(std::size_t place, Entry entry) {
    places_[entry.member] = static_cast<std::uint32_t>(place);
    heap_[place] = std::move(entry);
  }

  // Most keys change without changing places; taking an entry out and putting it back is dear.
  std::size_t sift_up(std::size_t place) {
    if (place == 0 || !(heap_[place] < heap_[(place - 1) / 2])) return place;
    Entry moving = std::move(heap_[place]);
    while (place > 0 && moving < heap_[(place - 1) / 2]) {
      put(place, std::move(heap_[(place - 1) / 2]));
      place = (place - 1) / 2;
    }
    put(place, std::move(moving));
    return place;
  }

  void sift_down(std::size_t place) {
    if (2 * place + 1 >= heap_.size()) return;
    Entry moving = std::move(heap_[place]);
    for (std::size_t child = 2 * place + 1; child < heap_.size(); child = 2 * place + 1) {
      if (child + 1 < heap_.size() && heap_[child + 1] < heap_[child]) ++child;
      if (!(heap_[child] < moving)) break;
      put(place, std::move(heap_[child]));
      place = child;
    }
    put(place, std::move(moving));
  }

  std::vector<Entry> heap_;
  std::vector<std::uint32_t> places_;
};

}  // namespace steelyard::base
