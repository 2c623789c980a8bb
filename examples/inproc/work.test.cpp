#include "inproc/work.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace inproc_example {
namespace {

TEST(Work, counts_the_primes_of_a_range) {
  EXPECT_EQ(count_primes(0, 10), 4u);
  EXPECT_EQ(count_primes(10, 10), 0u);
  EXPECT_EQ(count_primes(0, 1000), 168u);
}

TEST(Work, sorts_and_keeps_every_number) {
  std::vector<std::uint32_t> numbers = shuffled_numbers(1000, 3);
  const std::vector<std::uint32_t> result = sorted(numbers);
  EXPECT_TRUE(std::ranges::is_sorted(result));
  EXPECT_TRUE(std::ranges::is_permutation(result, numbers));
}

TEST(Work, finds_the_commonest_word_or_says_that_there_is_none) {
  EXPECT_EQ(commonest_word("b a b a c"), "a");
  EXPECT_THROW((void)commonest_word("  "), std::invalid_argument);
}

}  // namespace
}  // namespace inproc_example
