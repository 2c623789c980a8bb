// [docs: shortest-lane]
#include <chrono>
#include <memory>
#include <stdexcept>

#include "steelyard/strategy/registry.hpp"
#include "steelyard/strategy/simple_strategy.hpp"

/// A strategy of one's own, loaded into the shipped broker:
///
///     steelyard broker --plugin ./steelyard_shortest_lane.so --strategy shortest-lane:patience_s=5
namespace {

using namespace steelyard::strategy;

/// The lane with the fewest waiting jobs goes first, so that small requests are not stuck behind
/// large ones. So that large ones are not stuck for ever, a lane counts as one job shorter for
/// every `patience_s` that its first job has waited.
class ShortestLane final : public SimpleStrategy {
 public:
  explicit ShortestLane(double patience_s) : patience_s_(patience_s) {
    if (patience_s == 0) throw std::invalid_argument("patience_s must be above 0");
  }

  double value(const View& view, const Lane& lane, const Worker&) override {
    const std::chrono::duration<double> age = view.now() - lane.head_arrival;
    return lane.waiting - age.count() / patience_s_;
  }

 private:
  double patience_s_;
};

}  // namespace

STEELYARD_PLUGIN(registry) {
  return registry.add({"shortest-lane",
                       "the lane with the fewest waiting jobs first",
                       {{"patience_s", 1.0}},
                       [](const Parameters& parameters) {
                         return std::make_unique<ShortestLane>(parameters.at("patience_s"));
                       }});
}
// [docs: end]
