#include <stdexcept>

#include "steelyard/strategy/registry.hpp"

/// A plugin for the tests that throws while it is asked for its strategies.
STEELYARD_PLUGIN(registry) {
  if (!registry.entries().empty()) throw std::runtime_error("no strategies today");
  return {};
}
