#include "fleet/real/dns_service.hpp"

#include <memory>
#include <optional>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/steady_timer.hpp>

#include "fleet/real/dns_message.hpp"

namespace fleet {
namespace {

using boost::asio::ip::udp;
using boost::system::error_code;

constexpr std::uint32_t kExampleNetwork = 0xc0000200;  // 192.0.2.0

std::string reply_to(const DnsQuestion& question) {
  if (question.name == "invalid" || question.name.ends_with(".invalid")) {
    return encode_reply(question, DnsStatus::NoSuchName, std::nullopt);
  }
  const auto host = static_cast<std::uint32_t>(1 + question.name.size() % 254);
  return encode_reply(question, DnsStatus::NoError, kExampleNetwork | host);
}

/// A reply that waits for its time; the timer's handler keeps it alive.
struct DelayedReply {
  boost::asio::steady_timer timer;
  udp::endpoint to;
  std::string bytes;
};

}  // namespace

DnsService::DnsService(boost::asio::io_context& io, RandomDelay& delay)
    : delay_(delay),
      socket_(io, {boost::asio::ip::address_v4::loopback(), 0}),
      port_(socket_.local_endpoint().port()) {
  receive();
}

void DnsService::receive() {
  socket_.async_receive_from(boost::asio::buffer(buffer_), sender_,
                             [this](const error_code& error, std::size_t size) {
                               if (!error) answer({buffer_.data(), size});
                               receive();
                             });
}

void DnsService::answer(std::string_view bytes) {
  const auto question = parse_question(bytes);
  if (!question) return;
  auto reply = std::make_shared<DelayedReply>(DelayedReply{
      boost::asio::steady_timer(socket_.get_executor()), sender_, reply_to(*question)});
  reply->timer.expires_after(delay_.next());
  reply->timer.async_wait([this, reply](const error_code& error) {
    error_code lost;  // a datagram that cannot be sent is lost, as datagrams may be
    if (!error) socket_.send_to(boost::asio::buffer(reply->bytes), reply->to, 0, lost);
  });
}

}  // namespace fleet
