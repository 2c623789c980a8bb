#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <poll.h>

#include "primes/reply_reader.hpp"
#include "steelyard/runtime/task/file_descriptor.hpp"

namespace primes {

/// A TCP connection to an HTTP service that is written to and read from without waiting.
/// Thread safety: none.
class Connection {
 public:
  /// Connects to "ADDRESS:PORT", which may wait. Errors: InvalidArgument, SystemError.
  [[nodiscard]] static steelyard::Result<std::unique_ptr<Connection>> open(
      const std::string& address);

  void add(std::string_view bytes) { unwritten_ += bytes; }
  /// Writes and reads what can be at once. Errors: SystemError, also when the other side has left.
  [[nodiscard]] steelyard::Result<void> write();
  [[nodiscard]] steelyard::Result<void> read();
  [[nodiscard]] steelyard::Result<std::optional<Reply>> next_reply() { return replies_.next(); }

  /// What to wait for.
  [[nodiscard]] pollfd wanted() const;

 private:
  explicit Connection(steelyard::FileDescriptor socket) : socket_(std::move(socket)) {}

  steelyard::FileDescriptor socket_;
  std::string unwritten_;
  ReplyReader replies_;
};

}  // namespace primes
