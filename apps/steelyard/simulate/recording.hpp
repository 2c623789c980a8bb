#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "simulate/options.hpp"
#include "steelyard/base/result.hpp"
#include "steelyard/sim/recorded/traffic.hpp"
#include "steelyard/strategy/registry.hpp"
#include "steelyard/trace/replay.hpp"

namespace steelyard::cli {

/// A recording that was read and replayed.
struct Recording {
  std::string path;
  trace::Preface preface;
  std::uint64_t events = 0;
  Duration span{};                   ///< from the broker's beginning to the last event
  std::optional<std::string> ended;  ///< why; nullopt: it was cut off
  std::uint64_t alike_events = 0;
  std::uint64_t alike_decisions = 0;
  std::optional<trace::Difference> difference;
  std::optional<sim::RecordedTraffic::Facts> facts;  ///< nullopt: there is nothing to try
};

/// `steelyard sim trace FILE`: whether the recorded decisions are made again, and what strategies
/// make of the recorded traffic. Returns the exit status: kFailed when a decision differs.
[[nodiscard]] int run_recording(const Simulate& options, const strategy::Registry& registry);

}  // namespace steelyard::cli
