#include "primes/stages.hpp"

#include <charconv>
#include <stdexcept>

#include <fmt/format.h>

#include "steelyard/runtime/task/http_message.hpp"

namespace primes {
namespace {

using namespace steelyard;

/// After so many divisors a look whether anybody still wants to know.
constexpr std::uint64_t kDivisorsPerLook = 1 << 20;

std::string_view without_line_end(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

/// The number's text in a request; empty: there is none.
std::string_view number_in(const HttpRequest& request) {
  if (const auto parameter = request.parameter(kParameter)) return *parameter;
  std::string_view body = without_line_end(request.body);
  if (body.starts_with(kParameter) && body.substr(kParameter.size()).starts_with('=')) {
    body.remove_prefix(kParameter.size() + 1);
  }
  return body;
}

std::string refusal(std::string_view why) {
  return http_answer(400, "text/plain", fmt::format("{}\n", why));
}

}  // namespace

std::optional<std::uint64_t> read_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Answer parse(const Work& work, WorkerState&) {
  const auto request = read_http_request(work.payload);
  if (!request) return refusal("this is no HTTP request: " + request.error().context);
  const std::string_view text = number_in(*request);
  if (text.empty()) return refusal(fmt::format("ask with ?{}=NUMBER", kParameter));
  const auto number = read_number(text);
  if (!number) return refusal("that is no whole number of at most 64 bits");
  return Forward{kComputeQueue, std::to_string(*number)};
}

bool is_prime(std::uint64_t number, const Work& work) {
  if (number < 4) return number >= 2;
  if (number % 2 == 0) return false;
  for (std::uint64_t divisor = 3;; divisor += 2) {
    const std::uint64_t quotient = number / divisor;
    if (quotient < divisor) return true;
    if (quotient * divisor == number) return false;
    if (divisor / 2 % kDivisorsPerLook == 0 && work.stop_requested()) {
      throw StoppedError("nobody needs to know any more");
    }
  }
}

std::string compute(const Work& work, WorkerState&) {
  const auto number = read_number(work.payload);
  if (!number) throw std::invalid_argument("the payload is not a number");
  return fmt::format("{} is {}prime\n", *number, is_prime(*number, work) ? "" : "not ");
}

}  // namespace primes
