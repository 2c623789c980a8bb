#include "steelyard/runtime/zmq/socket.hpp"

#include <limits>
#include <utility>

#include <poll.h>

namespace steelyard::zmq_runtime {
namespace {

constexpr int kLingerMs = 1000;        // what a closing part still wants to say
constexpr int kReconnectMs = 50;       // first pause before connecting again
constexpr int kReconnectMaxMs = 1000;  // longest pause
// A connection whose other end has gone without a word is given up and made anew: a peer that is
// silent may be greeted again, but not on a connection that leads nowhere.
constexpr int kHeartbeatMs = 2000;
constexpr int kHeartbeatTimeoutMs = 5000;
// Per peer; at the mark the connection is given up. What flows by credit must never reach it:
// partial results are the most messages, at most one per kPartialOverheadBytes of the windows that
// are open, so that those of 256 running jobs with windows of 1 MiB fit, or of 16 with the largest.
constexpr int kHighWaterMessages = 1 << 20;
// What comes in has no mark: at one, libzmq 4.3.4 stops to read, and a peer that hangs up with more
// behind it ends this program (an assertion in its stream engine, libzmq issue 4364). What honest
// peers may have on its way is bounded by the protocol, and is taken in each cycle.
constexpr int kNoMark = 0;
constexpr std::size_t kCopyBelowBytes = std::size_t{16} * 1024;

Error system_error(const std::string& endpoint, const zmq::error_t& error) {
  const bool malformed =
      error.num() == EINVAL || error.num() == EPROTONOSUPPORT || error.num() == ENOCOMPATPROTO;
  if (malformed) {
    return {
        ErrorCode::InvalidArgument,
        "'" + endpoint + "' is no endpoint (use tcp://ADDRESS:PORT, ipc://PATH or inproc://NAME)"};
  }
  return {ErrorCode::SystemError, "'" + endpoint + "': " + error.what()};
}

/// A message that takes over the string: large payloads are not copied.
zmq::message_t to_message(std::string bytes) {
  if (bytes.size() < kCopyBelowBytes) return zmq::message_t(bytes.data(), bytes.size());
  auto owned = std::make_unique<std::string>(std::move(bytes));
  std::string* raw = owned.release();
  return zmq::message_t(
      raw->data(), raw->size(), [](void*, void* hint) { delete static_cast<std::string*>(hint); },
      raw);
}

}  // namespace

Socket::Socket(std::shared_ptr<Context> context, Kind kind, std::uint64_t max_message_bytes)
    : context_(std::move(context)),
      socket_(context_->native(), kind == Kind::Router ? ZMQ_ROUTER : ZMQ_DEALER),
      descriptor_(socket_.get(zmq::sockopt::fd)) {
  socket_.set(zmq::sockopt::linger, kLingerMs);
  socket_.set(zmq::sockopt::sndhwm, kHighWaterMessages);
  socket_.set(zmq::sockopt::rcvhwm, kNoMark);
  socket_.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(2 * max_message_bytes));
  if (kind == Kind::Link) {
    socket_.set(zmq::sockopt::reconnect_ivl, -1);
  } else {
    socket_.set(zmq::sockopt::reconnect_ivl, kReconnectMs);
    socket_.set(zmq::sockopt::reconnect_ivl_max, kReconnectMaxMs);
    socket_.set(zmq::sockopt::immediate, 1);
  }
  if (kind == Kind::Router) {
    socket_.set(zmq::sockopt::router_mandatory, 1);
  } else {
    socket_.set(zmq::sockopt::heartbeat_ivl, kHeartbeatMs);
    socket_.set(zmq::sockopt::heartbeat_timeout, kHeartbeatTimeoutMs);
    // There are no heartbeats before both sides have introduced themselves.
    socket_.set(zmq::sockopt::handshake_ivl, kHeartbeatTimeoutMs);
  }
}

Result<std::string> Socket::bind(const std::string& endpoint) {
  if (auto free = IpcFile::make_way(endpoint); !free) return tl::unexpected(free.error());
  try {
    socket_.bind(endpoint);
    files_.emplace_back(endpoint);
    return socket_.get(zmq::sockopt::last_endpoint);
  } catch (const zmq::error_t& error) {
    return tl::unexpected(system_error(endpoint, error));
  }
}

Result<void> Socket::connect(const std::string& endpoint) {
  try {
    socket_.connect(endpoint);
    return {};
  } catch (const zmq::error_t& error) {
    return tl::unexpected(system_error(endpoint, error));
  }
}

bool Socket::send(std::string bytes) {
  return send_frame(to_message(std::move(bytes)), zmq::send_flags::dontwait);
}

bool Socket::send_to(std::string_view route, std::string bytes) {
  return send_frame(zmq::message_t(route.data(), route.size()),
                    zmq::send_flags::dontwait | zmq::send_flags::sndmore) &&
         send_frame(to_message(std::move(bytes)), zmq::send_flags::dontwait);
}

bool Socket::send_frame(zmq::message_t frame, zmq::send_flags flags) {
  while (true) {
    try {
      return socket_.send(frame, flags).has_value();
    } catch (const zmq::error_t& error) {
      // A message must not end in its midst because a signal came.
      if (error.num() != EINTR) return false;  // EHOSTUNREACH: the peer has gone
    }
  }
}

std::string_view address_of(const zmq::message_t& message) {
  const char* const address = zmq_msg_gets(message.handle(), "Peer-Address");
  const std::string_view said = address == nullptr ? "" : address;
  // Over ipc the transport adds the user, group and process, which are no address.
  return said.starts_with(kThisMachine) ? kThisMachine : said;
}

std::optional<zmq::message_t> Socket::receive(std::string* route) {
  const std::size_t expected = route != nullptr ? 2 : 1;
  while (true) {
    std::optional<zmq::message_t> frame = receive_frame();
    if (!frame) return std::nullopt;
    std::size_t frames = 1;
    if (route != nullptr) route->assign(frame->data<char>(), frame->size());
    std::optional<zmq::message_t> last = std::move(frame);
    while (last && last->more()) {
      last = receive_frame();
      ++frames;
    }
    if (last && frames == expected) return last;
    ++misshapen_;
  }
}

std::optional<zmq::message_t> Socket::receive_frame() {
  zmq::message_t frame;
  try {
    if (!socket_.recv(frame, zmq::recv_flags::dontwait)) return std::nullopt;
  } catch (const zmq::error_t&) {
    return std::nullopt;  // EINTR: looked at again after the next wait
  }
  return frame;
}

// Sending may take notice of a message that has come, so that the descriptor no longer shows it.
bool Socket::has_input() {
  try {
    return (socket_.get(zmq::sockopt::events) & ZMQ_POLLIN) != 0;
  } catch (const zmq::error_t&) {
    return true;  // EINTR: to be looked at again
  }
}

void Socket::wait(std::span<const int> descriptors, const Wakeup& wakeup,
                  std::chrono::milliseconds timeout) {
  std::vector<pollfd> watched{{wakeup.descriptor(), POLLIN, 0}};
  for (const int descriptor : descriptors) watched.push_back({descriptor, POLLIN, 0});
  // EINTR is a wake-up like any other.
  poll(watched.data(), watched.size(), static_cast<int>(timeout.count()));
  if ((watched[0].revents & POLLIN) != 0) wakeup.clear();
}

}  // namespace steelyard::zmq_runtime
