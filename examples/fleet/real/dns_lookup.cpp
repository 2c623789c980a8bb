#include "fleet/real/dns_lookup.hpp"

#include <array>
#include <random>
#include <stdexcept>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/udp.hpp>
#include <fmt/format.h>

#include "fleet/real/dns_message.hpp"

namespace fleet {
namespace {

namespace asio = boost::asio;
using asio::ip::udp;

constexpr std::size_t kMaxReplyBytes = 512;

/// A number that a stranger cannot guess, so that its forged reply is told from the server's.
std::uint16_t new_id() {
  std::random_device device;
  return static_cast<std::uint16_t>(device());
}

/// Sends one datagram and waits for one from the same place.
std::string exchange(const Target& target, const std::string& request) {
  asio::io_context io;
  udp::socket socket(io, udp::v4());
  socket.connect({asio::ip::make_address_v4(target.address), target.port});
  socket.send(asio::buffer(request));

  std::array<char, kMaxReplyBytes> reply{};
  boost::system::error_code error = asio::error::timed_out;
  std::size_t size = 0;
  socket.async_receive(asio::buffer(reply),
                       [&](const boost::system::error_code& result, std::size_t received) {
                         error = result;
                         size = received;
                       });
  io.run_for(target.timeout);
  if (error == asio::error::timed_out) throw std::runtime_error("no DNS reply: timed out");
  if (error) throw std::runtime_error("no DNS reply: " + error.message());
  return {reply.data(), size};
}

}  // namespace

std::string dns_lookup(const Target& target, std::string_view name) {
  const DnsQuestion question{new_id(), std::string(name)};
  const auto request = encode_question(question);
  if (!request) throw std::runtime_error(describe(request.error()));
  auto address = parse_reply(exchange(target, *request), question);
  if (!address) throw std::runtime_error(describe(address.error()));
  return std::move(*address);
}

}  // namespace fleet
