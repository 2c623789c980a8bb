#pragma once

#include <string_view>

#include "steelyard/base/result.hpp"
#include "steelyard/runtime/task/task.hpp"

namespace steelyard::cli {

/// A task that this program has in itself, so that `steelyard up` and `steelyard bench` need no
/// other: `primes` (the payload is a number; how many primes are below it: work that is uneven)
/// and `echo` (the payload comes back).
/// Errors: InvalidArgument for another name.
[[nodiscard]] Result<TaskFunction> builtin_task(std::string_view name);

/// How many primes are below `number`, by trial division: about number^1.5 steps, because it is
/// meant to take time.
[[nodiscard]] std::uint64_t primes_below(std::uint64_t number);

}  // namespace steelyard::cli
