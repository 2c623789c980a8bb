#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "steelyard/core/options.hpp"
#include "steelyard/runtime/inproc/observer.hpp"
#include "steelyard/strategy/registry.hpp"

namespace steelyard {

inline constexpr std::string_view kDefaultQueue = "default";

/// What a worker serves and what it can do.
struct WorkerOptions {
  std::uint32_t slots = 1;  ///< jobs it runs at once, each on a thread of its own; 1 to 1024
  double weight = 1.0;      ///< how powerful it is beside others, > 0
  std::vector<std::string> queues = {std::string(kDefaultQueue)};  ///< what it serves
  std::int32_t priority_min = INT32_MIN;  ///< takes only jobs with a priority in
  std::int32_t priority_max = INT32_MAX;  ///< [priority_min, priority_max]
  std::vector<std::string> tags{};        ///< jobs may ask for workers that carry some
  std::uint32_t max_states = 1;           ///< states held at once, 1 to 1024
  std::uint64_t state_memory_bytes = 0;   ///< for all of them; 0: not limited by size
};

/// What a job asks for besides its function and arguments. The names are copied.
struct JobOptions {
  std::string_view state = {};  ///< the state it needs; empty: none
  std::string_view user = {};   ///< whose share it counts for; empty: nobody's
  std::int32_t priority = 0;    ///< higher = sooner
  std::string_view queue = kDefaultQueue;
  std::vector<std::string_view> tags = {};  ///< only workers that carry all of these may do it
  /// Of the state, if known: a job whose state has room at no worker fails with StateTooLarge.
  std::uint64_t state_bytes = 0;
};

struct BalancerOptions {
  /// Workers to begin with, each with one slot and serving the default queue; others are added with
  /// `add_worker`.
  std::uint32_t workers = 2;
  /// `NAME` or `NAME:parameter=number,…`, as Registry::make reads it.
  std::string strategy = std::string(strategy::kDefaultStrategy);
  /// The scheduler's limits. A balancer is one session to it, and workers in the same process
  /// cannot be lost and are given their next job without a pause: `worker_lost_after`,
  /// `session_gone_after`, `max_unstarted_work` and `max_sessions` have no meaning here.
  core::Options limits = {};
  /// Jobs that may wait to be seen by the scheduler; a submitter that finds as many lends it a
  /// hand. 1 to 1,000,000.
  std::uint32_t max_inbox_jobs = 1'024;
  /// Different names of queues, states, users and tags, of each; TooManyNames.
  std::uint32_t max_names = 100'000;
  /// Whether to keep the numbers of all jobs dispatched and completed, for an audit (`books`).
  /// Costs a search per job, and memory for each gap in the numbers.
  bool record_numbers = false;
  std::shared_ptr<Observer> observer = nullptr;  ///< empty: nobody listens
};

}  // namespace steelyard
