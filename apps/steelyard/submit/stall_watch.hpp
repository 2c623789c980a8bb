#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "steelyard/runtime/zmq/client.hpp"

namespace steelyard::cli {

/// Finds out why nothing comes back, once nothing has come for a second: no worker serves the
/// queue, none takes the priority, or the broker does not answer.
///
/// Thread safety: none.
class StallWatch {
 public:
  StallWatch(std::string queue, std::int32_t priority)
      : queue_(std::move(queue)), priority_(priority) {}

  /// Something came back.
  void progressed() { next_look_ = Clock::now() + kFirstLook; }

  /// A sentence to warn with, once; asks the broker now and then, which may take a second.
  [[nodiscard]] std::optional<std::string> look(Client& client);

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kFirstLook{1};
  static constexpr std::chrono::seconds kLongestPause{60};

  const std::string queue_;
  const std::int32_t priority_;
  Clock::time_point next_look_ = Clock::now() + kFirstLook;
  Clock::duration pause_ = kFirstLook;
  bool warned_ = false;
};

/// What the report `queues` says about why jobs of this priority wait in `queue`; nothing when a
/// worker serves them.
[[nodiscard]] std::optional<std::string> why_jobs_wait(const std::string& report,
                                                       const std::string& queue,
                                                       std::int32_t priority);

}  // namespace steelyard::cli
