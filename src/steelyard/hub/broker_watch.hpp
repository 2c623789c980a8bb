#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

namespace steelyard::hub {

/// A client of the broker on a thread of its own, which asks it for a snapshot once a second and
/// says how the hub is, for as long as it lives. A broker that does not answer costs the hub no
/// time.
///
/// Thread safety: any thread.
class BrokerWatch {
 public:
  BrokerWatch(std::string endpoint, std::string name);

  /// What the hub says about itself from now on, a JSON object.
  void announce(std::string json);
  /// The snapshot that has come since the last call; nothing: none has.
  [[nodiscard]] std::optional<std::string> take_snapshot();
  /// Why there is none; empty: the broker answers.
  [[nodiscard]] std::string silence() const;

 private:
  void watch(const std::stop_token& stop);

  const std::string endpoint_;
  const std::string name_;
  mutable std::mutex mutex_;
  std::condition_variable_any stopped_;
  // Guarded by mutex_.
  std::string announcement_;
  std::optional<std::string> snapshot_;
  std::string silence_;
  std::jthread thread_;  // last: it uses everything above
};

}  // namespace steelyard::hub
