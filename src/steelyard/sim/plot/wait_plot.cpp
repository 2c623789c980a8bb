#include "steelyard/sim/plot/wait_plot.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "steelyard/sim/plot/axis.hpp"
#include "steelyard/sim/plot/svg.hpp"

namespace steelyard::sim {
namespace {

constexpr double kWidth = 820;
constexpr double kHeight = 480;
constexpr double kLeft = 80;
constexpr double kRight = 30;
constexpr double kTop = 64;
constexpr double kRow = 20;  // of the legend
constexpr double kShortestWaitSeconds = 1e-3;
constexpr double kSmallestShare = 1e-6;

struct Frame {
  Axis wait;
  Axis share;
  double bottom = 0;
};

double longest_wait_s(const Comparison& comparison) {
  double longest = 10 * kShortestWaitSeconds;
  for (const Simulated& run : comparison.results) {
    longest = std::max(longest, in_seconds(run.measures.waits.max()));
  }
  return longest;
}

/// Hardly any job waits for less, but for those that wait for nothing.
double shortest_wait_s(const Comparison& comparison) {
  double shortest = longest_wait_s(comparison) / 10;
  for (const Simulated& run : comparison.results) {
    shortest = std::min(shortest, in_seconds(run.measures.waits.quantile(0.01)));
  }
  return std::max(shortest, kShortestWaitSeconds);
}

/// Room for one job in all of them.
double smallest_share(const Comparison& comparison) {
  const auto jobs = static_cast<double>(std::max<std::uint64_t>(comparison.jobs, 10));
  return std::max(kSmallestShare, std::pow(10, -std::ceil(std::log10(jobs))));
}

Frame frame_for(const Comparison& comparison, double bottom) {
  const double shortest = std::pow(10, std::floor(std::log10(shortest_wait_s(comparison))));
  const double longest = std::pow(10, std::ceil(std::log10(longest_wait_s(comparison))));
  return {Axis::logarithmic(shortest, longest).placed(kLeft, kWidth - kRight),
          Axis::logarithmic(smallest_share(comparison), 1).placed(bottom, kTop), bottom};
}

void draw_axes(Svg& svg, const Frame& frame) {
  for (const Axis::Tick& tick : frame.wait.ticks()) {
    const double x = frame.wait.place(tick.value);
    svg.rule({x, kTop}, {x, frame.bottom});
    svg.text(tick.label, {.at = {x, frame.bottom + 18}, .anchor = Svg::Anchor::Middle});
  }
  for (const Axis::Tick& tick : frame.share.ticks()) {
    const double y = frame.share.place(tick.value);
    svg.rule({kLeft, y}, {kWidth - kRight, y});
    svg.text(fmt::format("{:g} %", tick.value * 100),
             {.at = {kLeft - 8, y + 4}, .anchor = Svg::Anchor::End});
  }
  const double middle = (kLeft + kWidth - kRight) / 2;
  svg.text("wait from arrival to the start of the run, seconds",
           {.at = {middle, frame.bottom + 40}, .anchor = Svg::Anchor::Middle});
  svg.text(
      "share of the jobs that wait longer",
      {.at = {18, (kTop + frame.bottom) / 2}, .anchor = Svg::Anchor::Middle, .is_upright = true});
}

/// The share of jobs that waited longer than each wait; points that cannot be told apart are left
/// out.
std::vector<Point> curve(const Histogram& waits, const Frame& frame) {
  std::vector<Point> points;
  std::uint64_t left = waits.count();
  const auto share = [&] { return static_cast<double>(left) / static_cast<double>(waits.count()); };
  points.push_back({frame.wait.place(0), frame.share.place(1)});
  for (const Histogram::Bucket& bucket : waits.buckets()) {
    const double x = frame.wait.place(in_seconds(bucket.up_to));
    const double above = points.back().y;
    left -= bucket.count;
    if (x - points.back().x >= 0.5) points.push_back({x, above});
    points.push_back({x, left == 0 ? frame.bottom : frame.share.place(share())});
  }
  return points;
}

void draw_legend(Svg& svg, const Comparison& comparison, double y) {
  for (std::size_t i = 0; i < comparison.results.size(); ++i) {
    const Histogram& waits = comparison.results[i].measures.waits;
    svg.line({{kLeft, y - 4}, {kLeft + 26, y - 4}}, i);
    svg.text(
        fmt::format("{}: mean {} s, 99 % within {} s, longest {} s", comparison.results[i].strategy,
                    short_number(waits.mean_s()), short_number(in_seconds(waits.quantile(0.99))),
                    short_number(in_seconds(waits.max()))),
        {.at = {kLeft + 34, y}});
    y += kRow;
  }
}

}  // namespace

std::string wait_plot(const Comparison& comparison) {
  const double legend = kRow * static_cast<double>(comparison.results.size());
  const Frame frame = frame_for(comparison, kHeight - 60);
  Svg svg(kWidth, kHeight + legend, "Waiting times: " + comparison.workload);
  svg.text("Waiting times", {.at = {kLeft, 26}, .is_large = true});
  svg.text(fmt::format("{} (jobs: {}, workers: {}, seed: {})", comparison.workload, comparison.jobs,
                       comparison.workers, comparison.seed),
           {.at = {kLeft, 46}, .is_faint = true});
  draw_axes(svg, frame);
  for (std::size_t i = 0; i < comparison.results.size(); ++i) {
    svg.line(curve(comparison.results[i].measures.waits, frame), i);
  }
  draw_legend(svg, comparison, kHeight + 8);
  return svg.finish();
}

}  // namespace steelyard::sim
