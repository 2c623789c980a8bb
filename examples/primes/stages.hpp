#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "steelyard/runtime/task/task.hpp"

/// The two stages of a service that tells primes: `parse` understands the request, `compute` does
/// the work. Each can have as many workers as it needs, and on other machines.
namespace primes {

inline constexpr const char* kParseQueue = "parse";
inline constexpr const char* kComputeQueue = "compute";
inline constexpr std::string_view kParameter = "possible_prime";

/// First stage: an HTTP request with the number as the parameter `possible_prime`, or in its body,
/// plain or as a form. Forwards the number; anything else is answered with status 400 at once.
[[nodiscard]] steelyard::Answer parse(const steelyard::Work& work, steelyard::WorkerState& state);

/// Second stage: "7 is prime\n" or "9 is not prime\n". Gives up when the job is to stop.
[[nodiscard]] std::string compute(const steelyard::Work& work, steelyard::WorkerState& state);

/// Decimal digits and nothing else; nothing for what is none or has more than 64 bits.
[[nodiscard]] std::optional<std::uint64_t> read_number(std::string_view text);

/// By trial division: odd divisors up to the square root. `work` says when to give up, by
/// StoppedError. Cost: up to two thousand million divisions.
[[nodiscard]] bool is_prime(std::uint64_t number, const steelyard::Work& work);

}  // namespace primes
