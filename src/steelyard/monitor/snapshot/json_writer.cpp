#include "steelyard/monitor/snapshot/json_writer.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "steelyard/monitor/json_text.hpp"
#include "steelyard/monitor/sections.hpp"

namespace steelyard::monitor {
namespace {

constexpr std::uint64_t kPerSecond = 1'000'000;

/// Printable ASCII, but for quotes and the backslash.
constexpr auto kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x7f; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

bool needs_no_escape(char c) {
  return kPlain[static_cast<unsigned char>(c)];
}

}  // namespace

void JsonWriter::put(std::uint64_t value) {
  // Most are.
  if (value < 10) {
    buffer_[used_++] = static_cast<char>('0' + value);
    return;
  }
  const auto end = std::to_chars(buffer_.data() + used_, buffer_.data() + buffer_.size(), value);
  used_ = static_cast<std::size_t>(end.ptr - buffer_.data());
}

void JsonWriter::put(std::string_view characters) {
  if (characters.size() > buffer_.size() - used_) {
    flush();
    into_.append(characters);
    return;
  }
  used_ += characters.copy(buffer_.data() + used_, characters.size());
}

JsonWriter& JsonWriter::member(std::string_view name) {
  make_room();
  separate();
  put("\"");
  put(name);
  put("\":");
  is_first_ = true;
  return *this;
}

JsonWriter& JsonWriter::number(std::int64_t value) {
  if (value >= 0) return number(static_cast<std::uint64_t>(value));
  make_room();
  separate();
  buffer_[used_++] = '-';
  put(~static_cast<std::uint64_t>(value) + 1);
  return *this;
}

JsonWriter& JsonWriter::number(double value) {
  constexpr double kShort = 1e6;
  if (!(value >= 0 && value < kShort && value == std::trunc(value))) return raw(json_text(value));
  number(static_cast<std::uint64_t>(value));
  put(".0");
  return *this;
}

JsonWriter& JsonWriter::seconds(Duration time) {
  microseconds(std::chrono::duration_cast<std::chrono::microseconds>(time).count());
  return *this;
}

JsonWriter& JsonWriter::seconds(core::TimeSum time) {
  // A sum that a whole number of microseconds cannot hold has no digits below the second either.
  const double exact = time.count() / 1'000;
  if (!(std::abs(exact) < 9e15)) return number(exact / static_cast<double>(kPerSecond));
  microseconds(static_cast<std::int64_t>(exact + 0.5));
  return *this;
}

void JsonWriter::microseconds(std::int64_t count) {
  make_room();
  separate();
  if (count < 0) buffer_[used_++] = '-';
  const auto size = static_cast<std::uint64_t>(count < 0 ? -count : count);
  put(size / kPerSecond);
  put_fraction(size % kPerSecond);
}

/// A fraction stays one, whatever its value: readers see its type.
void JsonWriter::put_fraction(std::uint64_t microseconds) {
  if (microseconds == 0) return put(".0");
  std::array<char, 7> fraction{'.'};
  for (std::size_t i = 6; i > 0; --i, microseconds /= 10) {
    fraction[i] = static_cast<char>('0' + microseconds % 10);
  }
  std::size_t digits = 6;
  while (fraction[digits] == '0') --digits;
  put({fraction.data(), digits + 1});
}

JsonWriter& JsonWriter::text(std::string_view value) {
  if (!std::ranges::all_of(value, needs_no_escape)) return raw(json_text(monitor::text(value)));
  make_room();
  separate();
  buffer_[used_++] = '"';
  put(value);
  put("\"");
  return *this;
}

JsonWriter& JsonWriter::job_id(std::uint64_t session_key, std::uint64_t sequence) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  make_room();
  separate();
  buffer_[used_++] = '"';
  for (std::size_t i = 16; i-- > 0; session_key >>= 4) {
    buffer_[used_ + i] = kDigits[session_key & 15];
  }
  used_ += 16;
  buffer_[used_++] = '-';
  put(sequence);
  buffer_[used_++] = '"';
  return *this;
}

JsonWriter& JsonWriter::numbers(std::span<const std::uint64_t> values) {
  open('[');
  for (const std::uint64_t value : values) number(value);
  return close(']');
}

}  // namespace steelyard::monitor
