#include "steelyard/sim/tenant_gap.hpp"

#include <gtest/gtest.h>

namespace steelyard::sim {
namespace {

constexpr TenantId kAnn{0};
constexpr TenantId kBob{1};

TimePoint at(int seconds) {
  return TimePoint(std::chrono::seconds(seconds));
}

TEST(TenantGap, is_what_one_got_more_while_both_waited) {
  TenantGap gap({1, 1});
  gap.queue_changed(at(0), kAnn, 5);
  gap.service_changed(at(0), kAnn, 1);
  gap.queue_changed(at(10), kBob, 5);  // what was before is forgiven
  gap.service_changed(at(13), kAnn, -1);
  gap.service_changed(at(13), kBob, 1);
  gap.service_changed(at(20), kBob, -1);
  // Three seconds more for Ann, then seven for Bob: in those seven he got seven more.
  EXPECT_DOUBLE_EQ(gap.worst_s(), 7);
}

TEST(TenantGap, counts_by_weight) {
  TenantGap gap({2, 1});
  gap.queue_changed(at(0), kAnn, 1);
  gap.queue_changed(at(0), kBob, 1);
  gap.service_changed(at(0), kAnn, 2);
  gap.service_changed(at(0), kBob, 1);
  gap.service_changed(at(10), kAnn, -2);
  gap.service_changed(at(10), kBob, -1);
  EXPECT_DOUBLE_EQ(gap.worst_s(), 0);
}

TEST(TenantGap, is_none_beside_somebody_who_waits_for_nothing) {
  TenantGap gap({1, 1});
  gap.queue_changed(at(0), kAnn, 1);
  gap.service_changed(at(0), kAnn, 1);
  gap.service_changed(at(50), kAnn, -1);
  gap.service_changed(at(50), TenantId::none(), 1);
  EXPECT_EQ(gap.worst_s(), 0);
}

TEST(TenantGap, between_three_is_the_worst_pair) {
  TenantGap gap({1, 1, 1});
  for (std::uint32_t i = 0; i < 3; ++i) gap.queue_changed(at(0), TenantId{i}, 1);
  gap.service_changed(at(0), TenantId{2}, 1);
  gap.service_changed(at(4), TenantId{2}, -1);
  gap.service_changed(at(4), TenantId{1}, 1);
  gap.service_changed(at(9), TenantId{1}, -1);
  EXPECT_DOUBLE_EQ(gap.worst_s(), 5);  // the second against the first, and against the third
}

}  // namespace
}  // namespace steelyard::sim
