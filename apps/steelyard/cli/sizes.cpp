#include "cli/sizes.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace steelyard::cli {
namespace {

using Unit = std::pair<std::string_view, double>;
constexpr auto kUnits = std::to_array<Unit>({{"", 1},
                                             {"B", 1},
                                             {"kB", 1e3},
                                             {"KB", 1e3},
                                             {"MB", 1e6},
                                             {"GB", 1e9},
                                             {"TB", 1e12},
                                             {"KiB", 1024.0},
                                             {"MiB", 1048576.0},
                                             {"GiB", 1073741824.0},
                                             {"TiB", 1099511627776.0}});
constexpr double kLargest = 9.2e18;

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
  double number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc()) return std::nullopt;
  const auto* unit = std::ranges::find(
      kUnits, text.substr(static_cast<std::size_t>(end - text.data())), &Unit::first);
  if (unit == kUnits.end()) return std::nullopt;
  const double bytes = std::round(number * unit->second);
  // Also when it is not a number at all.
  if (!(bytes >= 1 && bytes <= kLargest)) return std::nullopt;
  return static_cast<std::uint64_t>(bytes);
}

CLI::Option* add_size(CLI::App& command, const SizeFlag& flag) {
  return command
      .add_option_function<std::string>(
          flag.name,
          [name = flag.name, &value = flag.value](const std::string& text) {
            const auto bytes = parse_size(text);
            if (!bytes) {
              throw CLI::ValidationError(
                  name, fmt::format("'{}' is not a size, such as 24GB, 512MiB or a number of bytes",
                                    text.substr(0, 100)));
            }
            value = *bytes;
          },
          flag.description)
      ->type_name("SIZE");
}

}  // namespace steelyard::cli
