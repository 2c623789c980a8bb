#pragma once

#include <cstdint>

#include <boost/json.hpp>

#include "steelyard/core/job_table.hpp"
#include "steelyard/monitor/report.hpp"

/// Why a queued job has not begun.
namespace steelyard::monitor {

/// `ahead`, `workers`, `obstacle`, `needs`, `strategy`, `share`, `waits_for`, `room_is_made_at` and
/// `estimate` of a queued job.
[[nodiscard]] boost::json::object why_it_waits(const Sources& sources, const core::Job& job);

/// The jobs before one, in the order of arrival with priority counted as seconds of age.
struct Ahead {
  std::uint64_t of_its_kind = 0;  ///< alike in queue, state, user, priority and tags
  std::uint64_t in_all = 0;       ///< for its state; without one: in its queue
  bool at_least = false;          ///< there are more than were counted
};

/// Strategies differ in what they take first; in this order nobody is passed over.
/// Cost: O(lanes that wait), and 10,000 jobs at most.
[[nodiscard]] Ahead jobs_ahead(const Sources& sources, const core::Job& job);

/// Why no worker may run the jobs of the lane, as `{"reason", "sentence", "advice"}`; null: one
/// may. Cost: O(workers).
[[nodiscard]] boost::json::value obstacle(const Sources& sources, LaneId lane);

/// Who holds the state, who loads it, whether that has failed.
/// Cost: O(workers + decisions kept).
[[nodiscard]] boost::json::object holders_of(const Sources& sources, LaneId lane);

}  // namespace steelyard::monitor
