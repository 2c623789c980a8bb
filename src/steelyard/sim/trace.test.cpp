#include "steelyard/sim/trace.hpp"

#include <gmock/gmock.h>

namespace steelyard::sim {
namespace {

using ::testing::HasSubstr;

std::string refusal(std::string_view line) {
  Trace trace;
  const auto added = trace.add(line);
  return added ? "" : added.error().context;
}

TEST(Trace, has_the_jobs_of_its_lines) {
  Trace trace;
  ASSERT_TRUE(trace.add(R"({"time_s": 1.5, "state": "german", "user": "ann", "run_s": 0.25})"));
  ASSERT_TRUE(trace.add(""));
  ASSERT_TRUE(trace.add(R"({"time_s": 2, "run_s": 1, "priority": -3, "queue": "q"})"));
  Scenario scenario = trace.scenario({}).value();
  EXPECT_EQ(scenario.jobs, 2U);
  EXPECT_EQ(scenario.queues, 2U);
  const Arrival first = scenario.arrivals->next().value();
  EXPECT_EQ(first.time, TimePoint());
  EXPECT_EQ(first.state, StateId{0});
  EXPECT_EQ(first.tenant, TenantId{0});
  EXPECT_EQ(first.run_time, std::chrono::milliseconds(250));
  const Arrival second = scenario.arrivals->next().value();
  EXPECT_EQ(second.time, TimePoint(std::chrono::milliseconds(500)));
  EXPECT_FALSE(second.state.valid());
  EXPECT_FALSE(second.tenant.valid());
  EXPECT_EQ(second.priority, -3);
  EXPECT_EQ(second.queue, QueueId{1});
  EXPECT_FALSE(scenario.arrivals->next());
}

TEST(Trace, has_the_facts_of_its_lines) {
  Trace trace;
  for (const char* line :
       {R"({"workers": 4})", R"({"time_s": 0, "state": "a", "run_s": 1})",
        R"({"time_s": 0, "state": "b", "user": "ann", "run_s": 1})", R"({"load_s": 7})",
        R"({"state": "b", "load_s": 2})", R"({"user": "ann", "weight": 3})"}) {
    ASSERT_TRUE(trace.add(line)) << line;
  }
  const Scenario scenario = trace.scenario({}).value();
  EXPECT_EQ(scenario.workers, 4U);
  EXPECT_EQ(scenario.states[0].load_time, std::chrono::seconds(7));
  EXPECT_EQ(scenario.states[1].load_time, std::chrono::seconds(2));
  EXPECT_EQ(scenario.weights, std::vector<double>{3});
}

TEST(Trace, is_cut_short_when_fewer_jobs_are_wanted) {
  Trace trace;
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(trace.add(R"({"time_s": 0, "run_s": 1})"));
  Overrides overrides;
  overrides.jobs = 2;
  EXPECT_EQ(trace.scenario(overrides)->jobs, 2U);
}

TEST(Trace, refuses_what_is_no_such_line) {
  EXPECT_THAT(refusal("[1]"), HasSubstr("not a JSON object"));
  EXPECT_THAT(refusal("{"), HasSubstr("not a JSON object"));
  EXPECT_THAT(refusal(R"({"time_s": 1})"), HasSubstr("needs run_s"));
  EXPECT_THAT(refusal(R"({"time_s": -1, "run_s": 1})"), HasSubstr("time_s needs a number from 0"));
  EXPECT_THAT(refusal(R"({"time_s": 1, "run_s": "x"})"), HasSubstr("run_s needs a number"));
  EXPECT_THAT(refusal(R"({"time_s": 1, "run_s": 1, "state": "a b"})"), HasSubstr("state needs"));
  EXPECT_THAT(refusal(std::string(100'000, 'x')), HasSubstr("too long"));
}

TEST(Trace, refuses_to_run_backward) {
  Trace trace;
  ASSERT_TRUE(trace.add(R"({"time_s": 2, "run_s": 1})"));
  EXPECT_FALSE(trace.add(R"({"time_s": 1, "run_s": 1})"));
}

TEST(Trace, without_jobs_is_no_workload) {
  EXPECT_FALSE(Trace().scenario({}));
}

}  // namespace
}  // namespace steelyard::sim
