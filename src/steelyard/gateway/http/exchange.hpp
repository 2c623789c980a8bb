#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "steelyard/gateway/http/message.hpp"

namespace steelyard::http {

/// The answering side of one request. It is answered once: by `respond`, or by `begin_stream`, any
/// number of `send` and `end`. Answers of a connection leave in the order of its requests, whenever
/// they are given.
///
/// What is said to a client that has gone is dropped. An exchange that is destroyed unanswered is
/// answered with 500.
/// Thread safety: none; it is used on the thread of its connection, which calls the handler.
class Exchange {
 public:
  virtual ~Exchange() = default;

  virtual void respond(Response response) = 0;

  /// The head, and the beginning of a body of unknown length (chunked; HTTP/1.0: until the end of
  /// the connection).
  virtual void begin_stream(Response head) = 0;
  virtual void send(std::string bytes) = 0;
  virtual void end() = 0;
  /// What of the stream the client has not taken yet. Its sender keeps this small.
  [[nodiscard]] virtual std::size_t unsent_bytes() const = 0;
  /// Calls `drained` once, when no more than `bytes` are unsent, or never, if the client goes.
  virtual void when_unsent_at_most(std::size_t bytes, std::function<void()> drained) = 0;

  /// Calls `gone` when the client goes away before it has its whole answer: at once when that is
  /// seen while it waits. Not called after the answer.
  virtual void when_gone(std::function<void()> gone) = 0;

  /// Runs what is posted to it on the exchange's thread.
  [[nodiscard]] virtual boost::asio::any_io_executor executor() = 0;
};

/// Answers requests. Each of the server's threads has one of its own.
class Handler {
 public:
  virtual ~Handler() = default;
  /// Never throws. The exchange may be answered at once or at any later time.
  virtual void handle(Request request, std::shared_ptr<Exchange> exchange) = 0;
};

}  // namespace steelyard::http
