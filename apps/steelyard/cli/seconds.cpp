#include "cli/seconds.hpp"

#include <cmath>

#include <fmt/format.h>

#include "cli/options.hpp"

namespace steelyard::cli {

CLI::Option* add_seconds(CLI::App& command, const SecondsFlag& flag) {
  const double standard = std::chrono::duration<double>(flag.value).count();
  return command
      .add_option_function<std::string>(
          flag.name,
          [flag](const std::string& text) {
            double ignored = 0;
            const double seconds = read_number<double>(text, {.name = flag.name,
                                                              .description = {},
                                                              .value = ignored,
                                                              .min = flag.min,
                                                              .max = flag.max});
            flag.value = std::chrono::milliseconds(std::llround(std::ceil(seconds * 1000)));
          },
          flag.description)
      ->type_name("S")
      ->default_str(standard == 0 ? "" : fmt::format("{}", standard));
}

}  // namespace steelyard::cli
