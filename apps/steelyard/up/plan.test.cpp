#include "up/plan.hpp"

namespace steelyard::cli {
namespace {

using Words = std::vector<std::string>;

HouseholdPlan plan_of(std::string_view configuration, UpOptions options = {}) {
  options.config = "f";
  return plan_service(options, service::parse_configuration("f", configuration).value());
}

Words names_of(const HouseholdPlan& plan) {
  Words names;
  for (const HouseholdPlan::Hub& hub : plan.hubs) names.push_back(hub.name);
  return names;
}

TEST(UpPlan, has_a_hub_for_its_workers_and_one_for_each_that_the_file_names) {
  const HouseholdPlan plan = plan_of(R"({
    "workers": [{"queues": ["a"], "exec": "x"}],
    "hubs": [{"name": "here", "groups": []},
             {"name": "there", "broker": "ipc:///b", "groups": []}]})");
  EXPECT_EQ(names_of(plan), (Words{"up", "here", "there"}));
  EXPECT_EQ(plan.hubs[0].arguments, (Words{"hub", "f", "--workers"}));
  EXPECT_EQ(plan.hubs[2].arguments, (Words{"hub", "f", "--name", "there"}));
  EXPECT_FALSE(plan.hubs[1].has_own_broker);
  EXPECT_TRUE(plan.hubs[2].has_own_broker);
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
  EXPECT_EQ(names_of(plan_demo({})), (Words{"demo"}));
}

}  // namespace
}  // namespace steelyard::cli
