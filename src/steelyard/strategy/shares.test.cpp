#include "steelyard/strategy/shares.hpp"

#include <gtest/gtest.h>

namespace steelyard::strategy {
namespace {

using std::chrono::seconds;

constexpr TenantId kAnn{0};
constexpr TenantId kBob{1};

TEST(Shares, count_worker_seconds_over_weight) {
  Shares shares;
  shares.set_weight(kBob, 2);
  shares.charge(kAnn, seconds(4));
  shares.charge(kBob, seconds(4));
  EXPECT_EQ(shares.tag(kAnn), Duration(seconds(4)).count());
  EXPECT_EQ(shares.tag(kBob), Duration(seconds(2)).count());
  EXPECT_EQ(shares.used(kBob), seconds(4));
}

TEST(Shares, save_up_nothing_while_a_user_is_away) {
  Shares shares;
  shares.waits(kAnn);
  for (int i = 0; i < 3; ++i) shares.charge(kAnn, seconds(10));
  shares.waits(kBob);
  EXPECT_EQ(shares.tag(kBob), Duration(seconds(20)).count());
}

TEST(Shares, let_what_was_charged_too_much_pay_for_the_next_jobs) {
  Shares shares;
  shares.charge(kAnn, seconds(10));
  shares.correct(kAnn, seconds(-7));
  EXPECT_EQ(shares.tag(kAnn), Duration(seconds(10)).count());
  EXPECT_EQ(shares.used(kAnn), seconds(3));
  shares.charge(kAnn, seconds(9));
  EXPECT_EQ(shares.tag(kAnn), Duration(seconds(12)).count());
  shares.correct(kAnn, seconds(1));
  EXPECT_EQ(shares.tag(kAnn), Duration(seconds(13)).count());
}

TEST(Shares, count_jobs_without_a_user_together_as_one) {
  Shares shares;
  shares.charge(TenantId::none(), seconds(5));
  EXPECT_EQ(shares.tag(TenantId::none()), Duration(seconds(5)).count());
  EXPECT_EQ(shares.tag(kAnn), 0);
}

}  // namespace
}  // namespace steelyard::strategy
