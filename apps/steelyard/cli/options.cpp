#include "cli/options.hpp"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "steelyard/base/names.hpp"
#include "steelyard/base/nearest.hpp"

namespace steelyard::cli {
namespace {

constexpr const char* kVariable = "STEELYARD_BROKER";
constexpr std::string_view kTcp = "tcp://";
constexpr std::string_view kIpc = "ipc://";

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port <= 65535;
}

bool is_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  return colon != std::string_view::npos && colon > 0 && is_port(text.substr(colon + 1));
}

/// Whether nothing but the size of the port is wrong.
bool has_wrong_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (!text.starts_with(kTcp) || colon <= kTcp.size()) return false;
  const std::string_view port = text.substr(colon + 1);
  return !port.empty() && port.find_first_not_of("0123456789") == std::string_view::npos &&
         !is_port(port);
}

bool is_endpoint(std::string_view text) {
  if (text.starts_with(kTcp)) return is_address(text.substr(kTcp.size()));
  return text.starts_with(kIpc) && text.size() > kIpc.size();
}

/// The endpoint that was most likely meant; empty when there is none.
std::string likely_endpoint(std::string_view text) {
  const std::size_t slashes = text.find("//");
  if (slashes == std::string_view::npos) {
    if (is_address(text)) return std::string(kTcp).append(text);
    if (is_port(text)) return "tcp://127.0.0.1:" + std::string(text);
    return text.starts_with('/') ? std::string(kIpc).append(text) : "";
  }
  const std::string_view rest = text.substr(slashes + 2);
  if (is_address(rest)) return std::string(kTcp).append(rest);
  std::string scheme = base::nearest(text.substr(0, slashes + 2), {"tcp://", "ipc://"});
  if (is_endpoint(scheme + std::string(rest))) return scheme.append(rest);
  if (scheme == kTcp && is_port(rest)) return "tcp://127.0.0.1:" + std::string(rest);
  return "";
}

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

std::optional<std::string> wrong_endpoint(std::string_view text) {
  if (is_endpoint(text)) return std::nullopt;
  const std::string near = likely_endpoint(text);
  if (has_wrong_port(text)) {
    return fmt::format("'{}' is not an endpoint: a port is 0 to 65535", text.substr(0, 100));
  }
  return fmt::format("'{}' is not an endpoint{} (tcp://ADDRESS:PORT or ipc://PATH)",
                     text.substr(0, 100),
                     near.empty() ? "" : fmt::format(", did you mean '{}'?", near));
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
