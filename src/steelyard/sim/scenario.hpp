#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "steelyard/sim/arrival.hpp"
#include "steelyard/sim/crew.hpp"
#include "steelyard/strategy/estimates.hpp"

namespace steelyard::sim {

/// What is true of a state, whatever a strategy believes.
struct StateFacts {
  std::string name;
  Duration load_time{};
  /// The long-run arrivals of its jobs and how long they run, for the bounds; 0: unknown.
  double arrivals_per_s = 0;
  double run_s = 0;
  /// A load takes load_time times something between 1/load_spread and load_spread, by chance.
  double load_spread = 1;
};

/// What happens to workers while they load. Loads are counted over all workers.
struct Faults {
  std::uint32_t death_every_loads = 0;    ///< every n-th load: its worker dies halfway; 0: none
  Duration away{};                        ///< until the worker is back, holding nothing
  std::uint32_t failure_every_loads = 0;  ///< every n-th load fails when it should end; 0: none
};

/// A workload ready to be run once: jobs to come, and the world they come into.
struct Scenario {
  std::string text;  ///< as it was asked for: "poisson:states=3"
  std::uint64_t seed = 1;
  std::uint32_t workers = 1;  ///< jobs that can run at once: a worker has one slot
  std::uint64_t jobs = 0;     ///< how many will come at most
  std::uint32_t queues = 1;
  std::uint32_t pools = 1;           ///< worker i serves the queues that are i modulo this
  std::uint32_t max_states = 1;      ///< that a worker holds at once
  std::vector<StateFacts> states;    ///< by StateId
  std::vector<std::string> tenants;  ///< names by TenantId
  std::vector<double> weights;       ///< by TenantId
  /// What is believed of load and run times before any was measured.
  strategy::Estimates::Prior time_prior;
  Faults faults;
  /// Who is there when; empty: `workers` that are alike, all the time.
  std::shared_ptr<const Crew> crew;
  std::unique_ptr<Arrivals> arrivals;
};

/// Virtual time ends here, so that its numbers never overflow.
inline constexpr TimePoint kEndOfTime{std::chrono::hours(24 * 365 * 50)};

inline constexpr std::uint32_t kMaxJobs = 10'000'000;
inline constexpr std::uint32_t kMaxStates = 10'000;
inline constexpr std::uint32_t kMaxStatesPerWorker = 100;
inline constexpr std::uint32_t kMaxTenants = 100;
inline constexpr std::uint32_t kMaxWorkers = 10'000;

[[nodiscard]] inline Duration from_seconds(double seconds) {
  return Duration(static_cast<Duration::rep>(seconds * 1e9));
}
[[nodiscard]] inline double in_seconds(Duration duration) {
  return static_cast<double>(duration.count()) / 1e9;
}

}  // namespace steelyard::sim
