#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include "fleet/real/delay.hpp"

namespace fleet {

/// A small name server: every name has an address out of 192.0.2.0/24, which is kept for examples,
/// except that names under `invalid` do not exist. Datagrams that are no question get no reply.
/// Thread safety: none, but for `port`; works while the io_context runs.
class DnsService {
 public:
  /// Throws boost::system::system_error when no port can be had.
  DnsService(boost::asio::io_context& io, RandomDelay& delay);

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  void receive();
  void answer(std::string_view bytes);

  RandomDelay& delay_;
  boost::asio::ip::udp::socket socket_;
  std::uint16_t port_;
  std::array<char, 512> buffer_{};
  boost::asio::ip::udp::endpoint sender_;
};

}  // namespace fleet
