#include "fleet/worker.hpp"

#include <cstdio>
#include <stdexcept>
#include <stop_token>
#include <utility>

#include <fmt/format.h>

#include "common/exit_status.hpp"
#include "common/pause.hpp"
#include "fleet/answer.hpp"
#include "fleet/command.hpp"
#include "fleet/report.hpp"
#include "steelyard/runtime/zmq/worker.hpp"

namespace fleet {
namespace {

/// Waits as the remote device would let us wait, and answers for it.
Answer answer_from(const ResponseMap& responses, const Command& command,
                   const std::stop_token& stop) {
  const auto found = responses.find(command);
  if (found == responses.end()) {
    throw std::runtime_error(fmt::format("no response for {} in the map", to_text(command)));
  }
  const Response& response = found->second;
  if (!example::pause(stop, std::chrono::duration<double>(response.wait_s))) {
    throw steelyard::RetryableError("the worker was stopped at once");
  }
  return {response.value, response.wait_s};
}

/// A task for `Worker::serve`: what a work function throws, its requester gets as an error.
template <class AnswerOne>
steelyard::TaskFunction task_from(AnswerOne answer_one) {
  return
      [answer_one = std::move(answer_one)](const steelyard::Work& work, steelyard::WorkerState&) {
        const auto command = parse_command(work.payload);
        if (!command) throw std::runtime_error(describe(command.error()));
        return to_text(answer_one(*command));
      };
}

int serve(const WorkerOptions& options, steelyard::TaskFunction task,
          const example::StopSignals& signals) {
  steelyard::Worker worker({.endpoint = options.broker, .slots = options.slots});
  // Devices are waited for side by side; the commands share nothing that they change.
  auto served = worker.serve(kQueue, std::move(task), {.concurrent = true});
  const std::stop_callback stop(signals.first(), [&worker] { worker.stop(); });
  const std::stop_callback stop_now(signals.second(), [&worker] { worker.stop_now(); });
  if (served) served = worker.run();
  if (served) return example::kDone;
  fmt::print(stderr, "fleet worker: {}\n", describe(served.error()));
  return example::kWrongUsage;
}

}  // namespace

int run_mapped_worker(const WorkerOptions& options, const std::filesystem::path& map,
                      const example::StopSignals& signals) {
  const auto file = read_responses(map);
  if (!file) {
    fmt::print(stderr, "fleet worker: {}\n", file.error().context);
    return example::kWrongUsage;
  }
  print_malformed(map, file->malformed);
  const auto answer = [&responses = file->responses, stop = signals.second()](
                          const Command& command) { return answer_from(responses, command, stop); };
  return serve(options, task_from(answer), signals);
}

int run_real_worker(const WorkerOptions& options, const CheckOptions& checks,
                    const example::StopSignals& signals) {
  const auto answer = [&checks](const Command& command) { return check(command, checks); };
  return serve(options, task_from(answer), signals);
}

}  // namespace fleet
