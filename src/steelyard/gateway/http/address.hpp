#pragma once

#include <string>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>

#include "steelyard/base/result.hpp"

namespace steelyard::http {

/// "127.0.0.1:7480", "[::1]:7480"
[[nodiscard]] std::string to_text(const boost::asio::ip::tcp::endpoint& endpoint);

/// The other way round. Errors: InvalidArgument.
[[nodiscard]] Result<boost::asio::ip::tcp::endpoint> parse_address(std::string_view text);

}  // namespace steelyard::http
