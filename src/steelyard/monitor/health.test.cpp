#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/monitor/explain/house.test.hpp"
#include "steelyard/monitor/sections.hpp"

/// What health says of each part, and when.
namespace steelyard::monitor {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> warnings_of(const Sources& sources) {
  std::vector<std::string> all;
  const json::object health = health_section(sources);
  for (const json::value& warning : health.at("warnings").as_array()) {
    all.emplace_back(warning.as_string());
  }
  return all;
}

json::object part_of(const Sources& sources, std::string_view name) {
  const json::object health = health_section(sources);
  for (const json::value& part : health.at("parts").as_array()) {
    if (part.at("part").as_string() == name) return part.as_object();
  }
  return {};
}

TEST(HealthParts, say_how_each_part_is) {
  House house;
  house.join({.slots = 2});
  const Sources sources = house.sources();
  EXPECT_EQ(part_of(sources, "workers").at("text").as_string(), "1 worker with 2 slots");
  EXPECT_EQ(part_of(sources, "workers").at("state").as_string(), "ok");
  EXPECT_EQ(part_of(sources, "journal").at("state").as_string(), "off");
  house.submit({.count = 3, .queue = "lonely"});
  const json::object queues = part_of(house.sources(), "queues");
  EXPECT_EQ(queues.at("state").as_string(), "warning");
  EXPECT_THAT(queues.at("text").as_string().c_str(),
              HasSubstr("jobs wait in 1 queue, of which 1 is without a worker"));
}

TEST(Health, names_the_worker_that_is_silent_for_longest) {
  House house("oldest", {.worker_lost_after = seconds(60)});
  house.join({.name = "first"});
  house.wait(seconds(1));
  house.join({.name = "second"});
  house.wait(milliseconds(1'500));
  EXPECT_THAT(warnings_of(house.sources()),
              Contains("1 worker is silent for more than two beats, worker 'first' for 2.5 s (lost "
                       "after 60 s): look at the load and the network of its machine"));
  house.wait(seconds(1));
  EXPECT_THAT(warnings_of(house.sources()), Contains(HasSubstr("2 workers are silent")));
  EXPECT_EQ(part_of(house.sources(), "workers").at("state").as_string(), "warning");
}

/// Twelve seconds in which a worker does jobs of so many states in turn, each of which takes a
/// second to load.
struct Minute {
  explicit Minute(int states, Duration run) {
    house.join({});
    last.note(house.sources().now, house.sources().scheduler);
    for (int i = 0; i < 12; ++i) {
      const std::string state = "state-" + std::to_string(i % states);
      const bool is_held = states == 1 && i > 0;
      const std::uint64_t job = house.submit({.state = state});
      house.wait(seconds(1));
      core::AttemptReport report{std::chrono::duration_cast<std::chrono::microseconds>(run)};
      if (!is_held) report.load_time = seconds(1);
      house.finish(job, report);
      last.note(house.sources().now, house.sources().scheduler);
    }
  }
  [[nodiscard]] Sources sources() const {
    Sources of_house = house.sources();
    of_house.last_minute = &last;
    return of_house;
  }
  House house;
  LastMinute last;
};

TEST(Health, warns_of_thrash_when_workers_load_more_than_they_work) {
  const Minute thrash(3, milliseconds(100));
  EXPECT_THAT(warnings_of(thrash.sources()),
              Contains(HasSubstr("thrash: in the last 12 s the workers loaded states for 91 % of "
                                 "the time that they were busy, and gave up 11 states")));
  EXPECT_EQ(part_of(thrash.sources(), "states").at("state").as_string(), "warning");
  const Minute busy(3, milliseconds(1'500));
  EXPECT_THAT(warnings_of(busy.sources()), Not(Contains(HasSubstr("thrash"))));
  const Minute calm(1, milliseconds(10));
  EXPECT_THAT(warnings_of(calm.sources()), Not(Contains(HasSubstr("thrash"))));
  EXPECT_EQ(part_of(calm.sources(), "states").at("state").as_string(), "ok");
}

TEST(LastMinute, forgets_what_was_more_than_a_minute_ago) {
  House house;
  house.join({});
  LastMinute last;
  const auto note = [&] { last.note(house.sources().now, house.sources().scheduler); };
  note();
  const std::uint64_t job = house.submit({});
  house.finish(job, {seconds(30)});
  house.wait(seconds(30));
  note();
  EXPECT_DOUBLE_EQ(last.spent(house.sources().now, house.sources().scheduler).working_s, 30);
  for (int i = 0; i < 16; ++i) {
    house.wait(seconds(5));
    note();
  }
  const auto spent = last.spent(house.sources().now, house.sources().scheduler);
  EXPECT_DOUBLE_EQ(spent.working_s, 0);
  EXPECT_EQ(spent.span, Duration(seconds(60)));
}

TEST(Health, tells_what_becomes_of_jobs_that_nobody_serves) {
  House house("oldest", {.unserved_ttl = seconds(90)});
  house.submit({.queue = "tpyo"});
  EXPECT_THAT(warnings_of(house.sources()),
              Contains(HasSubstr("jobs fail with no_such_task after 90 s of that")));
}

}  // namespace
}  // namespace steelyard::monitor
