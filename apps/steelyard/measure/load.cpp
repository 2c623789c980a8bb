#include "measure/load.hpp"

#include <chrono>
#include <vector>

#include "steelyard/runtime/zmq/client.hpp"
#include "steelyard/runtime/zmq/completions.hpp"

namespace steelyard::cli {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr double kWarmUpPart = 0.2;
constexpr std::chrono::seconds kPatience{10};

/// Hands in as many as come back until `seconds` have passed; what came back in that time.
Result<Measured> exchange(const LoadPort& port, double seconds) {
  const auto began = Clock::now();
  Measured measured;
  while (measured.seconds < seconds) {
    const auto count = port.receive();
    if (!count) return tl::unexpected(count.error());
    port.send(*count);
    measured.jobs += *count;
    measured.seconds = Seconds(Clock::now() - began).count();
  }
  return measured;
}

}  // namespace

Result<Measured> keep_busy(const Load& load, const LoadPort& port) {
  port.send(load.outstanding);
  if (auto warm = exchange(port, load.seconds * kWarmUpPart); !warm) return warm;
  auto measured = exchange(port, load.seconds);
  // The next measurement begins with nothing left over from this one.
  for (std::uint32_t left = load.outstanding; measured && left > 0;) {
    const auto count = port.receive();
    if (!count) return tl::unexpected(count.error());
    left -= *count;
  }
  return measured;
}

Result<Measured> measure_broker(const Load& load, const std::string& endpoint) {
  CompletionQueue answers;
  Client client({.endpoint = endpoint, .name = "bench", .direct = !load.via_broker});
  if (auto connected = client.connect(kPatience); !connected) {
    return tl::unexpected(connected.error());
  }
  const std::string payload(load.payload_bytes, 'x');
  LoadPort port;
  std::uint32_t turn = 0;
  port.send = [&](std::uint32_t count) {
    const std::vector<std::string_view> payloads(count, payload);
    RemoteJobOptions options;
    if (load.journal) options.durability = Durability::Journal;
    if (load.users > 0) options.user = "user-" + std::to_string(turn++ % load.users);
    client.submit_batch(kBenchQueue, payloads, options, answers, 0);
  };
  port.receive = [&]() -> Result<std::uint32_t> {
    const std::vector<Completion> came = answers.take(kPatience);
    if (came.empty()) return failure(ErrorCode::TimedOut, "no answers from the broker");
    for (const Completion& completion : came) {
      if (!completion.result) return tl::unexpected(completion.result.error());
    }
    return static_cast<std::uint32_t>(came.size());
  };
  return keep_busy(load, port);
}

}  // namespace steelyard::cli
