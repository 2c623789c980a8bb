#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "steelyard/wire/messages.pb.h"

namespace steelyard::zmq_runtime {

/// What neighbouring jobs of an assignment have in common.
struct AssignedRun {
  std::string queue;
  std::string state;
  std::string user;
  std::uint64_t session = 0;
  std::uint32_t attempt = 1;  ///< as the wire has it: of which stage, too
  bool unit = false;
  std::string id_prefix{};                  ///< of its jobs' ids, which end with their numbers
  std::optional<wire::ReplyTo> reply_to{};  ///< where the results go; empty: to the broker
  std::uint64_t stream_window_bytes = 0;    ///< of partial results; 0: none are wanted
};

/// A job that a worker was given.
struct AssignedJob {
  std::uint64_t lease = 0;
  std::uint64_t sequence = 0;
  std::uint64_t era = 0;  ///< of the worker's standing with the broker; see WorkerSession
  std::shared_ptr<const AssignedRun> run;
  std::string_view payload;                  ///< in `block`
  std::shared_ptr<const std::string> block;  ///< shared by a run's jobs
  std::chrono::microseconds waited{};        ///< at the broker, before this attempt
  std::vector<std::string> evict{};          ///< states to let go of before
};

/// A state that a worker is to load ahead of any job.
struct Preload {
  std::string state;
  std::string queue;               ///< whose task knows how; empty: any
  std::vector<std::string> evict;  ///< states to let go of before
  std::uint64_t era = 0;
};

/// What came of it.
struct PreloadReport {
  std::chrono::microseconds load_time{};
  std::uint64_t bytes = 0;  ///< 0: not measured
  bool failed = false;
};

/// What a job did to its worker's states.
struct StateReport {
  std::chrono::microseconds load_time{};  ///< zero: the state was there
  bool load_failed = false;
  std::uint64_t bytes = 0;                          ///< of the job's state; 0: not measured
  std::optional<std::vector<std::string>> holds{};  ///< all states, if the broker is to be told
};

/// What came of a job.
struct JobReport {
  std::uint32_t outcome = 0;             ///< wire::Done.outcomes
  std::string text;                      ///< result, error text, or payload of the next stage
  std::chrono::microseconds run_time{};  ///< without the load
  StateReport states{};
  std::string forward_queue{};  ///< of kDoneForwarded, whose text is the payload
  std::string forward_state{};  ///< empty: none

  /// As the requester sees it.
  [[nodiscard]] std::chrono::microseconds total_time() const { return run_time + states.load_time; }
};

}  // namespace steelyard::zmq_runtime
