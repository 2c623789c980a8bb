#pragma once

#include <cstdint>
#include <string>

namespace steelyard::zmq_runtime {

/// What a part is called when its user gave no name: HOST-PROCESS.
[[nodiscard]] std::string peer_name(const std::string& given);

/// This machine's name; empty: it is not known.
[[nodiscard]] std::string host_name();

/// "steelyard 1.2.3", said in greetings.
[[nodiscard]] std::string program_name();

/// A random number that is not 0, from the system's generator: names a session or worker.
[[nodiscard]] std::uint64_t random_key();

}  // namespace steelyard::zmq_runtime
