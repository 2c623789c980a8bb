#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "steelyard/gateway/http/conversation.hpp"

namespace steelyard::http {

/// Moves the bytes of one conversation between it and a socket.
///
/// A read is always pending, as long as the conversation takes input: so a client that goes is seen
/// while it waits. Output is written at once, and only what the socket does not take waits.
/// Thread safety: none; it lives on the thread of its socket's executor.
class Connection final : public Conversation::Owner,
                         public std::enable_shared_from_this<Connection> {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  /// Where it is listed as long as it is open.
  class Home {
   public:
    virtual ~Home() = default;
    virtual void closed(Connection& connection) = 0;
  };

  Connection(Socket socket, std::string peer, Surroundings& surroundings, Home& home);

  void start();
  /// Says that there are too many connections, and closes.
  void refuse();
  void drain();
  void close();
  void pass_time(TimePoint now);

  void output_ready() override;
  void wake() override;

  std::size_t place = 0;  ///< its home's
  bool is_refused = false;

 private:
  enum class Phase : unsigned char { Open, Lingering, Closed };

  void read();
  void end_drain();
  void read_done(const boost::system::error_code& error, std::size_t bytes);
  void after_event();
  void flush();
  void wait_until_writable();
  void linger();

  Socket socket_;
  Surroundings& around_;
  Home& home_;
  Conversation conversation_;
  std::vector<char> buffer_;
  Phase phase_ = Phase::Open;
  bool is_reading_ = false;
  bool is_drain_due_ = false;  ///< the read that was under way is called back
  bool has_ended_ = false;     ///< the client's half
  bool waits_for_room_ = false;
  bool is_woken_ = false;
  TimePoint linger_until_{};
};

}  // namespace steelyard::http
