#pragma once

#include <cstdint>

namespace steelyard::cli {

/// `steelyard bench head-of-line`.
struct HeadOfLine {
  std::uint32_t workers = 2;
  std::uint32_t short_ms = 1;
  std::uint32_t long_ms = 1'000;
  std::uint32_t jobs_per_s = 600;
  double seconds = 3;
  bool json = false;
};

/// Measures how long short jobs that come at a steady rate take, without and with a long one among
/// them, on one-slot workers with the credit that the product has by default. Returns the exit
/// status.
[[nodiscard]] int run_head_of_line(const HeadOfLine& bench);

}  // namespace steelyard::cli
