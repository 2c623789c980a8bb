#pragma once

#include <cstdint>
#include <map>

#include "steelyard/sim/crew.hpp"
#include "steelyard/trace/reader.hpp"

namespace steelyard::sim {

/// Which workers a recorded broker had, and when they came and went.
/// Thread safety: none. Cost: O(log workers) per event of a worker.
class CrewLog {
 public:
  void take(const trace::Step& step);

  /// The crew in a world that begins at `begin`. What happened after `end`, when there was nothing
  /// left to do, is left out: slower strategies need the workers for longer.
  [[nodiscard]] Crew crew(TimePoint begin, TimePoint end) const;

  /// At once, at most.
  [[nodiscard]] std::uint32_t most_workers() const { return most_workers_; }
  [[nodiscard]] std::uint32_t most_slots() const { return most_slots_; }

 private:
  struct Present {
    std::uint32_t slots = 0;
    TimePoint last_heard;
  };
  void join(const core::WorkerJoined& event, TimePoint now);
  void leave(WorkerId worker);

  void lose(WorkerId worker, TimePoint now);

  Crew crew_;
  std::map<WorkerId, Present> present_;
  std::uint32_t slots_ = 0;
  std::uint32_t most_workers_ = 0;
  std::uint32_t most_slots_ = 0;
};

}  // namespace steelyard::sim
