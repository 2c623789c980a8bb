#include "fleet/real/connection.hpp"

#include <stdexcept>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <fmt/format.h>

namespace fleet {

Connection connect_to(const Target& target) {
  Connection connection;
  connection.expires_after(target.timeout);
  connection.connect(boost::asio::ip::tcp::endpoint(
      boost::asio::ip::make_address_v4(target.address), target.port));
  if (!connection) {
    throw std::runtime_error(
        explain(connection, fmt::format("no connection to {}:{}", target.address, target.port)));
  }
  return connection;
}

std::string explain(const Connection& connection, std::string_view what) {
  const auto& error = connection.error();
  // A deadline that passes in mid-operation cancels it.
  if (error == boost::asio::error::timed_out || error == boost::asio::error::operation_aborted) {
    return fmt::format("{}: timed out", what);
  }
  if (!error) return std::string(what);
  return fmt::format("{}: {}", what, error.message());
}

}  // namespace fleet
