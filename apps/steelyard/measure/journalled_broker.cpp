#include "measure/journalled_broker.hpp"

#include "cli/part.hpp"
#include "measure/load.hpp"
#include "measure/load_process.hpp"
#include "steelyard/runtime/task/child_guard.hpp"

namespace steelyard::cli {

Result<JournalledRates> measure_journalled_broker(const JournalledBroker& broker) {
  const auto guard = ChildGuard::start();
  if (!guard) return tl::unexpected(guard.error());
  const auto running =
      Part::start(broker_arguments("tcp://127.0.0.1:0", {}, broker.journal), *guard);
  if (!running) return tl::unexpected(running.error());
  const auto endpoint = (*running)->wait_for_line(kListening);
  if (!endpoint) return tl::unexpected(endpoint.error());
  const auto worker = Part::start(
      worker_arguments(
          {.endpoint = *endpoint, .queue = kBenchQueue, .builtin = "echo", .name = "bench"}),
      *guard);
  if (!worker) return tl::unexpected(worker.error());
  if (auto ready = (*worker)->wait_for_line(kReady); !ready) return tl::unexpected(ready.error());
  JournalledRates rates;
  for (std::uint32_t round = 0; round < broker.rounds; ++round) {
    for (const bool journal : {false, true}) {
      const Load load{.outstanding = broker.outstanding,
                      .payload_bytes = broker.payload_bytes,
                      .journal = journal,
                      .seconds = broker.seconds_per_round};
      const auto rate = jobs_per_s({"bench", "load", "--broker", *endpoint}, load, *guard);
      if (!rate) return tl::unexpected(rate.error());
      (journal ? rates.journal : rates.memory).push_back(*rate);
    }
  }
  return rates;
}

}  // namespace steelyard::cli
