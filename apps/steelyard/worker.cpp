#include "steelyard/runtime/zmq/worker.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "builtin_tasks.hpp"
#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/logging.hpp"
#include "cli/options.hpp"
#include "cli/stop_signals.hpp"
#include "cli/table.hpp"
#include "commands.hpp"
#include "steelyard/runtime/task/child_guard.hpp"
#include "steelyard/runtime/task/command_line.hpp"
#include "steelyard/runtime/task/exec_task.hpp"
#include "steelyard/runtime/task/lines_task.hpp"

namespace steelyard::cli {
namespace {

struct Options {
  BrokerAt broker;
  std::vector<std::string> queues;
  std::string exec;
  std::string lines;
  std::string builtin;
  RemoteWorkerOptions worker;
  bool log_to_output = false;
};

/// Whether the command's program can be found and executed now.
bool can_be_found(const std::string& program) {
  if (program.find('/') != std::string::npos) return ::access(program.c_str(), X_OK) == 0;
  const char* path = std::getenv("PATH");  // NOLINT: nobody changes the environment
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    const std::string folder = colon == 0 ? "." : std::string(rest.substr(0, colon));
    if (::access((folder + "/" + program).c_str(), X_OK) == 0) return true;
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  return false;
}

Result<CommandLine> parse_command(std::string_view flag, const std::string& text) {
  auto command = CommandLine::parse(text);
  if (!command) {
    return failure(command.error().code, fmt::format("{}: {}", flag, command.error().context));
  }
  const std::string& program = command->words().front();
  if (program.find("{state}") == std::string::npos && !can_be_found(program)) {
    spdlog::warn("'{}' is not there or may not be executed; jobs will fail until it is", program);
  }
  return command;
}

/// What the flags say the jobs are to be done with.
Result<TaskFunction> make_task(const Options& options, const std::shared_ptr<ChildGuard>& guard) {
  if (!options.builtin.empty()) return builtin_task(options.builtin);
  const bool per_job = !options.exec.empty();
  auto command =
      per_job ? parse_command("--exec", options.exec) : parse_command("--lines", options.lines);
  if (!command) return tl::unexpected(command.error());
  if (per_job) return exec_task({.command = std::move(*command), .guard = guard});
  return lines_task({.command = std::move(*command),
                     .guard = guard,
                     .processes = std::size_t{options.worker.slots}});
}

/// Says when the broker is found, lost and found again, by looking every now and then.
class ConnectionLog {
 public:
  ConnectionLog(const Worker& worker, std::string endpoint, std::string queues)
      : worker_(worker),
        endpoint_(std::move(endpoint)),
        queues_(std::move(queues)),
        thread_([this](const std::stop_token& stop) { watch(stop); }) {}

 private:
  static constexpr std::chrono::milliseconds kLookEvery{20};
  static constexpr std::chrono::seconds kPatience{2};

  void watch(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      look();
      ended_.wait_for(lock, stop, kLookEvery, [] { return false; });
    }
  }

  void look() {
    const bool connected = worker_.stats().connected;
    const auto now = std::chrono::steady_clock::now();
    if (connected && !connected_) {
      spdlog::info("ready: serving {} for the broker at {}", queues_, endpoint_);
      missed_ = false;
    } else if (!connected && connected_) {
      spdlog::warn("lost the broker at {}; looking for it", endpoint_);
      missed_ = true;
    } else if (!connected && !missed_ && now - began_ > kPatience) {
      spdlog::warn("no broker at {} yet; waiting for it (start one with `steelyard broker`)",
                   endpoint_);
      missed_ = true;
    }
    connected_ = connected;
  }

