#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

/// Values that an option or argument is known to take, for `option->check(...)`. Completions offer
/// them; the help does not list them, which is left to the description.
namespace steelyard::cli {

/// Nothing but one of `names` will do; whatever else is typed is told the nearest of them.
[[nodiscard]] CLI::Validator one_of(const std::vector<std::string>& names);

/// One of `names`, or something that cannot be known before it is used.
[[nodiscard]] CLI::Validator such_as(const std::vector<std::string>& names);

}  // namespace steelyard::cli
