#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <zmq.hpp>

#include "steelyard/base/result.hpp"
#include "steelyard/runtime/zmq/context.hpp"
#include "steelyard/runtime/zmq/ipc_file.hpp"
#include "steelyard/runtime/zmq/wakeup.hpp"

namespace steelyard::zmq_runtime {

/// What `address_of` calls the machine that this process runs on, of a message that came over ipc.
inline constexpr std::string_view kThisMachine = "localhost";

/// The address of the machine that the message came from, as the transport says it; empty: it does
/// not say. Cost: some string comparisons.
[[nodiscard]] std::string_view address_of(const zmq::message_t& message);

/// A ZeroMQ socket with every limit set, whose failures are values.
///
/// Nothing is kept for a peer that is not there: a message that cannot be handed over now is not
/// sent, and the protocol recovers by greeting again.
/// Thread safety: none; it may move between threads with a full fence (a mutex).
class Socket {
 public:
  enum class Kind {
    Router,
    Dealer,  ///< connects again when it was cut
    Link,    ///< a dealer that does not, so that a message never reaches another program
  };

  /// `max_message_bytes` is the protocol's own limit; the transport cuts a peer off at twice that.
  Socket(std::shared_ptr<Context> context, Kind kind, std::uint64_t max_message_bytes);

  /// The endpoint that was bound, with the port that was chosen. The file of an `ipc://` endpoint
  /// is gone with this object. Errors: InvalidArgument for a malformed endpoint, SystemError
  /// otherwise.
  [[nodiscard]] Result<std::string> bind(const std::string& endpoint);
  /// Connects, now or whenever the other side appears. Errors: InvalidArgument.
  [[nodiscard]] Result<void> connect(const std::string& endpoint);

  /// Hands `bytes` over; false when there is no connection or its buffer is full.
  [[nodiscard]] bool send(std::string bytes);
  /// Router: to the peer named `route`.
  [[nodiscard]] bool send_to(std::string_view route, std::string bytes);

  /// The next message, if one is there. Router: `route` is set to the sender's.
  /// Messages of another shape than [route,] one frame are dropped and counted.
  [[nodiscard]] std::optional<zmq::message_t> receive(std::string* route = nullptr);

  /// Whether a message can be received. False also means that the arrival of one will end a `wait`.
  [[nodiscard]] bool has_input();

  /// What `wait` watches.
  [[nodiscard]] int descriptor() const { return descriptor_; }

  /// Waits until a message may be at one of the sockets with these descriptors (-1: none), `wakeup`
  /// was signalled or `timeout` has passed. It touches no socket, so that another thread may use
  /// them meanwhile. Requires: the last call of whoever used a socket was `has_input`, which
  /// returned false.
  static void wait(std::span<const int> descriptors, const Wakeup& wakeup,
                   std::chrono::milliseconds timeout);

  [[nodiscard]] std::uint64_t misshapen() const { return misshapen_; }

 private:
  bool send_frame(zmq::message_t frame, zmq::send_flags flags);
  std::optional<zmq::message_t> receive_frame();

  std::shared_ptr<Context> context_;
  std::vector<IpcFile> files_;  // before the socket: they go after it
  zmq::socket_t socket_;
  int descriptor_;  // becomes readable when something happens to the socket
  std::uint64_t misshapen_ = 0;
};

}  // namespace steelyard::zmq_runtime
