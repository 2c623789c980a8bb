#include "fleet/real/http_service.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

namespace fleet {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kMaxHeadBytes = 8192;

std::string reply(std::string_view status, std::string_view body) {
  return fmt::format(
      "HTTP/1.1 {}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: "
      "close\r\n\r\n{}",
      status, body.size(), body);
}

/// The answer to a request's first line, "GET /path HTTP/1.1".
std::string answer_to(std::string_view line) {
  const std::size_t path_start = line.find(' ') + 1;
  const std::size_t path_end = line.find(' ', path_start);
  if (path_start == 0 || path_end == std::string_view::npos ||
      !line.substr(path_end + 1).starts_with("HTTP/1.")) {
    return reply("400 Bad Request", "not an HTTP/1 request\n");
  }
  const std::string_view path = line.substr(path_start, path_end - path_start);
  if (!line.starts_with("GET ")) return reply("405 Method Not Allowed", "only GET is served\n");
  if (path == "/missing") return reply("404 Not Found", "there is nothing here\n");
  return reply("200 OK", fmt::format("all is well at {}\n", path));
}

/// One connection; its handlers keep it alive.
class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(tcp::socket socket, std::chrono::milliseconds delay)
      : socket_(std::move(socket)), timer_(socket_.get_executor()), delay_(delay) {}

  void read() {
    boost::asio::async_read_until(
        socket_, boost::asio::dynamic_buffer(request_, kMaxHeadBytes), "\r\n\r\n",
        [self = shared_from_this()](const error_code& error, std::size_t) {
          if (!error) self->think();
        });
  }

 private:
  void think() {
    timer_.expires_after(delay_);
    timer_.async_wait([self = shared_from_this()](const error_code& error) {
      if (!error) self->answer();
    });
  }

  void answer() {
    reply_ = answer_to(std::string_view(request_).substr(0, request_.find("\r\n")));
    boost::asio::async_write(socket_, boost::asio::buffer(reply_),
                             [self = shared_from_this()](const error_code&, std::size_t) {});
  }

  tcp::socket socket_;
  boost::asio::steady_timer timer_;
  std::chrono::milliseconds delay_;
  std::string request_;
  std::string reply_;
};

}  // namespace

HttpService::HttpService(boost::asio::io_context& io, RandomDelay& delay)
    : delay_(delay),
      acceptor_(io, {boost::asio::ip::address_v4::loopback(), 0}),
      port_(acceptor_.local_endpoint().port()) {
  accept();
}

void HttpService::accept() {
  acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
    if (!error) std::make_shared<Exchange>(std::move(socket), delay_.next())->read();
    accept();
  });
}

}  // namespace fleet
