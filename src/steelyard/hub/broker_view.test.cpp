#include "steelyard/hub/broker_view.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace steelyard::hub {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Runs {
  int runs;
  double sum_s;
};

std::string snapshot(const Runs& a, const char* incarnation = "1f") {
  return fmt::format(
      R"({{"incarnation":"{}","queue_sets":[["a","b"],["c"],["b"]],
      "queues":{{"columns":["queue","queued","running","longest_wait_s","runs","run_sum_s"],
      "rows":[["a",3,1,2.5,{},{}],["b",1,2,0,0,null],["c",100,4,9,1,1]],"rows_omitted":0}},
      "workers":{{"columns":["worker","queue_set","slots","running","doing"],
      "rows":[["w-1",0,2,0,"idle"],["w-2",0,2,1,"working"],["w-3",1,4,0,"idle"],
              ["w-4",2,1,0,"loading"]]}}}})",
      incarnation, a.runs, a.sum_s);
}

TEST(BrokerView, adds_up_what_concerns_a_group) {
  BrokerView view;
  ASSERT_TRUE(view.take(snapshot({10, 5.0})));
  const Demand demand = view.demand({"a", "b"});
  EXPECT_EQ(demand.queued, 4U);
  EXPECT_EQ(demand.running, 3U);
  EXPECT_EQ(demand.slots, 5U) << "a worker of two queues counts once";
  EXPECT_EQ(demand.longest_wait, milliseconds(2'500));
  EXPECT_EQ(demand.mean_run, milliseconds(500));
  EXPECT_EQ(view.demand({"c"}).slots, 4U);
  EXPECT_FALSE(view.demand({"b"}).mean_run);
  EXPECT_EQ(view.demand({"new"}).queued, 0U);
}

TEST(BrokerView, takes_a_slot_that_is_busy_with_another_queue_for_none) {
  BrokerView view;
  ASSERT_TRUE(view.take(R"({"queue_sets":[["a","b"]],
      "queues":{"columns":["queue","queued","running"],"rows":[["a",0,1],["b",1,0]]},
      "workers":{"columns":["worker","queue_set","slots","running","draining","doing"],
      "rows":[["w-1",0,1,1,0,"working"],["w-2",0,1,0,1,"idle"]]}})"));
  EXPECT_EQ(view.demand({"b"}).slots, 0U);
  EXPECT_EQ(view.demand({"a", "b"}).slots, 1U);
}

TEST(BrokerView, follows_how_long_jobs_run_now) {
  BrokerView view;
  ASSERT_TRUE(view.take(snapshot({1'000, 1'000.0})));
  ASSERT_TRUE(view.take(snapshot({1'010, 1'000.0 + 30})));
  EXPECT_EQ(view.demand({"a"}).mean_run, seconds(2));
  ASSERT_TRUE(view.take(snapshot({1'110, 1'030.0 + 400})));
  EXPECT_EQ(view.demand({"a"}).mean_run, seconds(4));
}

TEST(BrokerView, of_another_broker_begins_to_count_anew_but_keeps_what_it_learned) {
  BrokerView view;
  ASSERT_TRUE(view.take(snapshot({1'000, 1'000.0})));
  ASSERT_TRUE(view.take(snapshot({0, 0}, "2f")));
  EXPECT_EQ(view.demand({"a"}).mean_run, seconds(1));
  ASSERT_TRUE(view.take(snapshot({2'000, 4'000.0}, "3f")));
  EXPECT_EQ(view.demand({"a"}).mean_run, seconds(2));
}

TEST(BrokerView, tells_idle_workers_from_others) {
  BrokerView view;
  ASSERT_TRUE(view.take(snapshot({1, 1})));
  EXPECT_TRUE(view.is_idle("w-1"));
  EXPECT_FALSE(view.is_idle("w-2"));
  EXPECT_FALSE(view.is_idle("w-4"));
  EXPECT_FALSE(view.is_idle("stranger"));
}

TEST(BrokerView, keeps_the_former_snapshot_when_one_cannot_be_understood) {
  BrokerView view;
  ASSERT_TRUE(view.take(snapshot({10, 5.0})));
  for (const char* wrong : {"", "[]", "{}", R"({"queues":3})", R"({"queues":{"rows":1}})"}) {
    const auto taken = view.take(wrong);
    ASSERT_FALSE(taken) << wrong;
    EXPECT_EQ(taken.error().code, ErrorCode::Malformed);
  }
  EXPECT_EQ(view.demand({"a"}).queued, 3U);
}

}  // namespace
}  // namespace steelyard::hub
