#include "primes/stage_worker.hpp"

#include <cstdio>

#include <fmt/format.h>

#include "common/exit_status.hpp"
#include "primes/stages.hpp"
#include "steelyard/base/assert.hpp"

namespace primes {

using namespace steelyard;

std::unique_ptr<Worker> make_stage(const StageOptions& options) {
  RemoteWorkerOptions worker_options;
  worker_options.endpoint = options.broker;
  worker_options.name = options.stage;
  worker_options.slots = options.workers;
  worker_options.context = options.context;
  auto worker = std::make_unique<Worker>(std::move(worker_options));
  const TaskFunction task =
      options.stage == kParseQueue ? TaskFunction(parse) : TaskFunction(compute);
  // Neither keeps a state, so that all threads may run it at once.
  const auto served = worker->serve(options.stage, task, {.concurrent = true});
  STEELYARD_ASSERT(served.has_value());
  return worker;
}

int run_stage(const StageOptions& options, const std::stop_token& finish,
              const std::stop_token& end) {
  const std::unique_ptr<Worker> worker = make_stage(options);
  const std::stop_callback stop(finish, [&worker] { worker->stop(); });
  const std::stop_callback stop_now(end, [&worker] { worker->stop_now(); });
  const auto served = worker->run();
  if (served) return example::kDone;
  fmt::print(stderr, "primes: {}\n", describe(served.error()));
  return example::kWrongUsage;
}

LocalStage::LocalStage(const StageOptions& options)
    : worker_(make_stage(options)), thread_([this] {
        if (const auto served = worker_->run(); !served) {
          fmt::print(stderr, "primes: {}\n", describe(served.error()));
        }
      }) {}

}  // namespace primes
