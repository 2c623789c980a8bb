#include "steelyard/gateway/http/address.hpp"

#include <charconv>

#include <boost/asio/ip/address.hpp>

namespace steelyard::http {

using boost::asio::ip::tcp;

std::string to_text(const tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  const std::string port = std::to_string(endpoint.port());
  return endpoint.address().is_v6() ? "[" + address + "]:" + port : address + ":" + port;
}

Result<tcp::endpoint> parse_address(std::string_view text) {
  const auto wrong = [text] {
    return failure(ErrorCode::InvalidArgument,
                   "'" + std::string(text) + "' is not ADDRESS:PORT or [ADDRESS]:PORT");
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong();
  const std::string_view digits = text.substr(colon + 1);
  std::string_view address = text.substr(0, colon);
  const bool bracketed = address.size() > 2 && address.front() == '[' && address.back() == ']';
  if (bracketed) address = address.substr(1, address.size() - 2);
  unsigned short port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) {
    return wrong();
  }
  boost::system::error_code no_address;
  const auto parsed = boost::asio::ip::make_address(std::string(address), no_address);
  if (no_address || parsed.is_v6() != bracketed) return wrong();
  return tcp::endpoint(parsed, port);
}

}  // namespace steelyard::http
