#include "steelyard/service/configuration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::service {
namespace {

TEST(ConfigFile, says_what_the_flags_say) {
  const auto read = parse_configuration("f", R"({
    "broker": {"listen": ["tcp://127.0.0.1:0"], "strategy": "oldest", "journal": "j",
               "max_deaths": 2, "worker_lost_after_ms": 3000, "max_unstarted_work_us": 0,
               "user_weights": {"ann": 2, "bob": 0.5}},
    "workers": [{"name": "up", "queues": ["a", "b"], "exec": "tr a-z A-Z", "slots": 2, "count": 3,
                 "tags": ["gpu"], "weight": 1.5}]
  })");
  ASSERT_TRUE(read) << read.error().context;
  EXPECT_FALSE(read->has_gateway);
  EXPECT_EQ(read->broker.listen, std::vector<std::string>{"tcp://127.0.0.1:0"});
  EXPECT_EQ(read->broker.limits.max_deaths, 2);
  EXPECT_EQ(read->broker.limits.worker_lost_after, std::chrono::seconds(3));
  EXPECT_EQ(read->broker.limits.max_unstarted_work, Duration());
  EXPECT_EQ(read->broker.limits.retry_first, std::chrono::milliseconds(100));
  EXPECT_EQ(read->broker.user_weights,
            (std::vector<std::pair<std::string, double>>{{"ann", 2}, {"bob", 0.5}}));
  ASSERT_EQ(read->workers.size(), 1U);
  EXPECT_EQ(read->workers[0].size.max, 3U);
  EXPECT_THAT(read->workers[0].process.words,
              testing::ElementsAre("--queue", "a", "--queue", "b", "--exec", "tr a-z A-Z",
                                   "--slots", "2", "--weight", "1.5", "--tag", "gpu"));
}

TEST(ConfigFile, names_every_mistake_with_its_place) {
  const auto read = parse_configuration("f", R"({
  "brokr": {},
  "broker": {"listen": ["7411"], "max_deaths": 0, "worker_lost_after_ms": 1,
             "user_weights": {"a b": 1, "c": 0}},
  "workers": [{"queues": "a", "exec": "x", "lines": "y"}]
})");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().context,
            "the configuration cannot be used:\n"
            "f:2:3: brokr: there is no such setting, did you mean 'broker'?\n"
            "f:3:25: broker.listen[0]: '7411' is not an endpoint, did you mean "
            "'tcp://127.0.0.1:7411'? (tcp://ADDRESS:PORT or ipc://PATH)\n"
            "f:3:48: broker.max_deaths: must be a whole number from 1 to 255\n"
            "f:3:75: broker.worker_lost_after_ms: must be a whole number from 2000 to 86400000\n"
            "f:4:38: broker.user_weights.a b: is not a user's name\n"
            "f:4:46: broker.user_weights.c: must be a number from 0.001 to 1000000\n"
            "f:5:15: workers[0]: must have one of 'exec', 'lines' and 'program'\n"
            "f:5:26: workers[0].queues: must be a list of texts: [\"…\"]");
}

TEST(ConfigFile, refuses_what_a_worker_would_refuse) {
  const auto read = parse_configuration("f", R"({
  "broker": {"listen": []},
  "workers": [{"queues": [], "exec": "a 'b", "preload": true, "priority_min": 2,
               "priority_max": 1}]
})");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().context,
            "the configuration cannot be used:\n"
            "f:2:24: broker.listen: must not be empty\n"
            "f:3:26: workers[0].queues: must not be empty\n"
            "f:3:38: workers[0].exec: the quote ' at character 3 is never closed: a 'b\n"
            "f:3:57: workers[0].preload: goes with 'lines' only\n"
            "f:3:79: workers[0].priority_min: is above priority_max");
}

using Names = std::vector<std::string>;

Names names_of(const std::vector<hub::GroupSpec>& groups) {
  Names names;
  for (const hub::GroupSpec& group : groups) names.push_back(group.name);
  return names;
}

