#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "fleet/answer.hpp"
#include "steelyard/base/result.hpp"

namespace fleet {

/// Sums the answers as they come, in any order, and keeps the books: which command was answered
/// and how.
/// Thread safety: none.
class Tally {
 public:
  explicit Tally(std::size_t commands) : answered_(commands, false) {}

  /// Counts the answer of command `index` (from 0). An answer to a command that has one is counted
  /// as repeated and otherwise ignored.
  void add(std::size_t index, const steelyard::Result<std::string>& answer);

  [[nodiscard]] bool complete() const { return received() == commands(); }
  [[nodiscard]] std::size_t commands() const { return answered_.size(); }
  [[nodiscard]] std::size_t received() const { return succeeded_ + failed_; }
  [[nodiscard]] std::size_t succeeded() const { return succeeded_; }
  [[nodiscard]] std::size_t failed() const { return failed_; }
  [[nodiscard]] std::size_t repeated() const { return repeated_; }
  [[nodiscard]] double sum() const { return sum_; }

  /// Commands that failed, as they came: a sample of at most `kFailureSample`.
  struct Failure {
    std::size_t index;
    steelyard::Error error;
  };
  static constexpr std::size_t kFailureSample = 5;
  [[nodiscard]] const std::vector<Failure>& failures() const { return failures_; }

  /// The time that `slots` places, each doing one command at a time, need at least for the waiting
  /// that was answered: all of it shared evenly, but not less than the longest single wait.
  [[nodiscard]] double ideal_seconds(std::size_t slots) const;

 private:
  void fail(std::size_t index, steelyard::Error error);

  std::vector<bool> answered_;
  std::size_t succeeded_ = 0;
  std::size_t failed_ = 0;
  std::size_t repeated_ = 0;
  double sum_ = 0;
  double waited_s_ = 0;
  double longest_wait_s_ = 0;
  std::vector<Failure> failures_;
};

}  // namespace fleet
