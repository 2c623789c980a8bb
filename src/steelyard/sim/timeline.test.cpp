#include "steelyard/sim/timeline.hpp"

#include <gtest/gtest.h>

namespace steelyard::sim {
namespace {

using Kind = Segment::Kind;

constexpr WorkerId kWorker{0};
constexpr StateId kGerman{0};
constexpr StateId kFrench{1};

Segment segment(Kind kind, StateId state, int from_ms, int to_ms) {
  return {kind, state, TimePoint(std::chrono::milliseconds(from_ms)),
          TimePoint(std::chrono::milliseconds(to_ms))};
}

Timelines ten_seconds() {
  return {1, TimePoint(std::chrono::seconds(10))};
}

TEST(Timelines, join_runs_of_a_state_that_nearly_touch) {
  Timelines lines = ten_seconds();
  lines.add(kWorker, segment(Kind::Loads, kGerman, 0, 1000));
  lines.add(kWorker, segment(Kind::Runs, kGerman, 1000, 1010));
  lines.add(kWorker, segment(Kind::Runs, kGerman, 1014, 1024));
  lines.add(kWorker, segment(Kind::Runs, kGerman, 2000, 2010));
  const auto line = lines.take()[0];
  ASSERT_EQ(line.size(), 3U);
  EXPECT_EQ(line[1].to, TimePoint(std::chrono::milliseconds(1024)));
  EXPECT_EQ(line[1].busy, std::chrono::milliseconds(20));
}

TEST(Timelines, keep_states_apart) {
  Timelines lines = ten_seconds();
  lines.add(kWorker, segment(Kind::Runs, kGerman, 0, 10));
  lines.add(kWorker, segment(Kind::Runs, kFrench, 10, 20));
  EXPECT_EQ(lines.take()[0].size(), 2U);
}

TEST(Timelines, note_nothing_beyond_their_end_or_limit) {
  Timelines lines = ten_seconds();
  lines.add(kWorker, segment(Kind::Loads, kGerman, 10'000, 10'001));
  EXPECT_TRUE(lines.take()[0].empty());
  Timelines full(1, TimePoint(std::chrono::hours(1)));
  for (int i = 0; i < 20'000; ++i) full.add(kWorker, segment(Kind::Loads, kGerman, i, i + 1));
  EXPECT_EQ(full.take()[0].size(), Timelines::kMaxSegments);
}

TEST(Timelines, are_none_unless_asked_for) {
  Timelines lines(3, TimePoint());
  lines.add(kWorker, segment(Kind::Loads, kGerman, 0, 1));
  EXPECT_TRUE(lines.take().empty());
}

}  // namespace
}  // namespace steelyard::sim
