#pragma once

#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "steelyard/base/assert.hpp"

namespace steelyard::http::test {

/// A blocking client of raw bytes. What does not come within 10 s is a failed test.
class Client {
 public:
  explicit Client(const std::string& address, int receive_buffer_bytes = 0)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    const std::size_t colon = address.rfind(':');
    to.sin_port = htons(static_cast<std::uint16_t>(std::atoi(address.c_str() + colon + 1)));
    inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
    const timeval limit{10, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (receive_buffer_bytes > 0) {
      ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof(int));
    }
    STEELYARD_ASSERT(::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
  }
  ~Client() { close(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// False: the other end has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  /// All up to and with `mark`; what came before the end, if there is none.
  std::string read_to(std::string_view mark) {
    std::size_t end = kept_.find(mark);
    while (end == std::string::npos && receive()) end = kept_.find(mark);
    if (end == std::string::npos) return std::exchange(kept_, {});
    return take(end + mark.size());
  }

  std::string read(std::size_t bytes) {
    while (kept_.size() < bytes && receive()) continue;
    return take(std::min(bytes, kept_.size()));
  }

  /// One response that says its length.
  std::string read_response() {
    std::string head = read_to("\r\n\r\n");
    const std::size_t length = head.find("Content-Length: ");
    if (length == std::string::npos) return head;
    return head + read(static_cast<std::size_t>(std::atoi(head.c_str() + length + 16)));
  }

  /// All up to the end. `was_reset` says which end it was.
  std::string read_to_end() {
    while (receive()) continue;
    return std::exchange(kept_, {});
  }

  void end_output() { ::shutdown(socket_, SHUT_WR); }
  /// Closes with a reset.
  void reset() {
    const linger at_once{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
  }
  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }

  bool was_reset = false;
  bool has_waited_too_long = false;

 private:
  bool receive() {
    char bytes[16 * 1024];
    const auto got = ::recv(socket_, bytes, sizeof bytes, 0);
    if (got < 0) (errno == EAGAIN ? has_waited_too_long : was_reset) = true;
    if (got <= 0) return false;
    kept_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }

  std::string take(std::size_t bytes) {
    std::string taken = kept_.substr(0, bytes);
    kept_.erase(0, bytes);
    return taken;
  }

  int socket_;
  std::string kept_;
};

}  // namespace steelyard::http::test
