#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace steelyard::cli {

/// What is known of work under way.
struct ProgressState {
  std::uint64_t done = 0;
  std::uint64_t failed = 0;
  std::optional<double> part;  ///< of all the work, from 0 to 1; nothing when that is not known
  double seconds = 0;
};

/// "[########............]  40 %  4,000 done, 3 failed, 512 jobs/s", at most `columns` wide.
[[nodiscard]] std::string progress_line(const ProgressState& state, std::size_t columns);

/// A line on the terminal at standard error that is drawn again and again; nothing when standard
/// error is no terminal. Thread safety: none.
class ProgressBar {
 public:
  explicit ProgressBar(bool shown) : shown_(shown) {}

  /// Draws it, at most ten times per second.
  void draw(const ProgressState& state);
  /// Takes it away, so that other lines can be printed.
  void clear();

 private:
  static constexpr std::chrono::milliseconds kDrawEvery{100};

  const bool shown_;
  bool drawn_ = false;
  double furthest_ = 0;  // what is done never seems to shrink
  std::chrono::steady_clock::time_point last_;
};

}  // namespace steelyard::cli
