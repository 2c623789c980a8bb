#pragma once

#include <optional>
#include <string>

namespace steelyard::zmq_runtime {

/// Where a client of the broker at `endpoint` can listen for results, so that only those can reach
/// it who can reach the broker too: for TCP the local address of the route to the broker, which is
/// a loopback address when the broker's is; for `ipc://` a socket without a file on this machine;
/// for `inproc://` a name in the same context. nullopt: there is no such place.
///
/// It looks up the broker's name if it has one; nothing is sent.
[[nodiscard]] std::optional<std::string> direct_address(const std::string& endpoint);

}  // namespace steelyard::zmq_runtime
