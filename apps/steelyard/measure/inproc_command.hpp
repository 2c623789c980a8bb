#pragma once

#include "cli/command.hpp"

namespace steelyard::cli {

/// Adds `steelyard bench inproc`.
void add_inproc_bench(CLI::App& bench, Run& chosen);

}  // namespace steelyard::cli
