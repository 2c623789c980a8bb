#pragma once

#include <optional>
#include <string>

#include <CLI/CLI.hpp>

namespace example {

/// Parses the arguments. Returns the exit status when the program is done already: after `--help`,
/// and for wrong usage, which has been explained on standard error.
[[nodiscard]] std::optional<int> parse(CLI::App& app, int argc, char** argv);

/// `--broker ENDPOINT`, also from the environment variable STEELYARD_BROKER.
void add_broker_flag(CLI::App& app, std::string& endpoint);

}  // namespace example
