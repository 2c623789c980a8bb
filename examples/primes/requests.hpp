#pragma once

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>

#include "steelyard/base/result.hpp"

namespace primes {

/// Odd numbers, one after the other.
struct Candidates {
  std::uint64_t first = 3;  ///< odd
  std::uint64_t count = 0;

  [[nodiscard]] std::uint64_t at(std::uint64_t place) const { return first + 2 * place; }
};

struct AskingOptions {
  std::string address;           ///< ADDRESS:PORT, in numbers
  std::size_t connections = 16;  ///< kept open
  std::size_t pipelined = 48;    ///< requests unanswered on each
};

/// Asks about each candidate with an HTTP request of its own, over connections that are kept open,
/// with the next requests on their way while answers are awaited. Returns how many are primes.
///
/// Errors: SystemError when the service cannot be reached or leaves; WorkFailed for an answer that
/// is none, naming the number; Stopped. One thread, the calling one.
[[nodiscard]] steelyard::Result<std::uint64_t> count_primes(const Candidates& candidates,
                                                            const AskingOptions& options,
                                                            const std::stop_token& stop);

}  // namespace primes
