#pragma once

#include <cstdint>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "fleet/real/delay.hpp"

namespace fleet {

/// Greets whoever connects with one line, after a delay, and closes.
/// Thread safety: none, but for `port`; works while the io_context runs.
class GreetingService {
 public:
  /// Throws boost::system::system_error when no port can be had.
  GreetingService(boost::asio::io_context& io, RandomDelay& delay);

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  void accept();

  RandomDelay& delay_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_;
};

}  // namespace fleet
