#pragma once

#include <cstdint>
#include <string>

#include "steelyard/base/result.hpp"
#include "steelyard/sim/histogram.hpp"

namespace steelyard::cli {

/// What an HTTP server is asked, how often.
struct HttpLoad {
  std::string address{};  ///< "127.0.0.1:7480"
  std::string path = "/";
  std::uint32_t connections = 1;
  /// 0: each connection asks again as soon as it has its answer (closed loop). Otherwise requests
  /// are due at random, so many per second on average (open loop, Poisson), whatever becomes of
  /// those before; one that finds no connection free waits, and its wait counts.
  double rate_per_s = 0;
  double seconds = 1;  ///< measured; a fifth of it goes before, unmeasured
};

/// What came of it.
struct HttpMeasured {
  std::uint64_t answered = 0;
  std::uint64_t wrong = 0;   ///< of these: with another status than 200
  std::uint64_t unsent = 0;  ///< were due and found no connection until the end
  double seconds = 0;
  sim::Histogram latency;  ///< from when they were due, or sent, to the end of the answer

  [[nodiscard]] double per_s() const { return static_cast<double>(answered) / seconds; }
};

/// Runs the load on one thread. Errors: those of connecting; SystemError when a connection ends.
[[nodiscard]] Result<HttpMeasured> measure_http(const HttpLoad& load);

}  // namespace steelyard::cli
