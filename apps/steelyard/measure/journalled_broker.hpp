#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "steelyard/base/result.hpp"

namespace steelyard::cli {

/// Which broker is measured, and how.
struct JournalledBroker {
  std::string journal;  ///< the file; made
  std::uint32_t outstanding = 1'024;
  std::uint32_t payload_bytes = 64;
  std::uint32_t rounds = 5;
  double seconds_per_round = 1;
};

/// Jobs per second, a value per round.
struct JournalledRates {
  std::vector<double> journal;
  std::vector<double> memory;
};

/// Measures a broker with a journal, in turns with jobs that ask for it and jobs that do not:
/// broker, worker and client are processes of their own, over TCP on loopback. What is over before
/// its group of records is written is never written.
[[nodiscard]] Result<JournalledRates> measure_journalled_broker(const JournalledBroker& broker);

}  // namespace steelyard::cli
