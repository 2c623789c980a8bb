#include "steelyard/runtime/plugin/plugin.hpp"

#include <exception>
#include <string_view>
#include <utility>

#include <dlfcn.h>

#include "steelyard/base/assert.hpp"
#include "steelyard/runtime/plugin/watched_strategy.hpp"

namespace steelyard {
namespace {

using Version = unsigned();
using Register = void(strategy::Registry*, Result<void>*);

/// The function of that name; null when the library has none.
template <class Function>
Function* entry_point(void* library, const char* name) {
  return reinterpret_cast<Function*>(dlsym(library, name));
}

Error about(const std::string& path, ErrorCode code, std::string_view what) {
  return {code, "plugin '" + path + "': " + std::string(what)};
}

/// Runs the plugin's own code; what it throws becomes an error.
Result<void> add_strategies(Register& entry, strategy::Registry& into, const std::string& path) {
  Result<void> outcome;
  try {
    entry(&into, &outcome);
  } catch (const std::exception& thrown) {
    return tl::unexpected(about(path, ErrorCode::InvalidArgument, thrown.what()));
  } catch (...) {
    return tl::unexpected(about(path, ErrorCode::InvalidArgument, "it threw something unknown"));
  }
  if (!outcome) return tl::unexpected(about(path, outcome.error().code, outcome.error().context));
  return outcome;
}

/// The entry with its strategies watched.
strategy::Entry watched(strategy::Entry entry, const PluginOptions& options) {
  entry.make = [make = std::move(entry.make), limit = options.max_strategy_call](
                   const strategy::Parameters& parameters) -> std::unique_ptr<strategy::Strategy> {
    auto made = make(parameters);
    if (made == nullptr) return made;
    return std::make_unique<WatchedStrategy>(std::move(made), WatchedStrategy::Options{limit, {}});
  };
  return entry;
}

/// As `add_strategies`, watched. What was added before an error stays.
Result<void> add_watched(Register& entry, strategy::Registry& into, const std::string& path,
                         const PluginOptions& options) {
  strategy::Registry plugins = into;
  const std::size_t known = plugins.entries().size();
  auto outcome = add_strategies(entry, plugins, path);
  for (std::size_t i = known; i < plugins.entries().size(); ++i) {
    const auto added = into.add(watched(plugins.entries()[i], options));
    STEELYARD_ASSERT(added.has_value());
  }
  return outcome;
}

}  // namespace

Result<void> load_plugin(const std::string& path, strategy::Registry& into,
                         const PluginOptions& options) {
  const std::string file = path.find('/') == std::string::npos ? "./" + path : path;
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return failure(ErrorCode::SystemError, "cannot load plugin: " + std::string(dlerror()));
  }
  auto* const version = entry_point<Version>(library, "steelyard_plugin_version");
  auto* const entry = entry_point<Register>(library, "steelyard_plugin_register");
  if (version == nullptr || entry == nullptr) {
    dlclose(library);
    return tl::unexpected(about(path, ErrorCode::InvalidArgument,
                                "it is no plugin: it lacks what STEELYARD_PLUGIN defines"));
  }
  if (const unsigned built = version(); built != strategy::kPluginVersion) {
    dlclose(library);
    return tl::unexpected(about(path, ErrorCode::VersionMismatch,
                                "it was built for plugin version " + std::to_string(built) +
                                    ", this program has " +
                                    std::to_string(strategy::kPluginVersion)));
  }
  if (options.max_strategy_call.count() == 0) return add_strategies(*entry, into, path);
  return add_watched(*entry, into, path, options);
}

}  // namespace steelyard
