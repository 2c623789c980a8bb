#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "steelyard/gateway/http/connection.hpp"

namespace steelyard::http {

/// How many connections there are, of all threads.
struct ConnectionCount {
  std::atomic<std::uint32_t> served{0};
  std::atomic<std::uint32_t> refused{0};  ///< that are only told so

  [[nodiscard]] std::atomic<std::uint32_t>& of(bool is_refused) {
    return is_refused ? refused : served;
  }
};

/// One thread of the server: its connections, its handler, and a sweep now and then that looks for
/// clients that are too slow. There is no timer for a connection or a request.
///
/// Thread safety: `run` is the thread; `post` may be called from any.
class ServerThread final : private Connection::Home {
 public:
  ServerThread(const ServerOptions& options, const Server::MakeHandler& make_handler,
               ConnectionCount& count);

  /// Makes the handler, serves until there is nothing left after `drain`, or `stop`, and destroys
  /// the handler.
  void run();

  [[nodiscard]] boost::asio::io_context& context() { return io_; }
  [[nodiscard]] Counters& counters() { return around_.counters; }
  [[nodiscard]] const Counters& counters() const { return around_.counters; }

  // On the thread:
  /// Takes a socket that was accepted; it counts in `count` already.
  void take(int socket, const boost::asio::ip::tcp::endpoint& peer, bool refused);
  void drain();
  void stop();

 private:
  void closed(Connection& connection) override;
  void sweep();
  void arm_sweep();

  const ServerOptions& options_;
  const Server::MakeHandler& make_handler_;
  ConnectionCount& count_;
  const std::chrono::milliseconds sweep_interval_;
  Surroundings around_;
  std::vector<std::shared_ptr<Connection>> connections_;
  boost::asio::io_context io_;
  boost::asio::steady_timer timer_;
  bool is_draining_ = false;
};

}  // namespace steelyard::http
