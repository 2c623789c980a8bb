#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "steelyard/base/result.hpp"
#include "steelyard/gateway/http/exchange.hpp"

namespace steelyard::http {

/// One answered request, for the access log.
struct AccessRecord {
  std::string peer;
  std::string method;
  std::string target;
  unsigned status = 0;             ///< 0: it had none when the client went
  std::size_t request_bytes = 0;   ///< of the body
  std::size_t response_bytes = 0;  ///< of the body
  std::chrono::microseconds took{};
  bool client_gone = false;  ///< before it had its answer
};

struct ServerOptions {
  std::string listen = "127.0.0.1:7480";  ///< ADDRESS:PORT, [ADDRESS]:PORT; port 0: a free one
  std::uint32_t threads = 1;
  std::size_t max_header_bytes = 16 * 1024;
  /// Of one request; more is answered 413. While the unanswered requests of a connection have more
  /// than this in all, nothing more is read from it.
  std::size_t max_body_bytes = 10'000'000;
  std::uint32_t max_connections = 10'000;  ///< one more is answered 503 and closed
  /// Answers that a connection may owe: nothing more is read from it until there are fewer.
  std::uint32_t max_pipelined_requests = 64;
  /// From the first byte of a request to the end of its header; then 408.
  std::chrono::milliseconds header_timeout{10'000};
  /// Without any byte of a body; then 408.
  std::chrono::milliseconds body_timeout{30'000};
  /// Between two requests; then the connection is closed.
  std::chrono::milliseconds idle_timeout{75'000};
  /// Without the client taking any byte of its answer; then the connection is closed.
  std::chrono::milliseconds write_timeout{30'000};
  /// Called for each answered request, on its thread; empty: nobody is told. Must not throw.
  std::function<void(const AccessRecord&)> access{};
};

/// Counters since the start, and what is there now.
struct ServerStats {
  std::uint64_t connections = 0;           ///< accepted
  std::uint64_t refused = 0;               ///< connections over the limit
  std::uint64_t requests = 0;              ///< handed to a handler
  std::uint64_t malformed = 0;             ///< refused by the server itself, for what they were
  std::uint64_t timed_out = 0;             ///< connections whose client was too slow
  std::uint64_t gone = 0;                  ///< requests whose client did not wait for the answer
  std::array<std::uint64_t, 5> answers{};  ///< by class of status: [1] is 2xx; by whomever
  std::uint32_t open_connections = 0;      ///< now
  std::uint32_t unanswered = 0;            ///< requests, now
};

/// Takes HTTP/1.0 and HTTP/1.1 requests and gives them to handlers.
///
/// A connection is its thread's for all its life. Everything about a request that is wrong before a
/// handler can be asked is answered here with a problem document (RFC 9457) and, where the
/// framing cannot be trusted any more, the end of the connection.
/// A client that ends its half of the connection while a request of it is unanswered has gone, as
/// for nginx.
/// Thread safety: all members may be called from any thread.
class Server {
 public:
  /// Makes the handler of one of the threads, which runs `thread` and calls it on it. The handler
  /// is destroyed on it, too, after the last exchange.
  using MakeHandler = std::function<std::unique_ptr<Handler>(boost::asio::io_context& thread)>;

  /// Listens. Errors: InvalidArgument for an address that is none; SystemError with the reason.
  [[nodiscard]] static Result<std::unique_ptr<Server>> open(ServerOptions options,
                                                            MakeHandler make_handler);
  virtual ~Server() = default;

  /// Where it listens, with the port that was taken: "127.0.0.1:7480".
  [[nodiscard]] virtual std::string address() const = 0;
  /// Serves until `drain` is done, or `stop`. Starts and joins the threads.
  virtual void run() = 0;
  /// Takes no more connections and requests, answers those that were taken, each with
  /// `Connection: close`, and lets `run` return when that is done.
  virtual void drain() = 0;
  /// Closes everything now; `run` returns.
  virtual void stop() = 0;
  [[nodiscard]] virtual ServerStats stats() const = 0;
};

}  // namespace steelyard::http
