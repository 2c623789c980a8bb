#include <chrono>
#include <memory>
#include <stdexcept>

#include "steelyard/strategy/registry.hpp"

/// A plugin for the tests: a strategy for each way to be wrong.
namespace {

using namespace steelyard;

class Throwing final : public strategy::Strategy {
  strategy::Choice choose(const strategy::View&, WorkerId) override {
    throw std::runtime_error("no choice today");
  }
};

/// Gives every job to every worker, whoever may run it.
class Lawless final : public strategy::Strategy {
  strategy::Choice choose(const strategy::View& view, WorkerId worker) override {
    for (const LaneId lane : view.waiting_lanes()) {
      if (!view.allowed(worker, lane)) return strategy::Serve{lane};
    }
    return strategy::Stay{};
  }
};

/// Right, but only after 30 ms.
class Slow final : public strategy::Strategy {
  strategy::Choice choose(const strategy::View& view, WorkerId worker) override {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(30);
    while (std::chrono::steady_clock::now() < end) {
    }
    for (const LaneId lane : view.waiting_lanes()) {
      if (view.allowed(worker, lane)) return strategy::Serve{lane};
    }
    return strategy::Stay{};
  }
};

template <class T>
strategy::Entry entry(const char* name, const char* summary) {
  return {name, summary, {}, [](const auto&) { return std::make_unique<T>(); }};
}

}  // namespace

STEELYARD_PLUGIN(registry) {
  if (auto added = registry.add(entry<Throwing>("throwing", "throws")); !added) return added;
  if (auto added = registry.add(entry<Lawless>("lawless", "gives what may not run")); !added) {
    return added;
  }
  return registry.add(entry<Slow>("slow", "thinks for 30 ms"));
}