TEST(ConfigFile, tells_groups_without_a_name_apart) {
  const auto read = parse_configuration("f", R"({"workers": [
    {"queues": ["a", "b"], "exec": "x", "count": 2}, {"queues": ["a"], "exec": "y"},
    {"name": "one", "queues": ["a"], "exec": "z"}]})");
  ASSERT_TRUE(read) << read.error().context;
  EXPECT_EQ(names_of(read->workers), (Names{"a", "a.2", "one"}));
  EXPECT_EQ(hub::worker_name(read->workers[0], 2), "a-2");
  EXPECT_EQ(hub::worker_name(read->workers[1], 1), "a.2-1");
  EXPECT_EQ(hub::worker_name(read->workers[2], 1), "one");
}

TEST(ConfigFile, has_hubs_with_groups_of_workers) {
  const auto read = parse_configuration("f", R"({"hubs": [
    {"name": "room-1", "broker": "tcp://10.0.0.1:7411", "groups": [
      {"queues": ["ocr"], "program": "./ocr --fast 'a b'", "min": 0, "max": 8, "nice": 10,
       "environment": {"MODEL": "big"}, "memory_limit_bytes": 1000000000, "target_wait_s": 2,
       "idle_s": 30, "restart_first_s": 1, "restart_max_s": 20, "healthy_after_s": 5,
       "give_up_after_crashes": 3, "give_up_within_s": 60, "stop_grace_s": 7, "slots": 2}]},
    {"name": "room-2", "groups": [{"name": "ocr", "queues": ["ocr"], "exec": "x"}]}]})");
  ASSERT_TRUE(read) << read.error().context;
  ASSERT_EQ(read->hubs.size(), 2U);
  EXPECT_EQ(read->hubs[0].broker, "tcp://10.0.0.1:7411");
  const hub::GroupSpec& group = read->hubs[0].groups.at(0);
  EXPECT_EQ(group.process.words, (Names{"./ocr", "--fast", "a b"}));
  EXPECT_TRUE(group.process.is_program);
  EXPECT_EQ(group.process.environment, (Environment{{"MODEL", "big"}}));
  EXPECT_EQ(group.process.nice, 10);
  EXPECT_EQ(group.process.memory_limit_bytes, 1'000'000'000U);
  EXPECT_EQ(group.size, (hub::SizeSpec{.min = 0,
                                       .max = 8,
                                       .slots = 2,
                                       .target_wait = std::chrono::seconds(2),
                                       .idle = std::chrono::seconds(30)}));
  EXPECT_EQ(group.restarts.give_up_after_crashes, 3U);
  EXPECT_EQ(group.restarts.longest, std::chrono::seconds(20));
  EXPECT_EQ(group.stop_grace, std::chrono::seconds(7));
  EXPECT_EQ(group.settings.at("environment"), R"({"MODEL":"big"})");
  EXPECT_EQ(hub::worker_name(group, 1), "ocr-1@room-1");
  EXPECT_EQ(hub::worker_name(read->hubs[1].groups.at(0), 1), "ocr@room-2");
}

TEST(ConfigFile, refuses_groups_that_do_not_go_together) {
  const auto read = parse_configuration("f", R"({"hubs": [
  {"name": "h", "groups": [
    {"name": "a", "queues": ["a"], "exec": "x", "count": 3},
    {"name": "a", "queues": ["b"], "exec": "x"},
    {"name": "a-2", "queues": ["b"], "exec": "x"},
    {"queues": ["b"], "exec": "x", "count": 2, "max": 3},
    {"queues": ["c"], "exec": "x", "min": 3},
    {"queues": ["d"], "exec": "x", "min": 3, "max": 2},
    {"queues": ["e"], "program": "x", "tags": ["t"]},
    {"queues": ["f"], "exec": "x", "count": 1000},
    {"queues": ["g"], "exec": "x", "nice": 20, "memory_limit_bytes": 1, "idle_s": 0}]},
  {"name": "h", "groups": []}, {"broker": "x"}]})");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().context,
            "the configuration cannot be used:\n"
            "f:4:14: hubs[0].groups[1].name: is the name of another group; call it 'a.2'\n"
            "f:5:5: hubs[0].groups[2]: its worker a-2 would be called as one of group a; give one "
            "of them another name\n"
            "f:6:45: hubs[0].groups[3].count: goes without 'min' and 'max'\n"
            "f:7:43: hubs[0].groups[4].min: needs 'max', too\n"
            "f:8:43: hubs[0].groups[5].min: is above max\n"
            "f:9:47: hubs[0].groups[6].tags: is what a program says itself\n"
            "f:10:5: hubs[0].groups[7]: with this group the hub may have 1011 workers, more than "
            "1000\n"
            "f:11:44: hubs[0].groups[8].nice: must be a whole number from -20 to 19\n"
            "f:11:70: hubs[0].groups[8].memory_limit_bytes: must be a whole number of at least "
            "16000000\n"
            "f:11:83: hubs[0].groups[8].idle_s: must be a number from 1 to 86400\n"
            "f:12:12: hubs[1].name: is that of another hub\n"
            "f:12:32: hubs[2]: 'name' is missing\n"
            "f:12:32: hubs[2]: 'groups' is missing\n"
            "f:12:43: hubs[2].broker: 'x' is not an endpoint (tcp://ADDRESS:PORT or ipc://PATH)");
}

