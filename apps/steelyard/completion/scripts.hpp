#pragma once

#include <string>
#include <string_view>

#include "cli/outline.hpp"

/// Completion scripts, one function for each shell. They know what the outline of the program
/// knows: commands, options, and the values of those that have a known set of them. For any other
/// value they leave it to the shell, which offers files.
namespace steelyard::cli {

[[nodiscard]] std::string bash_completion(const CommandOutline& program);
[[nodiscard]] std::string zsh_completion(const CommandOutline& program);
[[nodiscard]] std::string fish_completion(const CommandOutline& program);

/// `text` as one word of bash and zsh, in single quotes.
[[nodiscard]] std::string shell_quoted(std::string_view text);

}  // namespace steelyard::cli
