#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "steelyard/base/time.hpp"
#include "steelyard/runtime/task/text_lines.hpp"

namespace steelyard::hub {

/// How much of a worker's output is passed on.
struct OutputLimits {
  LineRateLimits rate{};
  std::size_t max_line_bytes = 2'000;   ///< the rest of a longer line is dropped
  std::size_t max_evidence_lines = 20;  ///< kept as last words
};

/// Cuts what a worker writes into lines, passes on as many as are allowed each second, and keeps
/// the last ones as evidence, those that were left out too.
///
/// Lines are made fit for a terminal. What is left out is counted, and told once a second.
/// Thread safety: none. Time: logical. Memory: bounded by the limits.
class OutputLines {
 public:
  explicit OutputLines(const OutputLimits& limits = {})
      : max_evidence_lines_(limits.max_evidence_lines),
        cut_(limits.max_line_bytes),
        rate_(limits.rate) {}

  /// Takes what was written; returns the lines to pass on.
  [[nodiscard]] std::vector<std::string> append(TimePoint now, std::string_view bytes);
  /// What was left out until a second ago, as a line: "… 1,234 lines left out"; empty: nothing.
  [[nodiscard]] std::string left_out(TimePoint now);
  /// At its end: the line without a newline, and what was left out.
  [[nodiscard]] std::vector<std::string> finish(TimePoint now);

  /// The last lines, joined with " | "; empty when it wrote nothing.
  [[nodiscard]] std::string last_words() const;

 private:
  void take_line(TimePoint now, std::string line, std::vector<std::string>& passed_on);

  const std::size_t max_evidence_lines_;
  TextLines cut_;
  LineRate rate_;
  std::deque<std::string> evidence_;
};

}  // namespace steelyard::hub