TEST(ConfigFile, looks_for_commands_only_where_they_are_to_run) {
  constexpr std::string_view kText = R"({
  "workers": [{"queues": ["a"], "exec": "no-such-command-here x"}],
  "hubs": [{"name": "h", "groups": [{"queues": ["a"], "program": "/etc/passwd"},
                                    {"queues": ["b"], "lines": "/no/such/file"},
                                    {"queues": ["c"], "exec": "/no/{state}"},
                                    {"queues": ["d"], "exec": "cat"}]}]})";
  EXPECT_TRUE(parse_configuration("f", kText));
  const auto all = parse_configuration("f", kText, [](std::string_view) { return true; });
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().context,
            "the configuration cannot be used:\n"
            "f:2:41: workers[0].exec: there is no command 'no-such-command-here' in PATH\n"
            "f:3:66: hubs[0].groups[0].program: '/etc/passwd' may not be executed; chmod +x allows "
            "it\n"
            "f:4:64: hubs[0].groups[1].lines: there is no file '/no/such/file'");
  const auto hub = parse_configuration("f", kText, [](std::string_view one) { return one == "h"; });
  ASSERT_FALSE(hub);
  EXPECT_THAT(hub.error().context, testing::Not(testing::HasSubstr("workers")));
}

TEST(ConfigFile, who_takes_it_as_it_stands_is_told_what_flags_could_put_right) {
  constexpr std::string_view kText = R"({
  "broker": {"listen": ["tcp://0.0.0.0:1"], "strategy": "oldst"},
  "gateway": {"http": "0.0.0.0:2"}})";
  EXPECT_TRUE(parse_configuration("f", kText));
  const auto all = parse_configuration("f", kText, {}, Overruled{});
  ASSERT_FALSE(all);
  EXPECT_THAT(all.error().context, testing::HasSubstr("f:2:24: broker.listen: 'tcp://0.0.0.0:1' "
                                                      "is reachable from other machines"));
  EXPECT_THAT(all.error().context, testing::HasSubstr("f:2:57: broker.strategy: unknown strategy "
                                                      "'oldst', did you mean 'oldest'?"));
  EXPECT_THAT(all.error().context, testing::HasSubstr("f:3:23: gateway.http: '0.0.0.0:2' is "
                                                      "reachable from other machines"));
  const auto rest = parse_configuration("f", kText, {}, Overruled{.listen = true, .http = true});
  ASSERT_FALSE(rest);
  EXPECT_THAT(rest.error().context, testing::Not(testing::HasSubstr("reachable")));
  EXPECT_TRUE(parse_configuration("f", R"({
    "broker": {"listen": ["tcp://0.0.0.0:1"], "insecure": true},
    "gateway": {"http": "0.0.0.0:2"}})",
                                  {}, Overruled{}));
}

TEST(ConfigFile, keeps_the_sections_of_the_broker_to_compare_them) {
  const auto one = parse_configuration("f", R"({"broker": {"max_hops": 3}})");
  const auto same = parse_configuration("f", R"({ "broker" : { /* x */ "max_hops": 3 } })");
  const auto other = parse_configuration("f", R"({"broker": {"max_hops": 4}})");
  EXPECT_EQ(one->broker_text, same->broker_text);
  EXPECT_NE(one->broker_text, other->broker_text);
}

}  // namespace
}  // namespace steelyard::service
