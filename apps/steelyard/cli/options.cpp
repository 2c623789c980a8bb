#include "cli/options.hpp"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "steelyard/base/names.hpp"

namespace steelyard::cli {
namespace {

constexpr const char* kVariable = "STEELYARD_BROKER";

}  // namespace

void check_name(const std::string& flag, const std::string& text) {
  if (is_valid_name(text)) return;
  throw CLI::ValidationError(
      flag, fmt::format("'{}' is not a name: 1 to {} of the characters A-Z a-z 0-9 . _ : / @ - "
                        "without a dash in front",
                        text.substr(0, 100), kMaxNameBytes));
}

CLI::Option* add_name(CLI::App& command, const NameFlag& flag) {
  return command
      .add_option_function<std::string>(
          flag.name,
          [name = flag.name, &value = flag.value](const std::string& text) {
            check_name(name, text);
            value = text;
          },
          flag.description)
      ->type_name("NAME")
      ->default_str(flag.value);
}

CLI::Option* add_names(CLI::App& command, const NamesFlag& flag) {
  return command
      .add_option_function<std::vector<std::string>>(
          flag.name,
          [flag](const std::vector<std::string>& names) {
            for (const std::string& name : names) check_name(flag.name, name);
            flag.values = names;
          },
          flag.description)
      ->type_name("NAME")
      ->allow_extra_args(false);
}

void add_broker(CLI::App& command, BrokerAt& broker) {
  command
      .add_option_function<std::string>(
          "--broker",
          [&broker](const std::string& text) {
            if (const auto wrong = wrong_endpoint(text)) {
              throw CLI::ValidationError("--broker", *wrong);
            }
            broker.endpoint = text;
          },
          "where the broker is")
      ->type_name("ENDPOINT")
      ->default_str(fmt::format("${}, or {}", kVariable, kDefaultEndpoint));
}

void add_broker_and_timeout(CLI::App& command, BrokerAt& broker) {
  add_broker(command, broker);
  add_number<std::int64_t>(command, {.name = "--connect-timeout-ms",
                                     .description = "how long to wait for the broker's answer",
                                     .value = broker.connect_timeout_ms,
                                     .min = 1,
                                     .max = 86'400'000});
}

Result<std::string> endpoint_of(const BrokerAt& broker) {
  if (!broker.endpoint.empty()) return broker.endpoint;
  const char* variable = std::getenv(kVariable);  // NOLINT: nobody changes the environment
  if (variable == nullptr || *variable == '\0') return std::string(kDefaultEndpoint);
  if (const auto wrong = wrong_endpoint(variable)) {
    return failure(ErrorCode::InvalidArgument, fmt::format("{}: {}", kVariable, *wrong));
  }
  return std::string(variable);
}

}  // namespace steelyard::cli
