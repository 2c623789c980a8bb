#include "steelyard/monitor/snapshot/json_writer.hpp"

#include <charconv>
#include <cmath>

#include "steelyard/base/names.hpp"
#include "steelyard/monitor/json_text.hpp"
#include "steelyard/monitor/sections.hpp"

namespace steelyard::monitor {
namespace {

constexpr std::int64_t kPerSecond = 1'000'000;

template <class Number>
void append(std::string& into, Number value) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  into.append(digits, end);
}

}  // namespace

JsonWriter& JsonWriter::member(std::string_view name) {
  separate();
  into_.append("\"").append(name).append("\":");
  is_first_ = true;
  return *this;
}

JsonWriter& JsonWriter::number(std::uint64_t value) {
  separate();
  append(into_, value);
  return *this;
}

JsonWriter& JsonWriter::number(std::int64_t value) {
  separate();
  append(into_, value);
  return *this;
}

JsonWriter& JsonWriter::number(double value) {
  return std::isfinite(value) ? raw(json_text(value)) : null();
}

JsonWriter& JsonWriter::seconds(Duration time) {
  microseconds(std::chrono::duration_cast<std::chrono::microseconds>(time).count());
  return *this;
}

JsonWriter& JsonWriter::seconds(core::TimeSum time) {
  // A sum that a whole number of microseconds cannot hold has no digits below the second either.
  const double exact = time.count() / 1'000;
  if (!(std::abs(exact) < 9e15)) return number(exact / static_cast<double>(kPerSecond));
  microseconds(std::llround(exact));
  return *this;
}

void JsonWriter::microseconds(std::int64_t count) {
  separate();
  if (count < 0) into_.push_back('-');
  const auto size = static_cast<std::uint64_t>(count < 0 ? -count : count);
  append(into_, size / kPerSecond);
  // A fraction stays one, whatever its value: readers see its type.
  char fraction[] = ".000000";
  std::uint64_t rest = size % kPerSecond;
  for (int i = 6; i > 0; --i, rest /= 10) fraction[i] = static_cast<char>('0' + rest % 10);
  int digits = 6;
  while (digits > 1 && fraction[digits] == '0') --digits;
  into_.append(fraction, static_cast<std::size_t>(digits) + 1);
}

JsonWriter& JsonWriter::text(std::string_view value) {
  if (!value.empty() && !is_valid_name(value)) return raw(json_text(monitor::text(value)));
  separate();
  into_.append("\"").append(value).append("\"");
  return *this;
}

JsonWriter& JsonWriter::numbers(std::span<const std::uint64_t> values) {
  open('[');
  for (const std::uint64_t value : values) number(value);
  return close(']');
}

}  // namespace steelyard::monitor
