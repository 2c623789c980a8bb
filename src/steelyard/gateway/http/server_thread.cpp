#include "steelyard/gateway/http/server_thread.hpp"

#include <algorithm>
#include <ctime>
#include <utility>

#include <unistd.h>

#include "steelyard/gateway/http/address.hpp"

namespace steelyard::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// Often enough that no time-out is late by more than a quarter.
std::chrono::milliseconds interval_for(const ServerOptions& options) {
  const auto shortest =
      std::min({options.header_timeout, options.body_timeout, options.idle_timeout,
                options.first_request_timeout, options.write_timeout});
  return std::clamp(shortest / 4, std::chrono::milliseconds(5), std::chrono::milliseconds(500));
}

TimePoint steady_now() {
  return TimePoint(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace

ServerThread::ServerThread(const ServerOptions& options, const Server::MakeHandler& make_handler,
                           ConnectionCount& count)
    : options_(options),
      make_handler_(make_handler),
      count_(count),
      sweep_interval_(interval_for(options)),
      around_{.options = options, .executor = {}, .clock = steady_now},
      // Sockets and timers are used on this thread alone; only `post` comes from others.
      io_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO),
      timer_(io_) {
  around_.executor = io_.get_executor();
}

void ServerThread::run() {
  const auto handler = make_handler_(io_);
  around_.handler = handler.get();
  const auto work = asio::make_work_guard(io_);
  sweep();
  io_.run();
  while (!connections_.empty()) connections_.back()->close();
}

void ServerThread::take(int socket, const asio::ip::tcp::endpoint& peer, bool refused) {
  Connection::Socket accepted(io_);
  error_code error;
  accepted.assign(peer.protocol(), socket, error);
  if (error) {
    ::close(socket);
    count_.of(refused).fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  Connection::Home& home = *this;
  auto connection = std::make_shared<Connection>(std::move(accepted), to_text(peer), around_, home);
  connection->place = connections_.size();
  connections_.push_back(connection);
  around_.counters.open_connections.add(1);
  if (refused) {
    connection->refuse();
  } else if (is_draining_) {
    connection->drain();
  } else {
    connection->start();
  }
}

void ServerThread::closed(Connection& connection) {
  count_.of(connection.is_refused).fetch_sub(1, std::memory_order_relaxed);
  around_.counters.open_connections.add(-1);
  const std::size_t place = connection.place;
  std::swap(connections_[place], connections_.back());
  connections_[place]->place = place;
  connections_.pop_back();
  if (is_draining_ && connections_.empty()) io_.stop();
}

void ServerThread::drain() {
  is_draining_ = true;
  const auto connections = connections_;
  for (const auto& connection : connections) connection->drain();
  if (connections_.empty()) io_.stop();
}

void ServerThread::stop() {
  is_draining_ = true;
  while (!connections_.empty()) connections_.back()->close();
  io_.stop();
}

void ServerThread::sweep() {
  around_.date = http_date(std::time(nullptr));
  const TimePoint now = steady_now();
  // From the end: one that closes leaves its place to the last.
  for (std::size_t i = connections_.size(); i-- > 0;) {
    if (i < connections_.size()) connections_[i]->pass_time(now);
  }
  arm_sweep();
}

void ServerThread::arm_sweep() {
  timer_.expires_after(sweep_interval_);
  timer_.async_wait([this](const error_code& error) {
    if (!error) sweep();
  });
}

}  // namespace steelyard::http
