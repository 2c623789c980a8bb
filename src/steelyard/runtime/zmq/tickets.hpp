#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>

#include "steelyard/base/ids.hpp"

namespace steelyard::zmq_runtime {

/// Who waits for answers that come later, each known by a number of its own.
///
/// Bounded by the scheduler, which answers at once what would be more than `max_pending_cancels`.
/// Thread safety: none.
class Tickets {
 public:
  struct Ticket {
    SessionId session;          ///< that has asked
    std::uint64_t request = 0;  ///< the asker's own number
    std::uint32_t place = 0;    ///< in the request
    friend bool operator==(const Ticket&, const Ticket&) = default;
  };

  [[nodiscard]] std::uint64_t issue(const Ticket& ticket) {
    tickets_.emplace(++last_, ticket);
    return last_;
  }
  /// The ticket, which is gone with that; nullopt: its session is.
  [[nodiscard]] std::optional<Ticket> redeem(std::uint64_t number) {
    const auto found = tickets_.find(number);
    if (found == tickets_.end()) return std::nullopt;
    const Ticket ticket = found->second;
    tickets_.erase(found);
    return ticket;
  }
  /// Cost: O(tickets).
  void forget(SessionId session) {
    std::erase_if(tickets_, [=](const auto& entry) { return entry.second.session == session; });
  }
  [[nodiscard]] std::size_t size() const { return tickets_.size(); }

 private:
  std::unordered_map<std::uint64_t, Ticket> tickets_;
  std::uint64_t last_ = 0;
};

}  // namespace steelyard::zmq_runtime
