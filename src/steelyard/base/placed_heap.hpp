#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "steelyard/base/assert.hpp"

namespace steelyard::base {

/// A binary min-heap whose owner remembers where each member is.
///
/// Every operation that moves members calls `moved(member, place)` for each of them, so that the
/// owner can find them again; many heaps can share one table of places that way. Equal keys are
/// ordered by member. Cost: O(log n) for `insert`, `update` and `erase`, O(1) for the rest.
template <class Key>
class PlacedHeap {
 public:
  static constexpr std::uint32_t kAbsent = 0xffff'ffff;

  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  /// The member with the smallest key. Requires: not empty.
  [[nodiscard]] std::uint32_t top() const {
    STEELYARD_ASSERT(!entries_.empty());
    return entries_.front().member;
  }
  [[nodiscard]] const Key& top_key() const {
    STEELYARD_ASSERT(!entries_.empty());
    return entries_.front().key;
  }
  /// Members in heap order (the first is the top); for scans that may stop early.
  [[nodiscard]] std::uint32_t member_at(std::size_t place) const { return entries_[place].member; }
  [[nodiscard]] const Key& key_at(std::size_t place) const { return entries_[place].key; }
  void clear() { entries_.clear(); }

  template <class Moved>
  void insert(std::uint32_t member, Key key, Moved&& moved) {
    entries_.push_back({std::move(key), member});
    const std::size_t place = entries_.size() - 1;
    moved(member, static_cast<std::uint32_t>(place));
    settle(place, moved);
  }

  template <class Moved>
  void update(std::uint32_t place, Key key, Moved&& moved) {
    entries_[place].key = std::move(key);
    settle(place, moved);
  }

  /// The one erased is moved to kAbsent.
  template <class Moved>
  void erase(std::uint32_t place, Moved&& moved) {
    moved(entries_[place].member, kAbsent);
    const std::size_t last = entries_.size() - 1;
    if (place == last) {
      entries_.pop_back();
      return;
    }
    put(place, std::move(entries_[last]), moved);
    entries_.pop_back();
    settle(place, moved);
  }

 private:
  struct Entry {
    Key key;
    std::uint32_t member;
    bool operator<(const Entry& other) const {
      return key < other.key || (!(other.key < key) && member < other.member);
    }
  };

  template <class Moved>
  void put(std::size_t place, Entry entry, Moved&& moved) {
    moved(entry.member, static_cast<std::uint32_t>(place));
    entries_[place] = std::move(entry);
  }

  // Most keys change without changing places; taking an entry out and putting it back is dear.
  template <class Moved>
  void settle(std::size_t place, Moved&& moved) {
    sift_down(sift_up(place, moved), moved);
  }

  template <class Moved>
  std::size_t sift_up(std::size_t place, Moved&& moved) {
    if (place == 0 || !(entries_[place] < entries_[(place - 1) / 2])) return place;
    Entry moving = std::move(entries_[place]);
    while (place > 0 && moving < entries_[(place - 1) / 2]) {
      put(place, std::move(entries_[(place - 1) / 2]), moved);
      place = (place - 1) / 2;
    }
    put(place, std::move(moving), moved);
    return place;
  }

  template <class Moved>
  void sift_down(std::size_t place, Moved&& moved) {
    std::size_t child = smaller_child(place);
    if (child >= entries_.size() || !(entries_[child] < entries_[place])) return;
    Entry moving = std::move(entries_[place]);
    while (child < entries_.size() && entries_[child] < moving) {
      put(place, std::move(entries_[child]), moved);
      place = child;
      child = smaller_child(place);
    }
    put(place, std::move(moving), moved);
  }

  [[nodiscard]] std::size_t smaller_child(std::size_t place) const {
    const std::size_t child = 2 * place + 1;
    const bool second = child + 1 < entries_.size() && entries_[child + 1] < entries_[child];
    return second ? child + 1 : child;
  }

  std::vector<Entry> entries_;
};

}  // namespace steelyard::base
