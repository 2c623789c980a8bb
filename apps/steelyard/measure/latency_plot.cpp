#include "measure/latency_plot.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "steelyard/base/assert.hpp"
#include "steelyard/sim/plot/axis.hpp"
#include "steelyard/sim/plot/svg.hpp"

namespace steelyard::cli {
namespace {

using sim::Axis;
using sim::Svg;

constexpr double kWidth = 820;
constexpr double kHeight = 480;
constexpr double kLeft = 80;
constexpr double kRight = 30;
constexpr double kTop = 64;
constexpr double kBottom = kHeight - 60;
constexpr double kRow = 20;  // of the legend

double milliseconds(Duration time) {
  return static_cast<double>(std::max<Duration::rep>(time.count(), 1)) / 1e6;
}

struct Frame {
  Axis rate;
  Axis latency;
};

Frame frame_for(const std::vector<LatencyCurve>& curves) {
  double most = 1;
  double shortest = 1e6;
  double longest = 1e-3;
  for (const LatencyCurve& curve : curves) {
    for (const LatencyCurve::Point& point : curve.points) {
      most = std::max(most, point.per_s);
      shortest = std::min(shortest, milliseconds(point.p50));
      longest = std::max(longest, milliseconds(point.p999));
    }
  }
  const double low = std::pow(10, std::floor(std::log10(shortest)));
  const double high = std::max(10 * low, std::pow(10, std::ceil(std::log10(longest))));
  return {Axis::linear(0, most).placed(kLeft, kWidth - kRight),
          Axis::logarithmic(low, high).placed(kBottom, kTop)};
}

void draw_axes(Svg& svg, const Frame& frame) {
  for (const Axis::Tick& tick : frame.rate.ticks()) {
    const double x = frame.rate.place(tick.value);
    svg.rule({x, kTop}, {x, kBottom});
    svg.text(tick.label, {.at = {x, kBottom + 18}, .anchor = Svg::Anchor::Middle});
  }
  for (const Axis::Tick& tick : frame.latency.ticks()) {
    const double y = frame.latency.place(tick.value);
    svg.rule({kLeft, y}, {kWidth - kRight, y});
    svg.text(tick.label, {.at = {kLeft - 8, y + 4}, .anchor = Svg::Anchor::End});
  }
  const double middle = (kLeft + kWidth - kRight) / 2;
  svg.text("requests answered per second",
           {.at = {middle, kBottom + 40}, .anchor = Svg::Anchor::Middle});
  svg.text("from when the request was due to its answer, milliseconds",
           {.at = {18, (kTop + kBottom) / 2}, .anchor = Svg::Anchor::Middle, .is_upright = true});
}

struct Line {
  const char* name;
  Duration LatencyCurve::Point::*value;
};
constexpr Line kLines[] = {{"p50", &LatencyCurve::Point::p50},
                           {"p99", &LatencyCurve::Point::p99},
                           {"p99.9", &LatencyCurve::Point::p999}};

}  // namespace

std::string latency_plot(const std::vector<LatencyCurve>& curves) {
  STEELYARD_ASSERT(!curves.empty() && !curves.front().points.empty());
  const Frame frame = frame_for(curves);
  const double rows = static_cast<double>(curves.size() * std::size(kLines));
  Svg svg(kWidth, kHeight + rows * kRow, "HTTP latency by rate");
  svg.text("HTTP latency by rate", {.at = {kLeft, 26}, .is_large = true});
  svg.text("open loop: requests come at random, whatever becomes of those before",
           {.at = {kLeft, 46}, .is_faint = true});
  draw_axes(svg, frame);
  std::size_t place = 0;
  for (const LatencyCurve& curve : curves) {
    for (const Line& line : kLines) {
      std::vector<sim::Point> points;
      for (const LatencyCurve::Point& point : curve.points) {
        points.push_back(
            {frame.rate.place(point.per_s), frame.latency.place(milliseconds(point.*line.value))});
      }
      svg.line(points, place);
      const double y = kHeight + 8 + static_cast<double>(place) * kRow;
      svg.line({{kLeft, y - 4}, {kLeft + 26, y - 4}}, place);
      svg.text(fmt::format("{}, {}", curve.name, line.name), {.at = {kLeft + 34, y}});
      ++place;
    }
  }
  return svg.finish();
}

}  // namespace steelyard::cli
