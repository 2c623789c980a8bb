#include "graph/lucas_lehmer.hpp"

#include <gtest/gtest.h>

namespace graph {
namespace {

bool finds_prime(std::uint32_t exponent) {
  auto test = LucasLehmer::begin(exponent);
  EXPECT_TRUE(test);
  while (!test->done()) test->step();
  return test->is_prime();
}

TEST(LucasLehmer, finds_exactly_the_exponents_that_are_known) {
  std::vector<std::uint32_t> found;
  for (std::uint32_t exponent = 3; exponent < 1'300; exponent += 2) {
    if (LucasLehmer::begin(exponent) && finds_prime(exponent)) found.push_back(exponent);
  }
  EXPECT_EQ(found, (std::vector<std::uint32_t>{3, 5, 7, 13, 17, 19, 31, 61, 89, 107, 127, 521, 607,
                                               1279}));
}

TEST(LucasLehmer, can_be_written_down_and_gone_on_with_after_any_step) {
  for (const std::uint32_t exponent : {61U, 67U}) {
    auto test = LucasLehmer::begin(exponent);
    while (!test->done()) {
      test->step();
      test = LucasLehmer::go_on(exponent, test->steps_done(), test->residue());
      ASSERT_TRUE(test);
    }
    EXPECT_EQ(test->is_prime(), exponent == 61);
  }
}

TEST(LucasLehmer, refuses_what_is_no_exponent_or_no_place_to_go_on) {
  for (const std::uint32_t exponent : {0U, 1U, 2U, 4U, 9U, kMaxExponent + 21}) {
    EXPECT_FALSE(LucasLehmer::begin(exponent)) << exponent;
  }
  const std::string residue = LucasLehmer::begin(61)->residue();
  EXPECT_EQ(residue, std::string("\4\0\0\0\0\0\0\0", 8));
  EXPECT_TRUE(LucasLehmer::go_on(61, 59, residue));
  EXPECT_FALSE(LucasLehmer::go_on(61, 60, residue));
  EXPECT_FALSE(LucasLehmer::go_on(61, 1, residue + '\0'));
  EXPECT_FALSE(LucasLehmer::go_on(61, 1, std::string(8, '\xff')));
  EXPECT_FALSE(LucasLehmer::go_on(61, 1, "\xff\xff\xff\xff\xff\xff\xff\x1f"));
}

}  // namespace
}  // namespace graph
