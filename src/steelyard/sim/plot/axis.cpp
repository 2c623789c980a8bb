#include "steelyard/sim/plot/axis.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "steelyard/base/assert.hpp"

namespace steelyard::sim {
namespace {

constexpr double kMostTicks = 10;

/// 1, 2 or 5 times a power of ten, so that `span` has no more than `kMostTicks` of them.
double round_step(double span) {
  const double power = std::pow(10, std::floor(std::log10(span / kMostTicks)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (span / (power * factor) <= kMostTicks) return power * factor;
  }
  return power * 10;
}

}  // namespace

Axis Axis::linear(double from, double to) {
  STEELYARD_ASSERT(to > from);
  Axis axis;
  axis.from_ = from;
  axis.to_ = to;
  return axis;
}

Axis Axis::logarithmic(double from, double to) {
  STEELYARD_ASSERT(from > 0);
  Axis axis = linear(from, to);
  axis.is_logarithmic_ = true;
  return axis;
}

Axis Axis::placed(double begin, double end) const {
  Axis axis = *this;
  axis.begin_ = begin;
  axis.end_ = end;
  return axis;
}

double Axis::place(double value) const {
  const double inside = std::clamp(value, from_, to_);
  const double share = is_logarithmic_ ? std::log(inside / from_) / std::log(to_ / from_)
                                       : (inside - from_) / (to_ - from_);
  return begin_ + share * (end_ - begin_);
}

std::vector<Axis::Tick> Axis::ticks() const {
  std::vector<Tick> marks;
  if (is_logarithmic_) {
    const int first = static_cast<int>(std::ceil(std::log10(from_) - 1e-9));
    for (int power = first; std::pow(10, power) <= to_ * (1 + 1e-9); ++power) {
      marks.push_back({std::pow(10, power), short_number(std::pow(10, power))});
    }
    return marks;
  }
  const double step = round_step(to_ - from_);
  for (double count = std::ceil(from_ / step); count * step <= to_ * (1 + 1e-9); ++count) {
    marks.push_back({count * step, short_number(count * step)});
  }
  return marks;
}

std::string short_number(double value) {
  const double size = std::abs(value);
  if (size >= 999.95 && size < 1e6) return fmt::format("{:.0f}", value);
  std::string text = fmt::format("{:.4g}", value);
  if (const std::size_t sign = text.find("e+0"); sign != std::string::npos) text.erase(sign + 1, 2);
  return text;
}

}  // namespace steelyard::sim
