#include "steelyard/runtime/zmq/worker.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/logging.hpp"
#include "cli/options.hpp"
#include "cli/seconds.hpp"
#include "cli/sizes.hpp"
#include "cli/stop_signals.hpp"
#include "cli/table.hpp"
#include "commands.hpp"
#include "steelyard/runtime/task/child_guard.hpp"
#include "worker/connection_log.hpp"
#include "worker/program_log.hpp"
#include "worker/work_command.hpp"

namespace steelyard::cli {
namespace {

constexpr std::chrono::milliseconds kEnding{2'000};

struct Options {
  BrokerAt broker;
  std::vector<std::string> queues;
  WorkCommand command;
  std::optional<std::uint32_t> states;
  RemoteWorkerOptions worker;
  LogOptions log;
};

std::string what_runs(std::uint32_t running) {
  if (running == 0) return "nothing is running";
  return fmt::format("waiting for {} (Ctrl+C again stops at once)",
                     counted(running, "running job", "running jobs"));
}

void stop_on(StopSignals& signals, Worker& worker, const std::shared_ptr<ChildGuard>& guard) {
  signals.watch({.first =
                     [&worker] {
                       log_event({LogLevel::Info, "stopping",
                                  "stopping: " + what_runs(worker.stats().running)});
                       worker.stop();
                     },
                 .second =
                     [&worker, guard] {
                       log_event({LogLevel::Warning, "stopping",
                                  "stopping at once; other workers get the jobs"});
                       worker.stop_now();
                       guard->kill_all();
                     }});
}

int serve(const Options& options, Worker& worker, ProgramLog& program,
          const std::string& endpoint) {
  Result<void> served;
  {
    const ConnectionLog log(worker, program, endpoint,
                            fmt::format("{}", fmt::join(options.queues, ", ")));
    served = worker.run();
  }
  if (!served) return give_up("worker", served.error());
  const Worker::Stats stats = worker.stats();
  log_event({LogLevel::Info, "stopped",
             fmt::format("stopped: {} finished, {} failed", counted(stats.finished, "job", "jobs"),
                         with_commas(stats.failed))});
  return kDone;
}

int run(const Options& options) {
  StopSignals signals;
  // Before any thread, while the program is small.
  const auto guard = ChildGuard::start();
  if (!guard) return give_up("worker", guard.error());
  start_log(options.log);
  const auto endpoint = endpoint_of(options.broker);
  if (!endpoint) return give_up("worker", endpoint.error());
  RemoteWorkerOptions worker_options = options.worker;
  worker_options.endpoint = *endpoint;
  // A process is ended after the grace time, and that takes a moment too.
  worker_options.cancel_grace = options.command.cancel_grace + kEnding;
  worker_options.max_states =
      options.states.value_or(usual_states(options.command, options.worker.slots));
  ProgramLog program;
  const auto task = make_task(options.command, {worker_options.slots, worker_options.max_states},
                              *guard, program);
  if (!task) return give_up("worker", task.error());

  Worker worker(worker_options);
  for (const std::string& queue : options.queues) {
    const auto added = worker.serve(queue, task->function, task->options);
    if (!added) return give_up("worker", added.error());
  }
  stop_on(signals, worker, *guard);
  const int status = serve(options, worker, program, *endpoint);
  signals.end();
  return status;
}

void check(const Options& options) {
  const WorkCommand& command = options.command;
  const int kinds = static_cast<int>(!command.exec.empty()) +
                    static_cast<int>(!command.lines.empty()) +
                    static_cast<int>(!command.builtin.empty());
  if (kinds == 0) {
    throw CLI::ValidationError("say how to do the jobs: --exec COMMAND or --lines COMMAND");
  }
  if (kinds > 1) throw CLI::ValidationError("--exec and --lines exclude each other");
  if (command.preload && command.lines.empty()) {
    throw CLI::ValidationError("--preload", "goes with --lines only");
  }
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
    "answer is one on its standard output, with id and either result or error. One that had to "
    "load the state says so with loaded_s (seconds), or load_failed (true) beside the error; "
    "state_bytes says how large it is. With more --states than --slots a process holds several and "
    "is told by {\"evict\":STATE} which to let go of, which it does not answer. With --preload it "
    "is also asked {\"load\":STATE,\"id\":ID} and answers with id and loaded_s or error.\n"
    "\n"
    "A worker with --state-memory takes only states that have room; one whose size nobody has said "
    "counts as large as all of it.\n"
    "\n"
    "A job that is cancelled, or is over its time limit, has its process end: --exec by SIGTERM, "
    "--lines by a line {\"cancel\":ID}. One that does not within --cancel-grace-s is killed.\n"
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
    "  steelyard worker --queue models --lines 'python3 serve.py' --priority-min 10\n"
    "  steelyard worker --queue models --lines ./serve --states 3 --state-memory 24GB\n"
    "  steelyard worker --queue films --exec ./render --cancel-grace-s 30";

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

void add_states(CLI::App& flags, Options& options) {
  add_names(flags,
            {"--tag", "a word that jobs may ask for; may be given again", options.worker.tags});
  flags
      .add_option_function<std::string>(
          "--states",
          [&options](const std::string& text) {
            std::uint32_t value = 1;
            options.states = read_number<std::uint32_t>(
                text,
                {.name = "--states", .description = {}, .value = value, .min = 1, .max = 1024});
          },
          "states held at once, such as models")
      ->type_name("N")
      ->default_str("64 with --exec, else 1 per slot");
  add_size(flags,
           {"--state-memory", "room for all states together; without, only their number counts",
            options.worker.state_memory_bytes});
  flags.add_flag("--preload", options.command.preload,
                 "the --lines process understands load lines, so that steelyard pin works");
}

}  // namespace

void add_worker(CLI::App& program, Run& chosen) {
  const auto [flags, options] = add_command<Options>(
      program, {"worker", "Run a worker, which does the jobs of some queues.", kFooter}, chosen,
      {run, check});
  add_names(flags, {"--queue", "a queue to take jobs from; may be given again", options.queues})
      ->required();
  flags.add_option("--exec", options.command.exec, "do each job with a process of its own")
      ->type_name("COMMAND");
  flags.add_option("--lines", options.command.lines, "do jobs with a process that lives on")
      ->type_name("COMMAND");
  add_profile(flags, options.worker);
  add_states(flags, options);
  add_seconds(flags, {.name = "--cancel-grace-s",
                      .description = "what a process has to end in when its job is to stop, before "
                                     "it is killed",
                      .value = options.command.cancel_grace,
                      .max = 3'600});
  add_broker(flags, options.broker);
  flags.add_option("--builtin", options.command.builtin)->group("");
  flags.add_option("--proc-stat", options.worker.machine_load_file)->group("");
  add_log(flags, options.log);
}

}  // namespace steelyard::cli
