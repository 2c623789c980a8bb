#include "steelyard/gateway/monitor/history.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::gateway {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr double kNever = std::numeric_limits<double>::quiet_NaN();

struct HistoryTest : testing::Test {
  Moment& moment(const std::string& incarnation = "1") {
    now_is.incarnation = incarnation;
    return now_is;
  }
  void pass(milliseconds time) {
    now += time;
    now_is.uptime_s += std::chrono::duration<double>(time).count();
  }
  void add() { history.add(now, now_is); }
  json::object told() const { return json::parse(history.text(now)).as_object(); }
  static std::vector<std::string> column(const json::object& told, const char* list,
                                         const char* name) {
    std::vector<std::string> values;
    for (const json::value& point : told.at(list).as_array()) {
      values.push_back(json::serialize(point.at(name)));
    }
    return values;
  }

  History history;
  History::Clock::time_point now{seconds(1'000)};
  Moment now_is{.incarnation = "1", .uptime_s = 50};
};

TEST_F(HistoryTest, has_nothing_at_first) {
  EXPECT_EQ(history.text(now), R"({"seconds":[],"tens":[],"queues":{}})");
}

TEST_F(HistoryTest, tells_rates_between_two_moments) {
  moment().accepted = 10;
  add();
  pass(seconds(2));
  moment().accepted = 15;
  moment().finished = 3;
  moment().failed = 1;
  moment().queued = 7;
  moment().queues = {{"a", 4, 0.25, 1}, {"b", 0, kNever, 1}, {"c", 3, 2.5, 1}};
  add();
  EXPECT_EQ(history.text(now).substr(0, history.text(now).find("],\"tens\"")),
            R"({"seconds":[{"at_s":50,"queued":0,"running":0,"workers":0,"accepted_per_s":null,)"
            R"("finished_per_s":null,"failed_per_s":null,"longest_wait_s":null},)"
            R"({"at_s":52,"queued":7,"running":0,"workers":0,"accepted_per_s":2.5,)"
            R"("finished_per_s":1.5,"failed_per_s":0.5,"longest_wait_s":2.5})");
}

TEST_F(HistoryTest, goes_on_over_a_restart_of_the_broker) {
  moment().accepted = 100;
  add();
  pass(seconds(5));
  moment("2").accepted = 1;
  moment("2").uptime_s = 3;
  add();
  pass(seconds(1));
  moment("2").accepted = 4;
  add();
  EXPECT_THAT(column(told(), "seconds", "at_s"), testing::ElementsAre("-2", "3", "4"));
  EXPECT_THAT(column(told(), "seconds", "accepted_per_s"),
              testing::ElementsAre("null", "null", "3"));
}

TEST_F(HistoryTest, keeps_five_minutes_and_an_hour_in_steps_of_ten) {
  for (int second = 0; second <= 4'000; ++second) {
    moment().accepted += 2;
    moment().queues = {{"q", 1, second == 3'996 ? 99.0 : 1.0, 1}};
    add();
    pass(seconds(1));
  }
  const json::object all = told();
  EXPECT_EQ(all.at("seconds").as_array().size(), 300U);
  ASSERT_EQ(all.at("tens").as_array().size(), 360U);
  EXPECT_EQ(column(all, "tens", "accepted_per_s").back(), "2");
  EXPECT_EQ(column(all, "tens", "longest_wait_s").back(), "99");
  EXPECT_EQ(column(all, "tens", "longest_wait_s").front(), "1");
  EXPECT_EQ(all.at("queues").at("q").at("queued").as_array().size(), 300U);
}

TEST_F(HistoryTest, does_not_stretch_what_is_old) {
  add();
  pass(seconds(400));
  EXPECT_TRUE(told().at("seconds").as_array().empty());
  pass(seconds(4'000));
  add();
  EXPECT_EQ(told().at("seconds").as_array().size(), 1U);
}

TEST_F(HistoryTest, of_a_queue_stands_at_the_seconds_of_all) {
  moment().queues = {{"a", 1, 1.5, 0}};
  add();
  pass(seconds(1));
  moment().queues = {{"a", 2, kNever, 0}, {"b", 9, 3, 0}};
  add();
  const json::object all = told();
  const auto& queues = all.at("queues").as_object();
  EXPECT_EQ(json::serialize(queues.at("a").at("queued")), "[1,2]");
  EXPECT_EQ(json::serialize(queues.at("a").at("longest_wait_s")), "[1.5E0,null]");
  EXPECT_EQ(json::serialize(queues.at("b").at("queued")), "[null,9]");
}

TEST_F(HistoryTest, tells_of_the_busiest_queues) {
  for (int i = 0; i < 2'000; ++i) {
    moment().queues.push_back({"q" + std::to_string(i), 0, kNever, static_cast<double>(i)});
  }
  add();
  const json::object all = told();
  const auto& queues = all.at("queues").as_object();
  EXPECT_EQ(queues.size(), History::kMaxQueuesTold);
  EXPECT_TRUE(queues.contains("q1999"));
  EXPECT_TRUE(queues.contains("q1900"));
  EXPECT_FALSE(queues.contains("q1899"));
}

}  // namespace
}  // namespace steelyard::gateway
