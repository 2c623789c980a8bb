#include "steelyard/base/indexed_heap.hpp"

#include <map>

#include <gtest/gtest.h>

#include "steelyard/base/random.hpp"

namespace steelyard::base {
namespace {

TEST(IndexedHeap, gives_the_smallest_key_first) {
  IndexedHeap<int> heap;
  heap.set(4, 30);
  heap.set(1, 10);
  heap.set(2, 20);
  EXPECT_EQ(heap.top(), 1u);
  heap.erase(1);
  EXPECT_EQ(heap.top(), 2u);
  EXPECT_EQ(heap.top_key(), 20);
}

TEST(IndexedHeap, equal_keys_are_ordered_by_member) {
  IndexedHeap<int> heap;
  heap.set(7, 5);
  heap.set(3, 5);
  EXPECT_EQ(heap.top(), 3u);
}

TEST(IndexedHeap, erasing_an_absent_member_changes_nothing) {
  IndexedHeap<int> heap;
  heap.set(0, 1);
  heap.erase(9);
  EXPECT_EQ(heap.size(), 1u);
}

TEST(IndexedHeap, agrees_with_a_sorted_map_under_random_operations) {
  Random random(17);
  IndexedHeap<std::uint64_t> heap;
  std::map<std::uint32_t, std::uint64_t> model;
  for (int step = 0; step < 20'000; ++step) {
    const auto member = static_cast<std::uint32_t>(random.below(40));
    if (random.below(3) == 0) {
      heap.erase(member);
      model.erase(member);
    } else {
      const std::uint64_t key = random.below(100);
      heap.set(member, key);
      model[member] = key;
    }
    ASSERT_EQ(heap.size(), model.size());
    if (model.empty()) continue;
    auto smallest = model.begin();
    for (auto it = model.begin(); it != model.end(); ++it) {
      if (it->second < smallest->second) smallest = it;
    }
    ASSERT_EQ(heap.top(), smallest->first);
    ASSERT_EQ(heap.top_key(), smallest->second);
  }
}

}  // namespace
}  // namespace steelyard::base
