#pragma once

#include <cstdint>
#include <vector>

namespace steelyard::cli {

/// `steelyard bench broker`.
struct BrokerBench {
  std::vector<std::uint32_t> outstanding{1, 64, 1024};
  std::vector<std::uint32_t> payload_bytes{64};
  std::vector<std::uint32_t> workers{1};
  bool direct = true;       ///< measure results that come straight from workers …
  bool via_broker = false;  ///< … and results through the broker
  std::uint32_t slots = 1;
  std::uint32_t rounds = 5;
  double seconds_per_round = 1;
  bool json = false;
};

/// Measures a broker beside a bare `zmq_proxy`, in turns: everything in processes of its own, over
/// TCP on loopback, one job per message on the proxy's side. Returns the exit status.
[[nodiscard]] int run_broker_bench(const BrokerBench& bench);

}  // namespace steelyard::cli
