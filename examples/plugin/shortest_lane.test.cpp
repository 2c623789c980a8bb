#include <gtest/gtest.h>

#include "steelyard/core/scheduler.hpp"
#include "steelyard/runtime/plugin/plugin.hpp"

namespace steelyard {
namespace {

using std::chrono::seconds;

// [docs: shortest-lane-test]
/// Two jobs of user 0 wait, then one of user 1 arrives. Who is served first after `wait`?
TenantId first_served(std::string_view strategy, Duration wait) {
  strategy::Registry registry;
  EXPECT_TRUE(load_plugin(SHORTEST_LANE_PLUGIN, registry));
  core::Scheduler scheduler({}, std::move(registry.make(strategy).value()));
  core::Actions actions;
  const SessionId session{0};
  const QueueId queue{0};
  scheduler.step({}, core::SessionOpened{session, PrincipalId{0}, false}, actions);
  core::JobsSubmitted jobs;
  jobs.session = session;
  jobs.queue = queue;
  jobs.first_sequence = 1;
  jobs.count = 2;
  jobs.tenant = TenantId{0};
  scheduler.step({}, jobs, actions);
  jobs.first_sequence = 3;
  jobs.count = 1;
  jobs.tenant = TenantId{1};
  scheduler.step(TimePoint(wait), jobs, actions);
  scheduler.step(TimePoint(wait), core::WorkerJoined{WorkerId{0}, PrincipalId{0}, {{&queue, 1}}},
                 actions);
  return std::get<core::Assign>(actions.back()).tenant;
}

TEST(ShortestLane, serves_the_lane_with_the_fewest_waiting_jobs) {
  EXPECT_EQ(first_served("shortest-lane", seconds(0)), TenantId{1});
  EXPECT_EQ(first_served("shortest-lane:patience_s=5", seconds(4)), TenantId{1});
}
// [docs: end]

TEST(ShortestLane, says_what_is_wrong_with_its_parameter) {
  strategy::Registry registry;
  ASSERT_TRUE(load_plugin(SHORTEST_LANE_PLUGIN, registry));
  EXPECT_EQ(
      registry.make("shortest-lane:patience_s=0").error(),
      (Error{ErrorCode::InvalidArgument, "strategy 'shortest-lane': patience_s must be above 0"}));
}

TEST(ShortestLane, counts_a_lane_shorter_the_longer_it_has_waited) {
  EXPECT_EQ(first_served("shortest-lane", seconds(2)), TenantId{0});
  EXPECT_EQ(first_served("shortest-lane:patience_s=5", seconds(6)), TenantId{0});
}

}  // namespace
}  // namespace steelyard
