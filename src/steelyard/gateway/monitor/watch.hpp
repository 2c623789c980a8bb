#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "steelyard/gateway/broker_link.hpp"
#include "steelyard/gateway/monitor/board.hpp"

namespace steelyard::gateway {

/// Asks the broker how everything stands and writes it on the board: once a second while somebody
/// listens or the broker is away, every ten seconds otherwise, so that there is a history when a
/// page is opened, and whenever somebody asks for something fresh, but never twice within a second.
/// One question is on its way at a time. A broker that does not answer is said to be away, once a
/// second.
///
/// One per gateway. Thread safety: none; the link's thread. Link and board outlive it.
class Watch {
 public:
  static constexpr std::chrono::milliseconds kTick{1'000};
  static constexpr std::chrono::milliseconds kIdlePeriod{10'000};
  /// An answer that takes longer is told as being away.
  static constexpr std::chrono::milliseconds kPatience{2'000};

  /// `before`: called before the broker is asked, to tell it what it is to answer with.
  Watch(boost::asio::io_context& thread, BrokerLink& link, std::shared_ptr<Board> board,
        std::function<void()> before);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace steelyard::gateway
