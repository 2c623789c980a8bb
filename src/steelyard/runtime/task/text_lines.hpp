#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "steelyard/base/time.hpp"

namespace steelyard {

/// Cuts what a program writes for people into lines that are fit for a terminal. The rest of a line
/// over the limit is dropped, and " …" stands in its place.
///
/// Thread safety: none. Memory: one line.
class TextLines {
 public:
  using Take = std::function<void(std::string line)>;

  explicit TextLines(std::size_t max_line_bytes) : max_line_bytes_(max_line_bytes) {}

  /// Takes what was written, and gives each line that is complete now to `take`.
  void append(std::string_view bytes, const Take& take);
  /// At its end: the line without a newline, if there is one.
  void finish(const Take& take);

 private:
  [[nodiscard]] std::string take_line();

  std::size_t max_line_bytes_;
  std::string line_;
  bool is_cut_ = false;  // more of it came than is kept
};

/// How many lines are passed on.
struct LineRateLimits {
  std::uint32_t max_lines_per_s = 50;
  std::size_t max_bytes_per_s = 16'384;
};

/// Lets through as many lines as are allowed each second, and counts the others.
///
/// Thread safety: none. Time: logical; never reads a clock. Cost: O(1).
class LineRate {
 public:
  explicit LineRate(const LineRateLimits& limits) : limits_(limits) {}

  /// Whether a line of this size is passed on now.
  [[nodiscard]] bool lets_through(TimePoint now, std::size_t line_bytes);
  /// How many were not, once the second in which they came is over; 0: none, or not yet.
  [[nodiscard]] std::uint64_t take_left_out(TimePoint now);
  /// The same, whether it is over or not.
  [[nodiscard]] std::uint64_t take_left_out() { return std::exchange(left_out_, 0); }

 private:
  [[nodiscard]] bool is_over(TimePoint now) const;

  LineRateLimits limits_;
  TimePoint second_{};       // when it began
  std::uint32_t lines_ = 0;  // passed on in it
  std::size_t bytes_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace steelyard
