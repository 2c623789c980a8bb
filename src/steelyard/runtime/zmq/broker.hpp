#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "steelyard/base/result.hpp"
#include "steelyard/core/options.hpp"
#include "steelyard/core/strategy_faults.hpp"
#include "steelyard/runtime/zmq/context.hpp"
#include "steelyard/runtime/zmq/happening.hpp"
#include "steelyard/strategy/registry.hpp"
#include "steelyard/trace/recorder.hpp"

namespace steelyard {

/// The largest payload that a broker can be made to take: what parts of messages and records of the
/// journal have room for.
inline constexpr std::uint64_t kMostPayload_bytes = 480ULL << 20;

struct BrokerOptions {
  /// `tcp://ADDRESS:PORT` (port 0: a free one), `ipc://PATH`, `inproc://NAME`.
  std::vector<std::string> listen = {kDefaultEndpoint};
  bool insecure = false;  ///< allow addresses beyond loopback; nothing is encrypted yet
  std::string strategy{strategy::kDefaultStrategy};  ///< NAME[:parameter=number,…]
  core::Options limits{.max_unstarted_work = std::chrono::milliseconds(2)};
  std::uint64_t max_payload_bytes = 64ULL
                                    << 20;    ///< one payload or result; at most kMostPayload_bytes
  std::uint64_t max_kept_bytes = 4ULL << 30;  ///< payloads and results kept for all jobs
  std::uint32_t max_names = 1'000'000;        ///< queues, states, users and tags, each
  /// What a user's share counts beside others', of which each has 1; finite and above 0.
  std::vector<std::pair<std::string, double>> user_weights{};
  /// Where jobs that ask for it are written before they are acknowledged; it outlives the broker,
  /// and the next one goes on with it. Empty: such jobs are refused (NotJournalled).
  std::string journal_file{};
  /// Told by `open` how many jobs the journal brought back, and how long that took.
  std::function<void(std::uint64_t jobs, std::chrono::milliseconds took)> recovered{};
  /// Opens what everything that the scheduler does is written into, what it is given by the journal
  /// included, see trace::Recorder; null: nothing is. Called by `open`, last of all without a
  /// journal, otherwise when that was opened and before it is read.
  std::function<Result<std::shared_ptr<trace::Sink>>()> recording{};
  std::shared_ptr<Context> context{};  ///< needed for `inproc://`; empty: one of its own
  /// Told by the thread that runs the broker, at most once a second, when the strategy has done
  /// more wrong: all that it did until then. Must not block; empty: nobody is told.
  std::function<void(const core::StrategyFaults&)> strategy_was_wrong{};
  /// Told by the thread that runs the broker what happens that an operator may act on; of each kind
  /// at most EventGate::kMaxEvents in EventGate::kPeriod, then how many were left out. Must not
  /// block; empty: nobody is told.
  std::function<void(const Happening&)> happened{};
};

/// Takes jobs from clients and gives each to the worker that should do it.
///
/// Thread safety: `run` once, from one thread, which is the broker's; `stop` and `stop_now` from
/// any thread and from signal handlers.
class Broker {
 public:
  /// Makes a broker that listens on every endpoint.
  /// Errors: InvalidArgument for an unknown strategy, a malformed endpoint, a weight out of range,
  /// or an address beyond loopback without `insecure`; InvalidName for a user's; SystemError when
  /// an address cannot be bound; those of store::open_log, and TooManyNames, for a journal that
  /// cannot be used; those of `recording`. The journal is read before anything is listened to.
  [[nodiscard]] static Result<std::unique_ptr<Broker>> open(
      const BrokerOptions& options, const strategy::Registry& strategies = {});
  ~Broker();
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  /// Serves until it is stopped.
  void run();

  /// Stops: accepts nothing more, answers what is queued as not done (Stopped), waits up to
  /// `kStopGrace` for what runs and for its answers to be received; then `run` returns. What is in
  /// the journal stays there for the next run.
  void stop();
  /// `run` returns at once.
  void stop_now();

  /// The endpoints listened on, with the ports that were chosen.
  [[nodiscard]] const std::vector<std::string>& endpoints() const;

  static constexpr std::chrono::seconds kStopGrace{10};

 private:
  class Engine;
  explicit Broker(std::unique_ptr<Engine> engine);
  std::unique_ptr<Engine> engine_;
};

}  // namespace steelyard
