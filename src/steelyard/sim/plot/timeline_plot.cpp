#include "steelyard/sim/plot/timeline_plot.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "steelyard/base/assert.hpp"
#include "steelyard/sim/plot/axis.hpp"
#include "steelyard/sim/plot/svg.hpp"

namespace steelyard::sim {
namespace {

constexpr double kWidth = 1000;
constexpr double kLeft = 80;
constexpr double kRight = 30;
constexpr double kTop = 60;
constexpr double kRow = 22;
constexpr double kBar = 16;
constexpr double kHeading = 26;
constexpr double kAxis = 50;
constexpr double kLegendColumn = 110;
constexpr std::size_t kLegendColumns = 8;
constexpr std::size_t kMaxWorkers = 16;
constexpr std::size_t kMaxNames = 12;

std::size_t rows_of(const Simulated& run) {
  return std::min(run.measures.timelines.size(), kMaxWorkers);
}

double panel_height(const Simulated& run) {
  return kHeading + kRow * static_cast<double>(rows_of(run)) + 12;
}

/// The end of the last thing that is shown.
double end_s(const Comparison& comparison) {
  TimePoint end;
  for (const Simulated& run : comparison.results) {
    for (const auto& line : run.measures.timelines) {
      if (!line.empty())
        end = std::max(end, std::min(line.back().to, run.measures.timelines_until));
    }
  }
  return std::max(in_seconds(end.time_since_epoch()), 1e-3);
}

/// What stands for a state: those that need none have the colour after all states.
std::string colour(const Simulated& run, StateId state) {
  return colour_of(state.valid() ? state.index() : run.measures.states.size());
}

void draw_segment(Svg& svg, const Simulated& run, const Segment& segment, const Box& box) {
  if (segment.kind == Segment::Kind::Loads) {
    return svg.hatched_box(box, colour(run, segment.state));
  }
  const double busy = in_seconds(segment.busy) / in_seconds(segment.to - segment.from);
  svg.box(box, colour(run, segment.state), 0.45 + 0.55 * std::min(busy, 1.0));
}

void draw_worker(Svg& svg, const Simulated& run, std::size_t worker, double y, const Axis& time) {
  svg.text(fmt::format("worker {}", worker + 1),
           {.at = {kLeft - 8, y + kBar - 4}, .anchor = Svg::Anchor::End, .is_faint = true});
  svg.box({kLeft, y, kWidth - kLeft - kRight, kBar}, "faint", 0.35);
  for (const Segment& segment : run.measures.timelines[worker]) {
    const double from = time.place(in_seconds(segment.from.time_since_epoch()));
    const double to = time.place(in_seconds(segment.to.time_since_epoch()));
    draw_segment(svg, run, segment, {from, y, std::max(to - from, 0.3), kBar});
  }
}

/// Returns where the next one begins.
double draw_panel(Svg& svg, const Simulated& run, double y, const Axis& time) {
  svg.text(fmt::format("{}: {} loads in all, {:.1f} % of the time spent loading, mean wait {} s",
                       run.strategy, run.measures.switches, run.measures.loading_share * 100,
                       short_number(run.measures.waits.mean_s())),
           {.at = {kLeft, y + 16}});
  for (const Axis::Tick& tick : time.ticks()) {
    const double x = time.place(tick.value);
    svg.rule({x, y + kHeading - 4}, {x, y + panel_height(run) - 12});
  }
  for (std::size_t worker = 0; worker < rows_of(run); ++worker) {
    draw_worker(svg, run, worker, y + kHeading + kRow * static_cast<double>(worker), time);
  }
  return y + panel_height(run);
}

void draw_axis(Svg& svg, double y, const Axis& time) {
  for (const Axis::Tick& tick : time.ticks()) {
    const double x = time.place(tick.value);
    svg.rule({x, y - 6}, {x, y});
    svg.text(tick.label, {.at = {x, y + 16}, .anchor = Svg::Anchor::Middle});
  }
  svg.text("time, seconds",
           {.at = {(kLeft + kWidth - kRight) / 2, y + 36}, .anchor = Svg::Anchor::Middle});
}

/// The names of states, and what hatching means, in columns.
std::vector<std::string> legend_names(const Comparison& comparison) {
  std::vector<std::string> names;
  for (const GroupMeasures& state : comparison.results.front().measures.states) {
    if (names.size() < kMaxNames) names.push_back(state.name);
  }
  return names;
}

double legend_height(const Comparison& comparison) {
  const std::size_t cells = legend_names(comparison).size() + 3;
  const std::size_t rows = (cells + kLegendColumns - 1) / kLegendColumns;
  return kRow * static_cast<double>(rows) + 10;
}

void draw_legend(Svg& svg, const Comparison& comparison, double top) {
  const std::vector<std::string> names = legend_names(comparison);
  const auto box_of = [top](std::size_t cell) {
    const std::size_t column = cell % kLegendColumns;
    const std::size_t row = cell / kLegendColumns;
    return Box{kLeft + kLegendColumn * static_cast<double>(column),
               top + kRow * static_cast<double>(row), 18, 12};
  };
  const auto label = [&svg](const Box& box, std::string_view text) {
    svg.text(text, {.at = {box.x + 24, box.y + 11}});
  };
  for (std::size_t i = 0; i < names.size(); ++i) {
    svg.box(box_of(i), colour_of(i));
    label(box_of(i), names[i]);
  }
  const std::size_t states = comparison.results.front().measures.states.size();
  std::size_t cell = names.size();
  if (states > names.size())
    label(box_of(cell++), fmt::format("and {} more", states - names.size()));
  svg.hatched_box(box_of(cell), "ink");
  label(box_of(cell), "loading");
  svg.box(box_of(cell + 1), "faint", 0.35);
  label(box_of(cell + 1), "idle or away");
}

}  // namespace

std::string timeline_plot(const Comparison& comparison) {
  double height = kTop + kAxis + legend_height(comparison);
  for (const Simulated& run : comparison.results) {
    STEELYARD_ASSERT(!run.measures.timelines.empty());
    height += panel_height(run);
  }
  Svg svg(kWidth, height, "Workers over time: " + comparison.workload);
  svg.text("Workers over time", {.at = {kLeft, 26}, .is_large = true});
  svg.text(fmt::format("{} (workers: {}, seed: {})", comparison.workload, comparison.workers,
                       comparison.seed),
           {.at = {kLeft, 46}, .is_faint = true});
  const Axis time = Axis::linear(0, end_s(comparison)).placed(kLeft, kWidth - kRight);
  const double bottom = height - kAxis - legend_height(comparison);
  draw_axis(svg, bottom, time);
  double y = kTop;
  for (const Simulated& run : comparison.results) y = draw_panel(svg, run, y, time);
  draw_legend(svg, comparison, bottom + kAxis);
  return svg.finish();
}

}  // namespace steelyard::sim
