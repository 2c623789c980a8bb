#pragma once

#include <memory>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "steelyard/gateway/http/server_thread.hpp"

namespace steelyard::http {

/// Accepts connections on the first thread and hands them to all threads in turn.
///
/// One listening socket and not one for each thread (SO_REUSEPORT): the kernel spreads by a hash,
/// which is uneven for the few long connections of a keep-alive load, and what waits at a listening
/// socket that is closed by a drain would be lost.
/// Thread safety: none; it lives on the first thread.
class Acceptor {
 public:
  using Threads = std::vector<std::unique_ptr<ServerThread>>;

  /// Errors: SystemError, when the address cannot be listened on.
  [[nodiscard]] static Result<std::unique_ptr<Acceptor>> open(
      const boost::asio::ip::tcp::endpoint& endpoint, Threads& threads, ConnectionCount& count,
      std::uint32_t max_connections);

  Acceptor(Threads& threads, ConnectionCount& count, std::uint32_t max_connections);

  [[nodiscard]] boost::asio::ip::tcp::endpoint endpoint() const;
  void start();
  /// Takes those that wait already, and no more.
  void drain();
  void close();

 private:
  void wait();
  /// False: there is nothing more to accept now; the next wait is armed if it makes sense.
  bool accept_one();
  void pause();
  void hand_over(int socket, const boost::asio::ip::tcp::endpoint& peer);
  void give(int socket, const boost::asio::ip::tcp::endpoint& peer, bool refused);

  Threads& threads_;
  ConnectionCount& count_;
  const std::uint32_t max_connections_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer timer_;
  std::size_t next_ = 0;
  bool is_paused_ = false;
};

}  // namespace steelyard::http
