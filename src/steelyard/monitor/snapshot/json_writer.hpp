#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "steelyard/base/time.hpp"
#include "steelyard/core/ledger.hpp"

namespace steelyard::monitor {

/// Appends JSON to a text as it goes, with the commas where they belong: no value is kept apart
/// from the text. Whoever calls it nests what is opened and closed.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& into) : into_(into) {}

  JsonWriter& open(char bracket) {
    separate();
    into_.push_back(bracket);
    is_first_ = true;
    return *this;
  }
  JsonWriter& close(char bracket) {
    into_.push_back(bracket);
    is_first_ = false;
    return *this;
  }
  /// The name of a member; its value follows. Requires: nothing in it needs an escape.
  JsonWriter& member(std::string_view name);
  JsonWriter& number(std::uint64_t value);
  JsonWriter& number(std::int64_t value);
  JsonWriter& number(double value);
  /// In seconds, with microseconds.
  JsonWriter& seconds(Duration time);
  JsonWriter& seconds(core::TimeSum time);
  JsonWriter& null() { return raw("null"); }
  /// A name from outside: valid ones are copied, others escaped.
  JsonWriter& text(std::string_view value);
  /// What is JSON already.
  JsonWriter& raw(std::string_view json) {
    separate();
    into_.append(json);
    return *this;
  }
  JsonWriter& numbers(std::span<const std::uint64_t> values);

 private:
  void separate() {
    if (!is_first_) into_.push_back(',');
    is_first_ = false;
  }
  void microseconds(std::int64_t count);

  std::string& into_;
  bool is_first_ = true;
};

}  // namespace steelyard::monitor
