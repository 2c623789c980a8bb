#include "steelyard/gateway/monitor/number_text.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace steelyard::gateway {

void append_number(std::string& text, double number) {
  if (!std::isfinite(number)) {
    text += "null";
    return;
  }
  const double rounded = std::round(number * 1'000) / 1'000;
  std::array<char, 32> digits{};
  // A rounded number needs no more than its own shortest form; -0 is 0.
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), rounded + 0.0).ptr;
  text.append(digits.data(), end);
}

void append_member(std::string& text, std::string_view name, double number) {
  if (!text.empty() && text.back() != '{') text += ',';
  text.append("\"").append(name).append("\":");
  append_number(text, number);
}

}  // namespace steelyard::gateway
