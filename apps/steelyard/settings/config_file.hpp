#pragma once

#include <functional>

#include <CLI/CLI.hpp>

#include "steelyard/base/result.hpp"
#include "steelyard/service/configuration.hpp"

/// The one configuration file, docs/configuration.md, as a flag.
namespace steelyard::cli {

using service::Configuration;
using service::read_configuration;

/// Adds --config, whose file is given to `take`. Must be added before the flags that win over it:
/// those are read in their order.
void add_config(CLI::App& command, std::function<void(Result<Configuration>)> take);

}  // namespace steelyard::cli
