#pragma once

#include <chrono>
#include <string>

#include "steelyard/base/result.hpp"
#include "steelyard/strategy/registry.hpp"

namespace steelyard {

struct PluginOptions {
  /// How long a strategy of the plugin may think about one answer, see WatchedStrategy; zero: as
  /// long as it likes, for worlds in which time stands still meanwhile.
  std::chrono::milliseconds max_strategy_call{};
};

/// Loads the shared library at `path`, a plugin made with STEELYARD_PLUGIN (strategy/registry.hpp),
/// and lets it add its strategies to `into`. The library stays loaded until the program ends.
///
/// A path without a slash is a file in the working directory; no other place is searched. A plugin
/// is code that runs with all rights of the program: load only what you trust. It must be built by
/// the same compiler and from the same version of the headers as the program.
/// Errors: SystemError when the file cannot be loaded; InvalidArgument when it is not a plugin or
/// throws; VersionMismatch when it was built against another kPluginVersion; what the plugin itself
/// returned, for example because a name is taken. Strategies added before that stay.
[[nodiscard]] Result<void> load_plugin(const std::string& path, strategy::Registry& into,
                                       const PluginOptions& options = {});

}  // namespace steelyard
