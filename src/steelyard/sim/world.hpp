#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "steelyard/core/scheduler.hpp"
#include "steelyard/sim/fleet.hpp"
#include "steelyard/sim/measures.hpp"
#include "steelyard/sim/recorder.hpp"
#include "steelyard/sim/scenario.hpp"

namespace steelyard::sim {

/// What the caller of a run wants besides its measures. This room knows no clock and nobody to
/// tell anything: both are handed in.
struct RunOptions {
  /// A clock in nanoseconds, by which the scheduler's steps are measured; none: they are not.
  std::function<std::uint64_t()> clock_ns;
  /// Told now and then how many jobs have come.
  std::function<void(std::uint64_t arrived)> progress;
  /// What the workers do is noted until then; zero: it is not.
  TimePoint timelines_until{};
};

/// The scheduler of production with one of its strategies, in virtual time: jobs arrive, workers
/// load states and run jobs, and nothing else happens.
///
/// Same scenario, same strategy: same run, to the last bit of its measures.
/// Thread safety: none. Cost: a few steps of the scheduler per job; the memory of a run grows with
/// the jobs that wait at once, not with those of the whole workload.
class World {
 public:
  World(Scenario scenario, std::unique_ptr<strategy::Strategy> strategy, RunOptions options = {});
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// Runs until all jobs are done, or nothing would ever happen any more. To be called once.
  [[nodiscard]] Measures run();

 private:
  enum class Source : std::uint8_t { Worker, Crew, Arrival, Timer, Nothing };

  [[nodiscard]] Source next_source();
  void proceed(Source source);
  void next_arrival();
  [[nodiscard]] bool is_sound(const Arrival& arrival) const;
  void arrive();
  void worker_done();
  void join(WorkerId worker);
  void change_crew();
  void leave(WorkerId worker);
  void step(const core::Event& event);
  void carry_out(const core::Assign& action);
  void carry_out(const core::Forget& action);

  Scenario scenario_;
  RunOptions options_;
  core::Scheduler scheduler_;
  Fleet fleet_;
  Recorder recorder_;
  core::Actions actions_;

  std::vector<Recorder::Job> jobs_;  // by the number in their payload, less one
  std::vector<std::uint32_t> free_;  // places of jobs_
  std::optional<Arrival> arrival_;   // that comes next
  std::size_t crew_changes_ = 0;     // that have been
  std::uint64_t arrived_ = 0;
  std::uint64_t idle_wakeups_ = 0;  // since a job was given to a worker
  TimePoint now_{};
};

}  // namespace steelyard::sim
