#include "hello/worker.hpp"

#include <chrono>
#include <cstdio>

#include <fmt/format.h>

#include "common/exit_status.hpp"
#include "common/pause.hpp"
#include "hello/greeting.hpp"
#include "steelyard/runtime/zmq/worker.hpp"

namespace hello {

int run_worker(const WorkerOptions& options, const std::stop_token& finish,
               const std::stop_token& end) {
  steelyard::Worker worker({.endpoint = options.broker});
  // What this function returns is the job's result; the text of what it throws is the job's error.
  auto served = worker.serve(kTask, [&](const steelyard::Work& work, steelyard::WorkerState&) {
    if (!example::pause(end, std::chrono::duration<double>(options.wait_s))) {
      throw steelyard::RetryableError("the worker was stopped at once");
    }
    return greet(work.payload);
  });
  const std::stop_callback stop(finish, [&worker] { worker.stop(); });
  const std::stop_callback stop_now(end, [&worker] { worker.stop_now(); });
  if (served) served = worker.run();
  if (served) return example::kDone;
  fmt::print(stderr, "hello worker: {}\n", describe(served.error()));
  return example::kWrongUsage;
}

}  // namespace hello
