#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "steelyard/runtime/zmq/direct_returns.hpp"
#include "steelyard/runtime/zmq/socket.hpp"

namespace steelyard::zmq_runtime {

/// The sockets of a worker's links to requesters.
/// Thread safety: as Socket.
class LinkSockets {
 public:
  LinkSockets(std::shared_ptr<Context> context, std::uint64_t max_message_bytes)
      : context_(std::move(context)), max_message_bytes_(max_message_bytes) {}

  /// Opens and closes links as wished, receives and sends all there is.
  void exchange(DirectReturns& returns);
  /// Whether a link has something to be received that somebody waits for.
  [[nodiscard]] bool has_input();
  /// Adds the descriptors of those at which a message may arrive that somebody waits for.
  void add_to(std::vector<int>& descriptors) const;

 private:
  void obey(DirectReturns& returns);

  struct Link {
    Socket socket;
    bool is_greeting = true;
  };
  const std::shared_ptr<Context> context_;
  const std::uint64_t max_message_bytes_;
  std::map<std::uint64_t, Link> links_;  // by session
};

}  // namespace steelyard::zmq_runtime