  const Worker& worker_;
  const std::string endpoint_;
  const std::string queues_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  bool connected_ = false;
  bool missed_ = false;  // said already
  std::mutex mutex_;
  std::condition_variable_any ended_;
  std::jthread thread_;  // last: it uses everything above
};

std::string what_runs(std::uint32_t running) {
  if (running == 0) return "nothing is running";
  return fmt::format("waiting for {} (Ctrl+C again stops at once)",
                     counted(running, "running job", "running jobs"));
}

void stop_on(StopSignals& signals, Worker& worker, const std::shared_ptr<ChildGuard>& guard) {
  signals.watch({.first =
                     [&worker] {
                       spdlog::info("stopping: {}", what_runs(worker.stats().running));
                       worker.stop();
                     },
                 .second =
                     [&worker, guard] {
                       spdlog::warn("stopping at once; other workers get the jobs");
                       worker.stop_now();
                       guard->kill_all();
                     }});
}

int serve(const Options& options, Worker& worker, const std::string& endpoint) {
  Result<void> served;
  {
    const ConnectionLog log(worker, endpoint, fmt::format("{}", fmt::join(options.queues, ", ")));
    served = worker.run();
  }
  if (!served) return give_up("worker", served.error());
  const Worker::Stats stats = worker.stats();
  spdlog::info("stopped: {} finished, {} failed", counted(stats.finished, "job", "jobs"),
               with_commas(stats.failed));
  return kDone;
}

int run(const Options& options) {
  StopSignals signals;
  // Before any thread, while the program is small.
  const auto guard = ChildGuard::start();
  if (!guard) return give_up("worker", guard.error());
  start_log(options.log_to_output);
  const auto endpoint = endpoint_of(options.broker);
  if (!endpoint) return give_up("worker", endpoint.error());
  const auto task = make_task(options, *guard);
  if (!task) return give_up("worker", task.error());

  RemoteWorkerOptions worker_options = options.worker;
  worker_options.endpoint = *endpoint;
  Worker worker(worker_options);
  for (const std::string& queue : options.queues) {
    const bool concurrent = options.worker.slots > 1;
    const auto added = worker.serve(queue, *task, {.concurrent = concurrent});
    if (!added) return give_up("worker", added.error());
  }
  stop_on(signals, worker, *guard);
  const int status = serve(options, worker, *endpoint);
  signals.end();
  return status;
}

void check(const Options& options) {
  const int kinds = static_cast<int>(!options.exec.empty()) +
                    static_cast<int>(!options.lines.empty()) +
                    static_cast<int>(!options.builtin.empty());
  if (kinds == 0) {
    throw CLI::ValidationError("say how to do the jobs: --exec COMMAND or --lines COMMAND");
  }
  if (kinds > 1) throw CLI::ValidationError("--exec and --lines exclude each other");
  if (options.worker.priority_min > options.worker.priority_max) {
    throw CLI::ValidationError(
        "--priority-min", fmt::format("{} is above --priority-max {}", options.worker.priority_min,
                                      options.worker.priority_max));
  }
}

constexpr const char* kFooter =
    "With --exec a process is started for each job: the payload is its standard input, its "
    "standard output is the result; an exit status other than 0 makes the job fail with the end "
    "of standard error as its text. {state} in the command stands for the job's state; "
    "STEELYARD_JOB_ID, _STATE, _ATTEMPT and _USER are in its environment.\n"
    "\n"
    "With --lines a process lives on and keeps what it has loaded; with --slots N there are N of "
    "them. A job is one JSON line on its standard input, with id, state, payload and attempt; the "
    "answer is one on its standard output, with id and either result or error.\n"
    "\n"
    "Neither is run by a shell: give sh -c '...' if you want one. A child does not outlive its "
    "worker, nor does what it starts, unless that leaves for a session of its own (setsid). "
    "The broker may be started later, or again.\n"
    "\n"
    "Ctrl+C (SIGINT) or SIGTERM: takes no more jobs and finishes what it has. A second one kills "
    "the children; other workers get the jobs.\n"
    "\n"
    "Examples:\n"
    "  steelyard worker --queue upper --exec 'tr a-z A-Z'\n"
    "  steelyard worker --queue ocr --exec 'tesseract - - -l {state}' --slots 4\n"
    "  steelyard worker --queue models --lines 'python3 serve.py' --priority-min 10";

void add_queues(CLI::App& flags, std::vector<std::string>& queues) {
  flags
      .add_option_function<std::vector<std::string>>(
          "--queue",
          [&queues](const std::vector<std::string>& names) {
            for (const std::string& name : names) check_name("--queue", name);
            queues = names;
          },
          "a queue to take jobs from; may be given again")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->required();
}

void add_profile(CLI::App& flags, RemoteWorkerOptions& worker) {
  add_number<std::uint32_t>(flags, {.name = "--slots",
                                    .description = "jobs run at once",
                                    .value = worker.slots,
                                    .min = 1,
                                    .max = 1024});
  add_number<double>(flags, {.name = "--weight",
                             .description = "how powerful it is beside other workers",
                             .value = worker.weight,
                             .min = 0.001,
                             .max = 1e6});
  add_number<std::int32_t>(flags, {.name = "--priority-min",
                                   .description = "take only jobs with at least this priority",
                                   .value = worker.priority_min})
      ->default_str("none");
  add_number<std::int32_t>(flags, {.name = "--priority-max",
                                   .description = "take only jobs with at most this priority",
                                   .value = worker.priority_max})
      ->default_str("none");
  flags.add_option("--name", worker.name, "what it is called in lists")
      ->type_name("TEXT")
      ->default_str("HOST-PROCESS");
}

}  // namespace

void add_worker(CLI::App& program, Run& chosen) {
  const auto [flags, options] = add_command<Options>(
      program, {"worker", "Run a worker, which does the jobs of some queues.", kFooter}, chosen,
      {run, check});
  add_queues(flags, options.queues);
  flags.add_option("--exec", options.exec, "do each job with a process of its own")
      ->type_name("COMMAND");
  flags.add_option("--lines", options.lines, "do jobs with a process that lives on")
      ->type_name("COMMAND");
  add_profile(flags, options.worker);
  add_broker(flags, options.broker);
  flags.add_option("--builtin", options.builtin)->group("");
  flags.add_flag("--log-to-output", options.log_to_output)->group("");
}

}  // namespace steelyard::cli
