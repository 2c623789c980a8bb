#include <memory>

#include "steelyard/strategy/registry.hpp"
#include "steelyard/strategy/simple_strategy.hpp"

/// A plugin for the tests: its strategy prefers high priorities, whatever the age.
namespace {

class Strict final : public steelyard::strategy::SimpleStrategy {
 public:
  double value(const steelyard::strategy::View&, const steelyard::strategy::Lane& lane,
               const steelyard::strategy::Worker&) override {
    return -lane.priority;
  }
};

}  // namespace

STEELYARD_PLUGIN(registry) {
  return registry.add({"strict", "highest priority first", {}, [](const auto&) {
                         return std::make_unique<Strict>();
                       }});
}
