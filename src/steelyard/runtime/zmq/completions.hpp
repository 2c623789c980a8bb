#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "steelyard/base/result.hpp"

namespace steelyard {

/// Where a job spent its time.
struct JobTimes {
  std::chrono::microseconds waiting{};    ///< queued at the broker, before its last attempt
  std::chrono::microseconds running{};    ///< in the work function
  std::chrono::microseconds returning{};  ///< everything else: on its way there and back
};

/// A job's answer with the tag it was handed in with.
struct Completion {
  std::uint64_t tag = 0;
  Result<std::string> result;
  JobTimes times{};
};

/// Collects answers as they are ready, for a thread that takes them when it likes.
///
/// Bounded by what is handed in: a client has at most `max_unfinished_jobs` on their way.
/// Thread safety: any number of threads may push and take.
class CompletionQueue {
 public:
  /// Takes everything that is there, waiting up to `timeout` for the first.
  [[nodiscard]] std::vector<Completion> take(std::chrono::milliseconds timeout);

  /// For the client: appends what has come and wakes a waiting taker.
  void push(std::vector<Completion>&& completions);

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Completion> completions_;  // guarded by mutex_
};

}  // namespace steelyard
