#pragma once

#include <chrono>
#include <random>

namespace fleet {

/// How long a service takes to answer: a little differently each time, the same in every run.
/// Thread safety: none.
class RandomDelay {
 public:
  [[nodiscard]] std::chrono::milliseconds next() {
    return std::chrono::milliseconds(distribution_(generator_));
  }

 private:
  std::mt19937 generator_{1};
  std::uniform_int_distribution<int> distribution_{5, 25};
};

}  // namespace fleet
