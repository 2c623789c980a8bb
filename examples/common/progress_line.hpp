#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace example {

/// One line that is written over and over on a terminal; silent when standard error is a pipe.
/// Thread safety: none.
class ProgressLine {
 public:
  ProgressLine();
  /// Wipes the line.
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// Shows `text`, at most ten times a second; what comes in between is left out.
  void show(std::string_view text);

 private:
  bool terminal_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point next_{};
};

/// "#####-----" for 5 of 10, `width` characters wide.
[[nodiscard]] std::string bar(std::size_t done, std::size_t all, std::size_t width);

}  // namespace example
