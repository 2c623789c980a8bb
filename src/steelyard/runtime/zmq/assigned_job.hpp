#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "steelyard/wire/messages.pb.h"

namespace steelyard::zmq_runtime {

/// What neighbouring jobs of an assignment have in common.
struct AssignedRun {
  std::string queue;
  std::string state;
  std::string user;
  std::uint64_t session = 0;
  std::uint32_t attempt = 1;
  bool unit = false;
  std::string id_prefix{};                  ///< of its jobs' ids, which end with their numbers
  std::optional<wire::ReplyTo> reply_to{};  ///< where the results go; empty: to the broker
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
};

/// What came of a job.
struct JobReport {
  std::uint32_t outcome = 0;  ///< wire::Done.outcomes
  std::string text;           ///< result or error text
  std::chrono::microseconds run_time{};
  std::optional<std::string> holds;  ///< the state held now, when it is not the job's
};

}  // namespace steelyard::zmq_runtime
