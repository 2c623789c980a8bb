#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>

#include "steelyard/base/time.hpp"

namespace steelyard::zmq_runtime {

/// What a client's jobs are called: a number is given out when a job is handed in, and spent when
/// the broker refuses it; handed in again, the job has another one there.
///
/// Jobs that were never refused are not here: both numbers are the same. Of those that were
/// answered, the latest `kMaxSettled` are remembered, so that they can be asked about.
/// Thread safety: none.
class JobNames {
 public:
  static constexpr std::size_t kMaxSettled = 100'000;

  /// How often a job was handed in, and until when that goes on.
  struct Tries {
    std::uint32_t count = 1;
    TimePoint give_up_at = TimePoint::max();
  };

  /// The job that was given out as `given` is `current` at the broker from now on; 0: it was
  /// refused for good.
  void rename(std::uint64_t given, std::uint64_t current, Tries tries);
  /// The job was answered.
  void settle(std::uint64_t given);

  [[nodiscard]] std::uint64_t current(std::uint64_t given) const;
  [[nodiscard]] std::uint64_t given(std::uint64_t current) const;
  /// Of the job that is `current` at the broker; nullopt: it is there for the first time.
  [[nodiscard]] std::optional<Tries> tries(std::uint64_t current) const;

 private:
  struct Former {
    std::uint64_t given = 0;
    Tries tries;
  };
  std::unordered_map<std::uint64_t, std::uint64_t> currents_;  // by given number
  std::unordered_map<std::uint64_t, Former> formers_;          // by current number
  std::deque<std::uint64_t> settled_;                          // given numbers
};

}  // namespace steelyard::zmq_runtime
