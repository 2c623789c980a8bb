#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "steelyard/base/result.hpp"
#include "steelyard/runtime/task/file_descriptor.hpp"

namespace steelyard::cli {

/// A keep-alive connection of a load generator, with one request on its way at most.
///
/// It reads only what it must of an answer: the status and the length of the body.
/// Thread safety: none.
class HttpConnection {
 public:
  /// Connects to "ADDRESS:PORT". Errors: InvalidArgument, SystemError.
  [[nodiscard]] static Result<HttpConnection> open(const std::string& address);

  [[nodiscard]] int descriptor() const { return socket_.get(); }
  [[nodiscard]] bool is_busy() const { return is_busy_; }

  /// Sends a request that fits into the socket's buffer. Requires: it is not busy (asserted).
  [[nodiscard]] Result<void> send(std::string_view request);

  /// What came of the request so far.
  enum class Progress { Waiting, Answered, AnsweredWrongly };
  /// Reads what is there. Errors: SystemError when the connection has ended; Malformed.
  [[nodiscard]] Result<Progress> receive();

 private:
  explicit HttpConnection(FileDescriptor socket) : socket_(std::move(socket)) {}
  [[nodiscard]] Result<void> read_head();

  FileDescriptor socket_;
  bool is_busy_ = false;
  std::string head_;  // as far as it has come
  bool has_head_ = false;
  int status_ = 0;
  std::size_t body_left_ = 0;
};

}  // namespace steelyard::cli
