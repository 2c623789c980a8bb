#include "fleet/run.hpp"

#include <cstdio>
#include <memory>
#include <stop_token>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "common/exit_status.hpp"
#include "common/local_broker.hpp"
#include "common/worker_processes.hpp"
#include "fleet/real/services.hpp"
#include "steelyard/runtime/task/temporary_folder.hpp"

namespace fleet {
namespace {

using example::LocalBroker;
using example::WorkerProcesses;
using steelyard::ChildGuard;
using steelyard::Result;
using steelyard::TemporaryFolder;

constexpr std::chrono::seconds kWorkerGrace{3};
constexpr std::chrono::seconds kStartPatience{60};  // many processes take a while to start

/// What the workers are told, and what they are then asked for.
struct Job {
  std::vector<std::string> worker_arguments;
  std::vector<Command> commands;
};

/// Devices that are only waited for: the generated files say for how long.
Result<Job> make_waiting_job(const RunOptions& options, const TemporaryFolder& folder) {
  const auto files = generate(folder.path(), options.files);
  if (!files) return tl::unexpected(files.error());
  auto commands = read_commands(files->commands);
  if (!commands) return tl::unexpected(commands.error());
  return Job{{"worker", files->responses.string()}, std::move(commands->commands)};
}

/// Commands of the three kinds in turn, for services that stand in for the devices.
Job make_real_job(const RunOptions& options, const LoopbackServices& services) {
  Job job{{"worker", "--real", "--http-port", std::to_string(services.http_port()), "--dns-port",
           std::to_string(services.dns_port()), "--timeout",
           std::to_string(options.checks.timeout.count())},
          {}};
  for (std::size_t i = 0; i < options.files.commands; ++i) {
    const std::vector<std::string> kinds = {fmt::format("tcp-check {}", services.greeting_port()),
                                            fmt::format("http-get /device/{}", i),
                                            fmt::format("dns device-{}.example", i)};
    job.commands.push_back({"127.0.0.1", kinds[i % kinds.size()]});
  }
  return job;
}

/// Why there is no use in waiting any longer; empty while there is.
std::string reason_to_give_up(WorkerProcesses& workers, const example::StopSignals& signals) {
  for (const std::string& end : workers.collect_ended()) {
    fmt::print(stderr, "fleet run: a worker ended: {}; {} are left\n", end, workers.running());
  }
  if (signals.first().stop_requested()) return "interrupted";
  return workers.running() == 0 ? "no worker is left" : "";
}

Result<int> serve(RunOptions& options, Job job, const std::shared_ptr<ChildGuard>& guard,
                  const example::StopSignals& signals) {
  const auto broker = LocalBroker::start(options.strategy);
  if (!broker) return tl::unexpected(broker.error());
  options.client.broker = (*broker)->endpoint();
  options.client.wait_workers = options.workers;
  options.client.patience = kStartPatience;

  WorkerProcesses workers(guard);
  auto& words = job.worker_arguments;
  words.insert(words.end(),
               {"--broker", options.client.broker, "--slots", std::to_string(options.slots)});
  const auto started = workers.start(options.workers, words);
  if (!started) return tl::unexpected(started.error());
  const int status = run_commands(options.client, job.commands, 0,
                                  [&] { return reason_to_give_up(workers, signals); });
  workers.stop(kWorkerGrace);
  return signals.first().stop_requested() ? example::kInterrupted : status;
}

Result<int> prepare_and_serve(RunOptions& options, const example::StopSignals& signals) {
  const auto guard = ChildGuard::start();  // first, while this process is small
  if (!guard) return tl::unexpected(guard.error());
  const std::stop_callback stop_now(signals.second(), [&] { (*guard)->kill_all(); });
  if (options.real) {
    const auto services = LoopbackServices::start();
    if (!services) return tl::unexpected(services.error());
    return serve(options, make_real_job(options, **services), *guard, signals);
  }
  const auto folder = TemporaryFolder::make("steelyard-fleet");
  if (!folder) return tl::unexpected(folder.error());
  auto job = make_waiting_job(options, **folder);
  if (!job) return tl::unexpected(job.error());
  return serve(options, std::move(*job), *guard, signals);
}

}  // namespace

int run_everything(RunOptions options, const example::StopSignals& signals) {
  const auto status = prepare_and_serve(options, signals);
  if (status) return *status;
  fmt::print(stderr, "fleet run: {}\n", describe(status.error()));
  return example::kWrongUsage;
}

}  // namespace fleet
