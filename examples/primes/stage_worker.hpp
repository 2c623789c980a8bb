#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

#include "steelyard/runtime/zmq/context.hpp"
#include "steelyard/runtime/zmq/worker.hpp"

namespace primes {

struct StageOptions {
  std::string broker = steelyard::kDefaultEndpoint;
  std::string stage;                              ///< kParseQueue or kComputeQueue
  std::uint32_t workers = 1;                      ///< threads
  std::shared_ptr<steelyard::Context> context{};  ///< needed for `inproc://`
};

/// A worker that does one stage. Errors of `serve`: none for the two stages.
[[nodiscard]] std::unique_ptr<steelyard::Worker> make_stage(const StageOptions& options);

/// Serves a stage at a broker until `finish`, then does what it has in hand; at `end` it gives that
/// back as well. Returns the program's exit status.
[[nodiscard]] int run_stage(const StageOptions& options, const std::stop_token& finish,
                            const std::stop_token& end);

/// A stage on a thread of this program.
class LocalStage {
 public:
  explicit LocalStage(const StageOptions& options);
  ~LocalStage() { worker_->stop_now(); }
  LocalStage(const LocalStage&) = delete;
  LocalStage& operator=(const LocalStage&) = delete;

 private:
  std::unique_ptr<steelyard::Worker> worker_;
  std::jthread thread_;
};

}  // namespace primes
