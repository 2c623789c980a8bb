#pragma once

#include <string>

#include "steelyard/base/result.hpp"
#include "steelyard/strategy/registry.hpp"

namespace steelyard {

/// Loads the shared library at `path`, a plugin made with STEELYARD_PLUGIN (strategy/registry.hpp),
/// and lets it add its strategies to `into`. The library stays loaded until the program ends.
///
/// A path without a slash is a file in the working directory; no other place is searched. A plugin
/// is code that runs with all rights of the program: load only what you trust. It must be built by
/// the same compiler and from the same version of the headers as the program.
/// Errors: SystemError when the file cannot be loaded; InvalidArgument when it is not a plugin or
/// throws; VersionMismatch when it was built against another kPluginVersion; what the plugin itself
/// returned, for example because a name is taken. Strategies added before that stay.
[[nodiscard]] Result<void> load_plugin(const std::string& path, strategy::Registry& into);

}  // namespace steelyard
