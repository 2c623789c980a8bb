#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>

#include "steelyard/base/result.hpp"

namespace graph {

/// Requests of two kinds for one queue, by a client that waits for none of them before the next.
struct Traffic {
  std::uint32_t workers = 2;        ///< threads
  std::uint32_t long_requests = 4;  ///< handed in together, at the beginning
  std::uint32_t long_exponent = 11'213;
  std::uint32_t short_requests = 200;
  std::uint32_t short_exponent = 1'279;
  std::uint32_t interval_ms = 10;  ///< between short requests, whatever becomes of the former
};

/// What came of it.
struct RoundResult {
  double short_p50_ms = 0;
  double short_p99_ms = 0;
  double short_max_ms = 0;
  double long_last_ms = 0;  ///< when the last long request was answered
  std::uint64_t forwards = 0;
  std::uint32_t wrong = 0;    ///< answers that are not the right ones
  std::string first_wrong{};  ///< for people
};

/// A broker, a worker and a client in this program, and the traffic through them. `longest_visit`
/// as for mersenne_stage. Short requests are measured from when they were due.
/// Errors: Stopped; those of Broker::open, Worker::run and Client::connect.
[[nodiscard]] steelyard::Result<RoundResult> run_round(const Traffic& traffic,
                                                       std::chrono::milliseconds longest_visit,
                                                       const std::stop_token& stop);

}  // namespace graph
