#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "steelyard/core/standing.hpp"
#include "steelyard/wire/envelope.hpp"

namespace steelyard::zmq_runtime {

/// What a worker's running jobs tell before they end, and what they are told, as messages to and
/// from the broker.
///
/// Bounded: one progress per job; partial results by the windows of their jobs, whose credit this
/// counts. What a connection that was cut took with it, or brought no more, is made good when the
/// broker says how much of each job's is still under way.
/// Thread safety: none. It reads no clock and does no I/O.
class JobTalk {
 public:
  // From the jobs.
  void progress(std::uint64_t lease, std::uint8_t percent) { progress_[lease] = percent; }
  void partial(std::uint64_t lease, std::string_view bytes);
  void stop_ignored(std::uint64_t lease) { ignored_.add_leases(lease); }
  /// No more comes of it; what it has said leaves before its report.
  void ended(std::uint64_t lease) { accounts_.erase(lease); }

  // For the jobs.
  struct Order {
    std::uint64_t lease = 0;
    std::optional<core::StopReason> stop{};
    std::uint64_t granted_bytes = 0;  ///< of its window
    friend bool operator==(const Order&, const Order&) = default;
  };
  void stop(std::uint64_t lease, core::StopReason why) { orders_.push_back({lease, why}); }
  void hear(const wire::PartialCredit& message);
  [[nodiscard]] std::vector<Order> take_orders() { return std::exchange(orders_, {}); }

  // The connection.
  /// The connection was replaced; what was sent on it may be lost.
  void resumed();
  /// The broker does not know these jobs.
  void begin_era() { *this = {}; }
  [[nodiscard]] std::optional<std::string> next_message();

 private:
  struct Account {
    std::uint64_t said_bytes = 0;    // in all
    std::uint64_t sent_bytes = 0;    // of the window, and not credited
    std::uint64_t before_bytes = 0;  // of these, on the former connection
  };
  struct Part {
    std::uint64_t lease = 0;
    std::uint64_t offset = 0;
    std::string bytes;
  };

  std::map<std::uint64_t, std::uint8_t> progress_;
  std::map<std::uint64_t, Account> accounts_;
  std::deque<Part> parts_;  // to be sent
  wire::StopIgnored ignored_;
  std::vector<Order> orders_;
};

}  // namespace steelyard::zmq_runtime
