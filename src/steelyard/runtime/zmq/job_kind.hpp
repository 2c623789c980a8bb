#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "steelyard/base/time.hpp"
#include "steelyard/wire/messages.pb.h"

namespace steelyard::zmq_runtime {

/// What jobs that are handed in together have in common.
struct JobKind {
  std::string queue{};
  std::string state{};
  std::string user{};
  std::int32_t priority = 0;
  bool unit = false;
  bool via_broker = false;
  bool keep = false;
  std::vector<std::string> tags{};
  std::uint64_t state_bytes = 0;
  std::chrono::milliseconds delay{};
  std::chrono::milliseconds start_within{};  ///< zero: whenever
  std::chrono::milliseconds time_limit{};    ///< zero: none
  std::string key{};                         ///< of one job
  bool journal = false;
  std::uint64_t stream_window_bytes = 0;  ///< 0: no stream

  /// As it is said `age` after they were handed in: times on the wire count from their arrival.
  void describe(wire::SubmitRun& run, Duration age) const;
};

}  // namespace steelyard::zmq_runtime
