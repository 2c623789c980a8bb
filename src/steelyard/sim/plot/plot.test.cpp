#include <algorithm>

#include <gmock/gmock.h>

#include "steelyard/sim/catalogue.hpp"
#include "steelyard/sim/plot/axis.hpp"
#include "steelyard/sim/plot/svg.hpp"
#include "steelyard/sim/plot/timeline_plot.hpp"
#include "steelyard/sim/plot/wait_plot.hpp"

namespace steelyard::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> labels(const Axis& axis) {
  std::vector<std::string> found;
  for (const Axis::Tick& tick : axis.ticks()) found.push_back(tick.label);
  return found;
}

Comparison compared(const std::string& workload) {
  RunOptions options;
  options.timelines_until = TimePoint(std::chrono::seconds(20));
  return compare([workload] { return make_scenario(workload, {}); }, {"oldest", "groups-by-state"},
                 strategy::Registry(), options)
      .value();
}

TEST(Axis, marks_round_values) {
  EXPECT_THAT(labels(Axis::linear(0, 30)), ElementsAre("0", "5", "10", "15", "20", "25", "30"));
  EXPECT_THAT(labels(Axis::linear(0, 0.7)),
              ElementsAre("0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7"));
  EXPECT_THAT(labels(Axis::logarithmic(0.001, 10)), ElementsAre("0.001", "0.01", "0.1", "1", "10"));
}

TEST(Axis, writes_numbers_shortly) {
  EXPECT_EQ(short_number(0.25), "0.25");
  EXPECT_EQ(short_number(8.0567), "8.057");
  EXPECT_EQ(short_number(93034.4), "93034");
  EXPECT_EQ(short_number(1e6), "1e6");
  EXPECT_EQ(short_number(0), "0");
}

TEST(Axis, places_values_by_step_or_ratio) {
  EXPECT_DOUBLE_EQ(Axis::linear(0, 10).placed(100, 200).place(5), 150);
  EXPECT_DOUBLE_EQ(Axis::logarithmic(1, 100).placed(200, 100).place(10), 150);
  EXPECT_DOUBLE_EQ(Axis::linear(0, 10).placed(100, 200).place(11), 200);
}

TEST(Svg, takes_any_text) {
  Svg svg(10, 10, "a<b>&\"c\"\x01");
  EXPECT_THAT(svg.finish(), HasSubstr("<title>a&lt;b&gt;&amp;&quot;c&quot; </title>"));
}

TEST(Svg, has_a_colour_for_each_of_many) {
  std::vector<std::string> colours;
  for (std::size_t i = 0; i < 60; ++i) colours.push_back(colour_of(i));
  std::ranges::sort(colours);
  EXPECT_EQ(std::ranges::adjacent_find(colours), colours.end());
}

TEST(WaitPlot, names_strategies_workload_and_seed) {
  const std::string svg = wait_plot(compared("six-jobs"));
  EXPECT_THAT(svg, HasSubstr("six-jobs (jobs: 6, workers: 1, seed: 1)"));
  EXPECT_THAT(svg, HasSubstr("oldest: mean 17.52 s, 99 % within 30.05 s"));
  EXPECT_THAT(svg, HasSubstr("groups-by-state: mean 7.525 s"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

TEST(TimelinePlot, shows_every_load) {
  const std::string svg = timeline_plot(compared("six-jobs:load_s=2"));
  // Six and two of them, and the legend's.
  std::size_t hatched = 0;
  for (std::size_t at = svg.find("url(#hatch)"); at != std::string::npos;
       at = svg.find("url(#hatch)", at + 1)) {
    ++hatched;
  }
  EXPECT_EQ(hatched, 9U);
  EXPECT_THAT(svg, HasSubstr("oldest: 6 loads in all"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace steelyard::sim
