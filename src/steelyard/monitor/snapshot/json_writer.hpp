#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "steelyard/base/time.hpp"
#include "steelyard/core/ledger.hpp"

namespace steelyard::monitor {

/// Appends JSON to a text as it goes, with the commas where they belong: no value is kept apart
/// from the text. Whoever calls it nests what is opened and closed.
///
/// Short values go into a buffer first, because hundreds of thousands of them are written while a
/// scheduler waits: until `flush` the last ones are not in the text.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& into) : into_(into) {}

  JsonWriter& open(char bracket) {
    make_room();
    separate();
    buffer_[used_++] = bracket;
    is_first_ = true;
    return *this;
  }
  JsonWriter& close(char bracket) {
    make_room();
    buffer_[used_++] = bracket;
    is_first_ = false;
    return *this;
  }
  /// The name of a member; its value follows. Requires: nothing in it needs an escape.
  JsonWriter& member(std::string_view name);
  JsonWriter& number(std::uint64_t value) {
    make_room();
    separate();
    put(value);
    return *this;
  }
  JsonWriter& number(std::int64_t value);
  JsonWriter& number(double value);
  /// In seconds, with microseconds.
  JsonWriter& seconds(Duration time);
  JsonWriter& seconds(core::TimeSum time);
  JsonWriter& null() { return raw("null"); }
  /// A name from outside: valid ones are copied, others escaped.
  JsonWriter& text(std::string_view value);
  /// "0123456789abcdef-42"
  JsonWriter& job_id(std::uint64_t session_key, std::uint64_t sequence);
  /// What is JSON already.
  JsonWriter& raw(std::string_view json) {
    make_room();
    separate();
    put(json);
    return *this;
  }
  JsonWriter& numbers(std::span<const std::uint64_t> values);

  /// All that was written is in the text.
  void flush() {
    into_.append(buffer_.data(), used_);
    used_ = 0;
  }

 private:
  /// More than any number takes, with what stands around it.
  static constexpr std::size_t kRoom = 64;

  void make_room() {
    if (buffer_.size() - used_ < kRoom) flush();
  }
  void separate() {
    // Written in any case: a branch would be guessed wrong too often.
    buffer_[used_] = ',';
    used_ += is_first_ ? 0 : 1;
    is_first_ = false;
  }
  void put(std::uint64_t value);
  void put(std::string_view characters);
  void put_fraction(std::uint64_t microseconds);
  void microseconds(std::int64_t count);

  std::string& into_;
  std::array<char, 4096> buffer_;
  std::size_t used_ = 0;
  bool is_first_ = true;
};

}  // namespace steelyard::monitor
