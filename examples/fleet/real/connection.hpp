#pragma once

#include <string>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>

#include "fleet/real/target.hpp"

namespace fleet {

/// A TCP connection as a stream with a deadline: past it, every operation fails.
using Connection = boost::asio::ip::tcp::iostream;

/// Connects; the time-out counts from here on.
/// Throws std::runtime_error, saying why, when nobody accepts the connection.
[[nodiscard]] Connection connect_to(const Target& target);

/// `what`, and why the connection failed when it did: "no greeting: timed out".
[[nodiscard]] std::string explain(const Connection& connection, std::string_view what);

}  // namespace fleet
