#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace steelyard::cli {

/// What is wrong with the words that were typed, in one line that names the place and the nearest
/// right name: "steelyard submit: unknown option '--usr', did you mean '--user'? (see:
/// steelyard submit --help)".
[[nodiscard]] std::string explain_usage(const CLI::ParseError& error, const CLI::App& program);

/// "steelyard bench broker": `command` with the commands above it.
[[nodiscard]] std::string full_name(const CLI::App& command);

/// The innermost command that was typed.
[[nodiscard]] const CLI::App& typed_command(const CLI::App& program);

}  // namespace steelyard::cli
