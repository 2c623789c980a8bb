#include "settings/config_file.hpp"

namespace steelyard::cli {
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
  EXPECT_EQ(read->broker.user_weights, (UserWeights{{"ann", 2}, {"bob", 0.5}}));
  ASSERT_EQ(read->workers.size(), 1U);
  EXPECT_EQ(read->workers[0].count, 3U);
  EXPECT_THAT(read->workers[0].arguments,
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
            "f:5:15: workers[0]: must have one of 'exec' and 'lines'\n"
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

}  // namespace
}  // namespace steelyard::cli
