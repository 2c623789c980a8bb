#include "steelyard/runtime/zmq/happenings.hpp"

#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::zmq_runtime {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;

class HappeningsTest : public testing::Test {
 protected:
  void lose_worker(TimePoint at) {
    happenings_.tell(
        Happening::Kind::WorkerLost, at,
        [this] {
          ++sentences_;
          return "it is lost";
        },
        [] {
          return Happenings::Fields{{"worker", "w"}};
        });
  }

  std::vector<std::string> told_;  // name: sentence
  int sentences_ = 0;
  Happenings happenings_{[this](const Happening& happening) {
    told_.push_back(std::string(to_string(happening.kind)) + ": " + happening.text);
  }};
};

TEST_F(HappeningsTest, are_told_by_name_and_in_a_sentence) {
  lose_worker(TimePoint());
  EXPECT_THAT(told_, ElementsAre("worker_lost: it is lost"));
}

TEST_F(HappeningsTest, that_come_too_often_cost_no_sentence_and_are_counted) {
  for (int i = 0; i < 1'000; ++i) lose_worker(TimePoint(seconds(1)));
  EXPECT_EQ(told_.size(), EventGate::kMaxEvents);
  EXPECT_EQ(sentences_, static_cast<int>(EventGate::kMaxEvents));
  told_.clear();
  happenings_.look(TimePoint(seconds(5)));
  EXPECT_THAT(told_, ElementsAre());
  happenings_.look(TimePoint(seconds(11)));
  EXPECT_THAT(told_, ElementsAre("left_out: 980 more lines about worker_lost were left out"));
}

TEST_F(HappeningsTest, of_another_kind_are_counted_apart) {
  for (int i = 0; i < 1'000; ++i) lose_worker(TimePoint());
  told_.clear();
  happenings_.tell(
      Happening::Kind::JournalFailing, TimePoint(), [] { return "no room"; },
      [] { return Happenings::Fields{}; });
  EXPECT_THAT(told_, ElementsAre("journal_failing: no room"));
}

TEST(HappeningsUnheard, cost_no_sentence) {
  Happenings unheard{{}};
  unheard.tell(
      Happening::Kind::WorkerLost, TimePoint(),
      []() -> std::string {
        ADD_FAILURE() << "nobody wants to know";
        return "";
      },
      [] { return Happenings::Fields{}; });
  unheard.look(TimePoint(seconds(20)));
}

TEST(HappeningKinds, have_names_that_differ) {
  std::set<std::string_view> names;
  for (std::uint8_t i = 0; i < kHappenings; ++i) {
    const std::string_view name = to_string(static_cast<Happening::Kind>(i));
    EXPECT_FALSE(name.empty());
    EXPECT_TRUE(names.insert(name).second) << name;
  }
  EXPECT_EQ(static_cast<std::uint8_t>(Happening::Kind::LeftOut) + 1, kHappenings);
}

}  // namespace
}  // namespace steelyard::zmq_runtime
