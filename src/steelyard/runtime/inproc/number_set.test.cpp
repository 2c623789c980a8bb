#include "steelyard/runtime/inproc/number_set.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/base/random.hpp"

namespace steelyard {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

NumberSet of(const std::vector<std::uint64_t>& numbers) {
  NumberSet set;
  for (const std::uint64_t number : numbers) set.insert(number);
  return set;
}

TEST(NumberSet, knows_what_is_in_it_in_whatever_order_it_came) {
  const NumberSet set = of({5, 3, 4, 9, 1});
  EXPECT_EQ(set.size(), 5U);
  EXPECT_TRUE(set.contains(3) && set.contains(4) && set.contains(5));
  EXPECT_FALSE(set.contains(2) || set.contains(6) || set.contains(0));
  EXPECT_EQ(set, of({1, 3, 4, 5, 9}));
}

TEST(NumberSet, counts_a_number_once) {
  NumberSet set = of({1, 2, 3});
  EXPECT_FALSE(set.insert(2));
  EXPECT_EQ(set.size(), 3U);
}

TEST(NumberSet, names_what_another_lacks) {
  const NumberSet sent = of({1, 2, 3, 4, 7, 8});
  const NumberSet received = of({2, 3, 8, 9});
  EXPECT_THAT(sent.minus(received), ElementsAre(1, 4, 7));
  EXPECT_THAT(received.minus(sent), ElementsAre(9));
  EXPECT_THAT(sent.minus(sent), IsEmpty());
  EXPECT_THAT(sent.minus(received, 2), ElementsAre(1, 4));
}

TEST(NumberSet, agrees_with_a_plain_set) {
  base::Random random(1);
  NumberSet set;
  NumberSet other;
  std::set<std::uint64_t> model;
  std::set<std::uint64_t> other_model;
  for (int i = 0; i < 5000; ++i) {
    const std::uint64_t number = random.below(300);
    ASSERT_EQ(set.insert(number), model.insert(number).second);
    const std::uint64_t another = random.below(6000);
    ASSERT_EQ(other.insert(another), other_model.insert(another).second);
    ASSERT_EQ(other.size(), other_model.size());
  }
  std::vector<std::uint64_t> missing;
  std::ranges::set_difference(other_model, model, std::back_inserter(missing));
  EXPECT_EQ(other.minus(set, 10'000), missing);
}

}  // namespace
}  // namespace steelyard
