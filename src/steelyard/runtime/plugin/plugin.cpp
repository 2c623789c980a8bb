#include "steelyard/runtime/plugin/plugin.hpp"

#include <exception>
#include <string_view>

#include <dlfcn.h>

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

}  // namespace

Result<void> load_plugin(const std::string& path, strategy::Registry& into) {
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
  return add_strategies(*entry, into, path);
}

}  // namespace steelyard
