#include "fleet/answer.hpp"

#include <charconv>
#include <system_error>

#include <fmt/format.h>

namespace fleet {

std::string to_text(const Answer& answer) {
  return fmt::format("{} {}", answer.value, answer.seconds);
}

steelyard::Result<Answer> parse_answer(std::string_view text) {
  Answer answer;
  const char* const end = text.data() + text.size();
  const auto value = std::from_chars(text.data(), end, answer.value);
  if (value.ec == std::errc{} && value.ptr != end && *value.ptr == ' ') {
    const auto seconds = std::from_chars(value.ptr + 1, end, answer.seconds);
    if (seconds.ec == std::errc{} && seconds.ptr == end) return answer;
  }
  return steelyard::failure(steelyard::ErrorCode::Malformed,
                            fmt::format("'{}' is not RESPONSE SECONDS", text));
}

std::string shown(double number) {
  // 15 digits are what a double keeps of a decimal; more would show 0.30000000000000004.
  return fmt::format("{:.15g}", number);
}

}  // namespace fleet
