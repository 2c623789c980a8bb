#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "steelyard/base/result.hpp"
#include "steelyard/strategy/strategy.hpp"

namespace steelyard::strategy {

/// The numbers given after a strategy's name, with defaults filled in.
using Parameters = std::map<std::string, double, std::less<>>;

/// A strategy that can be asked for by name.
struct Entry {
  std::string name;
  std::string summary;  ///< one line for `--help`
  Parameters defaults;  ///< every parameter there is
  std::function<std::unique_ptr<Strategy>(const Parameters&)> make;
};

/// The strategies that can be asked for by name: the built-in ones and those of plugins.
class Registry {
 public:
  /// With the built-in strategies.
  Registry();

  /// Errors: InvalidName for a malformed name, InvalidArgument for one that is taken.
  [[nodiscard]] Result<void> add(Entry entry);

  /// Makes the strategy named by `text`: `NAME` or `NAME:parameter=number,…`.
  /// Errors: InvalidArgument, naming what is wrong, the nearest right name and all there are; also
  /// when the strategy's own factory throws or makes nothing.
  [[nodiscard]] Result<std::unique_ptr<Strategy>> make(std::string_view text) const;

  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
};

inline constexpr std::string_view kDefaultStrategy = "amortised";

/// What a plugin (`steelyard broker --plugin FILE.so`) was built against; it must be equal.
inline constexpr unsigned kPluginVersion = 1;

}  // namespace steelyard::strategy

/// Defines the two entry points of a plugin. Use once, outside any namespace, with the body that
/// adds the strategies:
///
///     STEELYARD_PLUGIN(registry) {
///       return registry.add({"mine", "what it does", {}, [](const auto&) { ... }});
///     }
#define STEELYARD_PLUGIN(registry)                                                          \
  static ::steelyard::Result<void> steelyard_plugin_body(::steelyard::strategy::Registry&); \
  extern "C" __attribute__((visibility("default"))) unsigned steelyard_plugin_version() {   \
    return ::steelyard::strategy::kPluginVersion;                                           \
  }                                                                                         \
  extern "C" __attribute__((visibility("default"))) void steelyard_plugin_register(         \
      ::steelyard::strategy::Registry* into, ::steelyard::Result<void>* outcome) {          \
    *outcome = steelyard_plugin_body(*into);                                                \
  }                                                                                         \
  static ::steelyard::Result<void> steelyard_plugin_body(::steelyard::strategy::Registry&(registry))
