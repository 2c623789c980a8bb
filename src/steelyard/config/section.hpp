#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "steelyard/config/value.hpp"

namespace steelyard::config {

/// Says what is wrong with a text; nothing when it is right.
using Check = std::function<std::optional<std::string>(std::string_view)>;

/// What is wrong with the name of a queue, state, user, tag or part; nothing when it is right.
[[nodiscard]] std::optional<std::string> wrong_name(std::string_view text);

/// One object of a configuration, read setting by setting. Each setting keeps its value when the
/// text has none for it; mistakes are collected, and reading goes on.
///
/// At the end of its life names that nobody asked for are mistakes, with the nearest right name.
/// Thread safety: none. The values and the mistakes outlive it.
class Section {
 public:
  /// `path`: of the object, "gateway.routes[2]"; empty: the whole text.
  Section(const Value& value, std::string path, std::vector<Mistake>& mistakes);
  ~Section();
  Section(const Section&) = delete;
  Section& operator=(const Section&) = delete;

  /// Whether there is such a setting.
  [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }

  void flag(std::string_view name, bool& value);
  void text(std::string_view name, std::string& value, const Check& check = {});
  void texts(std::string_view name, std::vector<std::string>& values, const Check& check = {});

  /// A whole number, or one with a fraction, in [min, max].
  template <class Number>
  void number(std::string_view name, Number& value,
              Number min = std::numeric_limits<Number>::lowest(),
              Number max = std::numeric_limits<Number>::max()) {
    if constexpr (std::is_floating_point_v<Number>) {
      if (const auto read = fraction(name, min, max)) value = *read;
    } else if constexpr (std::is_signed_v<Number>) {
      if (const auto read = signed_number(name, min, max)) value = static_cast<Number>(*read);
    } else {
      if (const auto read = unsigned_number(name, min, max)) value = static_cast<Number>(*read);
    }
  }
  /// Seconds, a fraction too; more than 0 is never rounded to 0.
  template <class Duration>
  void seconds(std::string_view name, Duration& value, double min, double max) {
    if (const auto read = fraction(name, min, max)) value = rounded<Duration>(*read);
  }
  /// A whole number of the duration's own units.
  template <class Duration>
  void ticks(std::string_view name, Duration& value, std::int64_t min, std::int64_t max) {
    if (const auto read = signed_number(name, min, max)) value = Duration(*read);
  }

  /// Reads an object, or each object of a list.
  void section(std::string_view name, const std::function<void(Section&)>& read);
  void list(std::string_view name, const std::function<void(Section&)>& read);

  /// The setting as it stands, for what may have several forms; nullptr: there is none.
  [[nodiscard]] const Value* value(std::string_view name);
  /// Every member, for objects whose names are not settings.
  void each(const std::function<void(const Member&)>& read);

  /// Every member that is there, without taking it for a setting.
  void said(const std::function<void(const Member&)>& look) const;

  /// A mistake of a setting; dropped when this is no object, which has been said.
  void mistake(std::string_view name, const std::string& text);
  /// A mistake of the object itself, such as a setting that is missing.
  void mistake(const std::string& text);
  [[nodiscard]] std::vector<Mistake>& mistakes() { return mistakes_; }

 private:
  [[nodiscard]] std::string path_of(std::string_view name) const;
  template <class Duration>
  static Duration rounded(double seconds) {
    const auto ticks = std::chrono::round<Duration>(std::chrono::duration<double>(seconds));
    return seconds > 0 && ticks.count() == 0 ? Duration(1) : ticks;
  }

  [[nodiscard]] const Member* find(std::string_view name) const;
  const Member* take(std::string_view name);
  void report_unknown();
  std::optional<double> fraction(std::string_view name, double min, double max);
  std::optional<std::int64_t> signed_number(std::string_view name, std::int64_t min,
                                            std::int64_t max);
  std::optional<std::uint64_t> unsigned_number(std::string_view name, std::uint64_t min,
                                               std::uint64_t max);

  const Value::Object* object_ = nullptr;  // null: it is none, which has been said
  Place place_;
  std::string path_;
  std::vector<Mistake>& mistakes_;
  std::vector<std::string> known_;
};

/// "FILE:3:5: gateway.routes[0].queue: …" for each, in the order of their places, with newlines;
/// after the first hundred only how many more there are. Empty: there are none.
[[nodiscard]] std::string describe(std::string_view file, std::vector<Mistake> mistakes);

}  // namespace steelyard::config
