#include "up/plan.hpp"

namespace steelyard::cli {
namespace {

using Words = std::vector<std::string>;

HouseholdPlan plan_of(std::string_view configuration, UpOptions options = {}) {
  options.config = "f";
  return plan_service(options, parse_configuration("f", configuration).value());
}

Words names_of(const HouseholdPlan& plan) {
  Words names;
  for (const HouseholdPlan::Worker& worker : plan.workers) names.push_back(worker.name);
  return names;
}

TEST(UpPlan, tells_every_worker_from_the_others) {
  const HouseholdPlan plan = plan_of(R"({"workers": [
    {"queues": ["a", "b"], "exec": "x", "count": 2}, {"queues": ["a"], "exec": "y"},
    {"name": "one", "queues": ["a"], "exec": "z"},
    {"name": "more", "queues": ["a"], "exec": "z", "count": 2}]})");
  EXPECT_EQ(names_of(plan), (Words{"a-1", "a-2", "a-3", "one", "more-1", "more-2"}));
  EXPECT_EQ(plan.workers[1].arguments, (Words{"--queue", "a", "--queue", "b", "--exec", "x"}));
}

TEST(UpPlan, serves_http_when_the_file_or_a_flag_says_so) {
  UpOptions here;
  here.http.gateway.http.listen = "127.0.0.1:1";
  UpOptions nowhere;
  nowhere.http.on = false;
  EXPECT_FALSE(plan_of("{}").has_http);
  EXPECT_TRUE(plan_of(R"({"gateway": {}})").has_http);
  EXPECT_EQ(plan_of(R"({"gateway": {}})").http, "");
  EXPECT_EQ(plan_of("{}", here).http, "127.0.0.1:1");
  EXPECT_TRUE(plan_of("{}", here).has_http);
  EXPECT_FALSE(plan_of(R"({"gateway": {}})", nowhere).has_http);
  EXPECT_FALSE(plan_of(R"({"gateway": {}})", nowhere).drain_first);
  EXPECT_TRUE(plan_of(R"({"gateway": {}})").drain_first);
}

TEST(UpPlan, waits_for_every_endpoint) {
  constexpr std::string_view kTwo = R"({"broker": {"listen": ["ipc:///a", "ipc:///b"]}})";
  UpOptions elsewhere;
  elsewhere.listen = "ipc:///c";
  EXPECT_EQ(plan_of(kTwo).endpoints, 2U);
  EXPECT_EQ(plan_of("{}").endpoints, 1U);
  EXPECT_EQ(plan_of(kTwo, elsewhere).endpoints, 1U);
}

TEST(UpPlan, insists_on_an_address_only_when_it_was_said) {
  UpOptions here;
  here.http.gateway.http.listen = "127.0.0.1:1";
  EXPECT_TRUE(plan_demo({}).http_may_be_none);
  EXPECT_EQ(plan_demo({}).http, "127.0.0.1:7480");
  EXPECT_FALSE(plan_demo(here).http_may_be_none);
  EXPECT_EQ(plan_demo(here).http, "127.0.0.1:1");
  EXPECT_EQ(names_of(plan_demo({})), (Words{"demo-1", "demo-2"}));
}

}  // namespace
}  // namespace steelyard::cli
