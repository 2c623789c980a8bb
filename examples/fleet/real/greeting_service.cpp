#include "fleet/real/greeting_service.hpp"

#include <memory>
#include <string_view>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

namespace fleet {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::string_view kGreeting = "READY example device\r\n";

/// One connection; its handlers keep it alive.
class Greeting : public std::enable_shared_from_this<Greeting> {
 public:
  explicit Greeting(tcp::socket socket)
      : socket_(std::move(socket)), timer_(socket_.get_executor()) {}

  void greet_after(std::chrono::milliseconds delay) {
    timer_.expires_after(delay);
    timer_.async_wait([self = shared_from_this()](const error_code& error) {
      if (!error) self->greet();
    });
  }

 private:
  void greet() {
    boost::asio::async_write(socket_, boost::asio::buffer(kGreeting),
                             [self = shared_from_this()](const error_code&, std::size_t) {});
  }

  tcp::socket socket_;
  boost::asio::steady_timer timer_;
};

}  // namespace

GreetingService::GreetingService(boost::asio::io_context& io, RandomDelay& delay)
    : delay_(delay),
      acceptor_(io, {boost::asio::ip::address_v4::loopback(), 0}),
      port_(acceptor_.local_endpoint().port()) {
  accept();
}

void GreetingService::accept() {
  acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
    if (!error) std::make_shared<Greeting>(std::move(socket))->greet_after(delay_.next());
    accept();
  });
}

}  // namespace fleet
