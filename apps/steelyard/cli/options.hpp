#pragma once

#include <charconv>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "steelyard/base/result.hpp"
#include "steelyard/config/endpoint_text.hpp"
#include "steelyard/runtime/zmq/context.hpp"

/// Flags whose values are checked while they are read, so that a wrong one is refused in one line
/// that names it.
namespace steelyard::cli {

/// A flag or argument with a number.
template <class Number>
struct NumberFlag {
  std::string name;
  std::string description;
  Number& value;  ///< what it is when the flag is not given; must outlive the command
  Number min = std::numeric_limits<Number>::lowest();
  Number max = std::numeric_limits<Number>::max();
};

/// "a whole number from 1 to 1024"
template <class Number>
std::string describe_range(const NumberFlag<Number>& flag) {
  using Limits = std::numeric_limits<Number>;
  const std::string_view kind = std::is_integral_v<Number> ? "a whole number" : "a number";
  const bool any = flag.min == Limits::lowest() && flag.max == Limits::max();
  if (any && !std::is_integral_v<Number>) return std::string(kind);
  if (!any && flag.max == Limits::max()) return fmt::format("{} of at least {}", kind, flag.min);
  return fmt::format("{} from {} to {}", kind, flag.min, flag.max);
}

template <class Number>
Number read_number(const std::string& text, const NumberFlag<Number>& flag) {
  Number number{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  const bool understood = error == std::errc() && stop == end;
  if (understood && number >= flag.min && number <= flag.max) return number;
  throw CLI::ValidationError(flag.name, fmt::format("'{}' is not {}", text, describe_range(flag)));
}

template <class Number>
CLI::Option* add_number(CLI::App& command, NumberFlag<Number> flag) {
  const std::string standard = fmt::format("{}", flag.value);
  return command
      .add_option_function<std::string>(
          flag.name,
          [flag](const std::string& text) { flag.value = read_number<Number>(text, flag); },
          flag.description)
      ->type_name("N")
      ->default_str(standard);
}

/// A flag or argument with the name of a queue, state, user or tag.
struct NameFlag {
  std::string name;
  std::string description;
  std::string& value;
};
CLI::Option* add_name(CLI::App& command, const NameFlag& flag);

/// A flag with names that may be given again and again.
struct NamesFlag {
  std::string name;
  std::string description;
  std::vector<std::string>& values;
};
CLI::Option* add_names(CLI::App& command, const NamesFlag& flag);

/// Throws CLI::ValidationError when `text` cannot name a queue, state, user or tag.
void check_name(const std::string& flag, const std::string& text);

using config::wrong_endpoint;

/// Where the broker is, and how long to wait for it.
struct BrokerAt {
  std::string endpoint;  ///< as given with --broker; empty: not given
  std::int64_t connect_timeout_ms = 5'000;
};

/// Adds --broker.
void add_broker(CLI::App& command, BrokerAt& broker);
/// Adds --broker and --connect-timeout-ms.
void add_broker_and_timeout(CLI::App& command, BrokerAt& broker);

/// The endpoint to use: --broker, or STEELYARD_BROKER, or the default.
/// Errors: InvalidArgument, naming the variable.
[[nodiscard]] Result<std::string> endpoint_of(const BrokerAt& broker);

}  // namespace steelyard::cli
