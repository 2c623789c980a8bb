#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace steelyard::zmq_runtime {

/// Where a client of the broker at `endpoint` can listen for results, so that only those can reach
/// it who can reach the broker too: for TCP the local address of the route to the broker, which is
/// a loopback address when the broker's is; for `ipc://` a socket without a file on this machine;
/// for `inproc://` a name in the same context. nullopt: there is no such place.
///
/// It looks up the broker's name if it has one; nothing is sent.
[[nodiscard]] std::optional<std::string> direct_address(const std::string& endpoint);

/// Whether a client may name this address to workers: one that is used without looking up a name,
/// and that makes no file.
[[nodiscard]] bool is_direct_address(std::string_view address);

}  // namespace steelyard::zmq_runtime
