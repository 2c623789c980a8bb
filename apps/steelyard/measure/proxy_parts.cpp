#include "measure/proxy_parts.hpp"

#include <chrono>
#include <cstdint>

#include <fmt/format.h>
#include <zmq.hpp>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "measure/load.hpp"

namespace steelyard::cli {
namespace {

constexpr std::chrono::milliseconds kPatience{10'000};

/// Without high-water marks, so that nothing is dropped or blocks; what is on its way is bounded
/// by the client.
void prepare(zmq::socket_t& socket) {
  socket.set(zmq::sockopt::sndhwm, 0);
  socket.set(zmq::sockopt::rcvhwm, 0);
  socket.set(zmq::sockopt::linger, 0);
}

std::string bind(zmq::socket_t& socket) {
  prepare(socket);
  socket.bind("tcp://127.0.0.1:*");
  return socket.get(zmq::sockopt::last_endpoint);
}

/// Passes one message on, with all its parts.
void send_back(zmq::socket_t& socket) {
  bool more = true;
  while (more) {
    zmq::message_t part;
    static_cast<void>(socket.recv(part));
    more = part.more();
    socket.send(part, more ? zmq::send_flags::sndmore : zmq::send_flags::none);
  }
}

/// All messages that are there, after waiting for the first; 0 when none came in time.
std::uint32_t receive_all(zmq::socket_t& socket) {
  std::uint32_t count = 0;
  zmq::message_t message;
  if (!socket.recv(message)) return 0;
  do ++count;
  while (socket.recv(message, zmq::recv_flags::dontwait));
  return count;
}

}  // namespace

int run_proxy() {
  zmq::context_t context;
  zmq::socket_t front(context, zmq::socket_type::router);
  zmq::socket_t back(context, zmq::socket_type::dealer);
  const std::string front_endpoint = bind(front);
  const std::string back_endpoint = bind(back);
  const int printed =
      print(fmt::format("{}{}{}{}\n", kFront, front_endpoint, kBack, back_endpoint));
  if (printed == kDone) zmq::proxy(front, back);
  return printed;
}

int run_proxy_worker(const std::string& endpoint) {
  zmq::context_t context;
  zmq::socket_t socket(context, zmq::socket_type::dealer);
  prepare(socket);
  socket.connect(endpoint);
  while (true) send_back(socket);
}

Result<Measured> measure_proxy(const Load& load, const std::string& endpoint) {
  zmq::context_t context;
  zmq::socket_t socket(context, zmq::socket_type::dealer);
  prepare(socket);
  socket.set(zmq::sockopt::rcvtimeo, static_cast<int>(kPatience.count()));
  socket.connect(endpoint);
  const std::string payload(load.payload_bytes, 'x');
  LoadPort port;
  port.send = [&](std::uint32_t count) {
    for (; count > 0; --count) socket.send(zmq::buffer(payload), zmq::send_flags::none);
  };
  port.receive = [&]() -> Result<std::uint32_t> {
    const std::uint32_t count = receive_all(socket);
    if (count == 0) return failure(ErrorCode::TimedOut, "no answers through the proxy");
    return count;
  };
  return keep_busy(load, port);
}

}  // namespace steelyard::cli
