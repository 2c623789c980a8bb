#include "steelyard/monitor/explain/waiting.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/monitor/explain/house.test.hpp"

namespace steelyard::monitor {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

std::string reason(const House& house, std::uint64_t job) {
  const json::value obstacle = house.waiting(job).at("obstacle");
  return obstacle.is_null() ? "" : std::string(obstacle.at("reason").as_string());
}

std::string sentence(const House& house, std::uint64_t job) {
  return std::string(house.waiting(job).at("obstacle").at("sentence").as_string());
}

std::string advice(const House& house, std::uint64_t job) {
  return std::string(house.waiting(job).at("obstacle").at("advice").as_string());
}

TEST(Ahead, counts_jobs_just_like_it_and_all_for_its_queue_in_order_of_arrival) {
  House house;
  house.join({});
  house.submit({.count = 4});  // one runs
  house.submit({.count = 2, .user = "ann"});
  const std::uint64_t job = house.submit({.count = 3}) + 1;
  house.submit({.count = 5, .user = "ann"});
  house.submit({.count = 7, .queue = "other"});
  house.submit({.count = 7, .state = "german"});
  EXPECT_EQ(json::serialize(house.waiting(job).at("ahead")),
            R"({"of_its_kind":4,"its_kind_waiting":6,"in_all":6,"counted_for":"queue",)"
            R"("at_least":false,"queue_waiting":20})");
}

TEST(Ahead, counts_a_priority_as_seconds_of_age) {
  House house;
  const std::uint64_t job = house.submit({});
  house.wait(seconds(5));
  house.submit({.count = 2, .priority = 4});
  EXPECT_EQ(house.waiting(job).at("ahead").at("in_all").as_int64(), 0);
  house.submit({.count = 2, .priority = 6});
  EXPECT_EQ(house.waiting(job).at("ahead").at("in_all").as_int64(), 2);
}

TEST(Ahead, counts_for_its_state_across_queues) {
  House house;
  house.submit({.count = 2, .queue = "other", .state = "german"});
  house.submit({.count = 3});
  const std::uint64_t job = house.submit({.state = "german"});
  EXPECT_EQ(house.waiting(job).at("ahead").at("in_all").as_int64(), 2);
  EXPECT_EQ(house.waiting(job).at("ahead").at("counted_for").as_string(), "state");
}

TEST(Ahead, counts_from_the_nearer_end_and_no_further_than_ten_thousand) {
  House house;
  const std::uint64_t first = house.submit({.count = 30'000});
  const json::value near_the_end = house.waiting(first + 29'990).at("ahead");
  EXPECT_EQ(near_the_end.at("of_its_kind").as_int64(), 29'990);
  EXPECT_FALSE(near_the_end.at("at_least").as_bool());
  const json::value in_the_middle = house.waiting(first + 15'000).at("ahead");
  EXPECT_EQ(in_the_middle.at("of_its_kind").as_int64(), 10'000);
  EXPECT_TRUE(in_the_middle.at("at_least").as_bool());
}

TEST(Obstacle, is_none_while_a_worker_may_run_it) {
  House house;
  house.join({.slots = 2});
  const std::uint64_t job = house.submit({.count = 3}) + 2;
  EXPECT_EQ(reason(house, job), "");
  EXPECT_EQ(json::serialize(house.waiting(job).at("workers")),
            R"({"may_run_it":1,"slots":2,"free_slots":0})");
}

TEST(Obstacle, is_a_queue_that_nobody_serves) {
  House house;
  house.join({.queue = "other"});
  const std::uint64_t job = house.submit({});
  EXPECT_EQ(sentence(house, job), "no worker serves queue 'ocr'");
  EXPECT_EQ(advice(house, job), "start one with `steelyard worker --queue ocr --exec COMMAND`");
  EXPECT_TRUE(house.waiting(job).at("estimate").is_null());
}

TEST(Obstacle, is_a_priority_outside_every_window) {
  House house;
  house.join({.priority_min = 10});
  house.join({.priority_max = 4});
  const std::uint64_t job = house.submit({.priority = 7});
  EXPECT_EQ(reason(house, job), "priority");
  EXPECT_EQ(sentence(house, job), "no worker of queue 'ocr' takes jobs of priority 7");
}

TEST(Obstacle, is_a_tag_that_nobody_carries) {
  House house;
  house.join({.tags = {"gpu"}});
  house.join({.tags = {"fast"}});
  const std::uint64_t job = house.submit({.tags = {"fast", "gpu"}});
  EXPECT_EQ(reason(house, job), "tags");
  EXPECT_THAT(sentence(house, job), HasSubstr("carries gpu and fast"));
  EXPECT_EQ(advice(house, job),
            "start one with `steelyard worker --queue ocr --tag gpu --tag fast --exec COMMAND`");
}

TEST(Obstacle, is_memory_that_nobody_has) {
  House house;
  const WorkerId large = house.join({.name = "large", .memory = 5'000});
  house.join({.memory = 1'000});
  house.join({.memory = 2'000});
  const std::uint64_t job = house.submit({.count = 2, .state = "german", .state_bytes = 4'000}) + 1;
  EXPECT_EQ(reason(house, job), "");
  house.leave(large);
  EXPECT_EQ(reason(house, job), "memory");
  EXPECT_EQ(sentence(house, job),
            "its state takes 4000 bytes, and no worker that takes it has more than 2000 for "
            "states");
}

TEST(Obstacle, is_that_the_only_workers_drain) {
  House house;
  const WorkerId worker = house.join({});
  const std::uint64_t job = house.submit({.count = 2}) + 1;
  house.drain(worker);
  EXPECT_EQ(reason(house, job), "draining");
}

TEST(Holders, are_named_with_what_keeps_them_busy) {
  House house;
  house.join({.name = "ada"});
  const std::uint64_t job = house.submit({.count = 2, .state = "german"}) + 1;
  house.wait(milliseconds(700));
  EXPECT_EQ(json::serialize(house.waiting(job).at("needs")),
            R"({"jobs_waiting":1,"holders":1,"held_by":[{"worker":"ada","may_run_it":true,)"
            R"("jobs":1,"preloading":false,"pinned":false,"loading_or_first_job_for_s":7E-1}],)"
            R"("load_mean_s":null,"failed_loads_in_a_row":0,"blocked_for_s":0E0})");
}

TEST(Holders, may_be_none_that_may_run_it) {
  House house;
  house.join({.name = "ada", .queue = "other"});
  house.join({.name = "bob"});
  house.submit({.queue = "other", .state = "german"});
  house.submit({});  // keeps bob busy
  const std::uint64_t job = house.submit({.state = "german"});
  const json::value held_by = house.waiting(job).at("needs").at("held_by");
  ASSERT_EQ(held_by.as_array().size(), 1U);
  EXPECT_EQ(held_by.at(0).at("worker").as_string(), "ada");
  EXPECT_FALSE(held_by.at(0).at("may_run_it").as_bool());
}

TEST(Holders, are_none_for_a_while_after_loads_that_failed) {
  House house;
  house.join({.name = "ada"});
  const std::uint64_t job = house.submit({.state = "german"});
  house.fail_to_load(job);
  house.wait(milliseconds(400));
  const json::value needs = house.waiting(job).at("needs");
  EXPECT_EQ(needs.at("failed_loads_in_a_row").as_int64(), 1);
  EXPECT_EQ(needs.at("blocked_for_s").as_double(), 0.6);
  EXPECT_TRUE(needs.at("held_by").as_array().empty());
}

TEST(Share, tells_what_a_user_had_beside_its_weight) {
  House house;
  house.join({.slots = 2});
  const std::uint64_t first = house.submit({.user = "ann"});
  house.submit({.user = "bob"});
  house.finish(first, {.run_time = seconds(3)});
  house.submit({.user = "bob"});
  const std::uint64_t job = house.submit({.user = "ann"});
  const json::object share = house.waiting(job).at("share").as_object();
  EXPECT_EQ(share.at("due_share").as_double(), 0.5);
  EXPECT_EQ(share.at("used_s").as_double(), 3.0);
  // Two jobs of bob's are expected to take 0.1 s, as nothing was known then, and 3 s.
  EXPECT_EQ(share.at("used_by_all_s").as_double(), 6.1);
  EXPECT_NEAR(share.at("used_share").as_double(), 3 / 6.1, 1e-9);
  EXPECT_EQ(share.at("waiting").as_int64(), 1);
  EXPECT_EQ(share.at("running").as_int64(), 0);
}

/// Gives nothing, and waits for 30 s.
class Patient final : public strategy::Strategy {
 public:
  strategy::Choice choose(const strategy::View& view, WorkerId) override {
    return strategy::Stay{view.now() + seconds(30), strategy::Reason::Waiting};
  }
};

TEST(Waiting, names_the_worker_that_stays_free_and_until_when) {
  House house(std::make_unique<Patient>(), "patient");
  house.join({.name = "ada"});
  const std::uint64_t job = house.submit({});
  house.wait(seconds(2));
  const json::value stays = house.waiting(job).at("waits_for");
  EXPECT_EQ(stays.at("worker").as_string(), "ada");
  EXPECT_EQ(stays.at("why").as_string(), "waiting");
  EXPECT_EQ(stays.at("ago_s").as_double(), 2.0);
  EXPECT_EQ(stays.at("for_at_most_s").as_double(), 30.0);
  EXPECT_FALSE(stays.at("given").as_bool());
}

TEST(Waiting, names_no_worker_that_may_not_run_it) {
  House house(std::make_unique<Patient>(), "patient");
  house.join({.name = "ada", .queue = "other"});
  house.join({.name = "bob", .priority_min = 5});
  house.submit({.queue = "other"});
  const std::uint64_t job = house.submit({});
  EXPECT_TRUE(house.waiting(job).at("waits_for").is_null());
}

TEST(Estimate, has_a_range_around_what_is_expected) {
  House house;
  house.join({});
  house.finish(house.submit({}), {.run_time = seconds(2)});
  const std::uint64_t job = house.submit({.count = 4}) + 3;
  const json::object estimate = house.waiting(job).at("estimate").as_object();
  EXPECT_LT(estimate.at("soonest_s").as_double(), estimate.at("expected_s").as_double());
  EXPECT_LT(estimate.at("expected_s").as_double(), estimate.at("latest_s").as_double());
  EXPECT_EQ(estimate.at("expected_s").as_double(), 5.0);  // half of the first and two more
}

}  // namespace
}  // namespace steelyard::monitor
