#pragma once

#include <chrono>
#include <cstdint>

#include "fleet/answer.hpp"
#include "fleet/command.hpp"

namespace fleet {

struct CheckOptions {
  std::uint16_t http_port = 80;
  std::uint16_t dns_port = 53;
  std::chrono::milliseconds timeout{2000};  ///< for one command, all its steps together
};

/// Does what the command says, over the network, at its address:
///
///     tcp-check PORT    a service accepts a connection and greets with a line of text
///     http-get PATH     an HTTP server answers with a status from 200 to 299
///     dns [NAME]        a name server knows an IPv4 address of NAME
///
/// The answer's value is 1, so that a client's sum is the number of checks that passed; its seconds
/// are how long the check took.
/// Throws std::runtime_error when the check failed: unreachable, timed out, a malformed reply; and
/// for a command it does not know. Thread safety: any number of threads.
[[nodiscard]] Answer check(const Command& command, const CheckOptions& options);

}  // namespace fleet
