#include "builtin_tasks.hpp"

#include <charconv>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <thread>

#include <fmt/format.h>

namespace steelyard::cli {
namespace {

/// About ten seconds of work.
constexpr std::uint64_t kLargestNumber = 20'000'000;
constexpr std::uint32_t kLongestSleepMs = 10'000;

std::string primes(const Work& work, WorkerState& /*state*/) {
  std::uint64_t number = 0;
  const char* end = work.payload.data() + work.payload.size();
  const auto [stop, error] = std::from_chars(work.payload.data(), end, number);
  if (error != std::errc() || stop != end || number > kLargestNumber) {
    throw std::runtime_error(
        fmt::format("this queue counts primes: the payload must be a whole number from 0 to {}",
                    kLargestNumber));
  }
  return std::to_string(primes_below(number));
}

std::string echo(const Work& work, WorkerState& /*state*/) {
  return std::string(work.payload);
}

/// A job that takes as many milliseconds as its payload says, for measurements.
std::string sleep(const Work& work, WorkerState& /*state*/) {
  std::uint32_t milliseconds = 0;
  const char* end = work.payload.data() + work.payload.size();
  const auto [stop, error] = std::from_chars(work.payload.data(), end, milliseconds);
  if (error != std::errc() || stop != end || milliseconds > kLongestSleepMs) {
    throw std::runtime_error(fmt::format(
        "the payload must be a whole number of milliseconds from 0 to {}", kLongestSleepMs));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
  return {};
}

bool is_prime(std::uint64_t number) {
  for (std::uint64_t divisor = 2; divisor * divisor <= number; ++divisor) {
    if (number % divisor == 0) return false;
  }
  return number >= 2;
}

}  // namespace

std::uint64_t primes_below(std::uint64_t number) {
  std::uint64_t count = 0;
  for (std::uint64_t candidate = 2; candidate < number; ++candidate) count += is_prime(candidate);
  return count;
}

Result<TaskFunction> builtin_task(std::string_view name) {
  if (name == "primes") return TaskFunction(primes);
  if (name == "echo") return TaskFunction(echo);
  if (name == "sleep") return TaskFunction(sleep);
  return failure(ErrorCode::InvalidArgument,
                 fmt::format("--builtin: '{}' is not built in (one of primes, echo, sleep)", name));
}

}  // namespace steelyard::cli
