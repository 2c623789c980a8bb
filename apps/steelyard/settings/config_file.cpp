#include "settings/config_file.hpp"

#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>

#include <fmt/format.h>

#include "steelyard/gateway/settings.hpp"

namespace steelyard::cli {
namespace {

Result<std::string> read_text(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string text(config::kMaxTextBytes + 1, '\0');
  if (stream) stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!stream.is_open() || stream.bad()) {
    return failure(ErrorCode::SystemError,
                   fmt::format("{}: {}", file, std::generic_category().message(errno)));
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

}  // namespace

Result<Configuration> parse_configuration(const std::string& file, std::string_view text) {
  Configuration configuration;
  config::Document document = config::parse(text);
  if (!std::holds_alternative<std::nullptr_t>(document.root.data) || document.mistakes.empty()) {
    config::Section all(document.root, "", document.mistakes);
    configuration.has_gateway = all.has("gateway");
    all.section("broker", [&](config::Section& section) {
      read_broker_settings(section, configuration.broker);
    });
    all.section("gateway", [&](config::Section& section) {
      gateway::read_settings(section, configuration.gateway);
    });
    all.list("workers", [&](config::Section& section) {
      read_worker_settings(section, configuration.workers.emplace_back());
    });
  }
  if (document.mistakes.empty()) return configuration;
  std::string said = config::describe(file, std::move(document.mistakes));
  said.pop_back();
  return failure(ErrorCode::InvalidArgument, "the configuration cannot be used:\n" + said);
}

Result<Configuration> read_configuration(const std::string& file) {
  return read_text(file).and_then(
      [&file](const std::string& text) { return parse_configuration(file, text); });
}

void add_config(CLI::App& command, std::function<void(Result<Configuration>)> take) {
  command
      .add_option_function<std::string>(
          "--config",
          [take = std::move(take)](const std::string& file) {
            take(read_configuration(file).map_error([](Error error) {
              const bool is_of_file = error.code == ErrorCode::SystemError;
              return Error{error.code, (is_of_file ? "--config: " : "") + error.context};
            }));
          },
          "a JSON file of settings, named as the flags, which win over it")
      ->type_name("FILE");
}

}  // namespace steelyard::cli
