#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "steelyard/base/result.hpp"
#include "steelyard/gateway/access_log.hpp"
#include "steelyard/gateway/door.hpp"
#include "steelyard/gateway/gateway_options.hpp"
#include "steelyard/gateway/http/server.hpp"

namespace steelyard::gateway {

/// HTTP in front of a broker: the jobs API, the configured routes, health and readiness.
///
/// Each of its threads is a client of the broker, which may be started later, restarted or lost for
/// a while. Thread safety: `run` once; the others from any thread.
class Gateway {
 public:
  /// Listens. `lost`: told that lines of the access log cannot be written.
  /// Errors: InvalidArgument for an address that is none, or beyond loopback without `insecure`;
  /// those of Door::check_routes; SystemError.
  [[nodiscard]] static Result<std::unique_ptr<Gateway>> open(GatewayOptions options,
                                                             AccessLog::Lost lost = {});
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  /// Where it listens, with the port that was taken: "127.0.0.1:7480".
  [[nodiscard]] std::string address() const { return server_->address(); }

  /// Serves until it is drained or stopped.
  void run() { server_->run(); }

  /// Readiness turns false at once; for `wait` requests are still taken, while the traffic is moved
  /// away. Then nothing new is taken, what is in flight is answered, and `run` returns. What takes
  /// longer than `GatewayOptions::drain_timeout` is cut off.
  void drain(std::chrono::milliseconds wait);
  /// Closes everything now; `run` returns.
  void stop();

  struct Stats {
    http::ServerStats http;
    std::uint64_t gone = 0;       ///< jobs given up because their client went
    std::uint64_t timed_out = 0;  ///< jobs given up because their time was over
    std::uint64_t cut_off = 0;    ///< requests that were in flight for too long at the end
  };
  [[nodiscard]] Stats stats() const;

 private:
  explicit Gateway(GatewayOptions options) : lobby_(std::move(options)) {}

  Lobby lobby_;
  std::shared_ptr<AccessLog> access_log_;
  std::unique_ptr<http::Server> server_;
  std::atomic<std::uint64_t> cut_off_ = 0;
  std::mutex mutex_;
  std::jthread wait_;  // guarded by mutex_
};

}  // namespace steelyard::gateway
