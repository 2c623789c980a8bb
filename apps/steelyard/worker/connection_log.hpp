#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "steelyard/runtime/zmq/worker.hpp"
#include "worker/program_log.hpp"

namespace steelyard::cli {

/// Says when the broker is found, lost and found again, which states could not be loaded ahead of
/// jobs, and what was left out of the program's log, by looking every now and then, until it is
/// destroyed.
class ConnectionLog {
 public:
  ConnectionLog(const Worker& worker, ProgramLog& program, std::string endpoint,
                std::string queues);

 private:
  static constexpr std::chrono::milliseconds kLookEvery{20};
  static constexpr std::chrono::seconds kPatience{2};
  /// Who stops all parts of a service stops the broker a moment before or after its workers.
  static constexpr std::chrono::milliseconds kLossIsNews{500};

  void watch(const std::stop_token& stop);
  void look();
  void look_at_connection(const Worker::Stats& stats);

  const Worker& worker_;
  ProgramLog& program_;
  const std::string endpoint_;
  const std::string queues_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  bool connected_ = false;
  std::optional<std::chrono::steady_clock::time_point> lost_at_;  // and not said yet
  bool missed_ = false;                                           // said already
  std::string load_error_;
  std::mutex mutex_;
  std::condition_variable_any ended_;
  std::jthread thread_;  // last: it uses everything above
};

}  // namespace steelyard::cli
