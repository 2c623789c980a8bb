#include "steelyard/monitor/explain.hpp"

#include <string>

#include <fmt/format.h>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/query.hpp"
#include "commands.hpp"
#include "explain/job_text.hpp"
#include "explain/worker_text.hpp"
#include "steelyard/runtime/zmq/job_id.hpp"

namespace steelyard::cli {
namespace {

namespace json = boost::json;

struct Options {
  BrokerAt broker;
  std::string job;
  std::string worker;
  std::uint32_t last = monitor::kUsualDecisions;
  bool json = false;
};

std::string question(const Options& options) {
  if (!options.job.empty()) return "explain/job/" + options.job;
  return fmt::format("explain/worker/?last={}/{}", options.last, options.worker);
}

int run(const Options& options) {
  const auto answer = ask(options.broker, question(options));
  if (!answer) {
    // What was asked for is not there: that is no wrong usage.
    const bool is_unknown = answer.error().code == ErrorCode::InvalidArgument;
    const int status = give_up("explain", answer.error());
    return is_unknown ? kFailed : status;
  }
  if (options.json) return print(*answer + "\n");
  const auto told = parse_report(*answer);
  if (!told) return give_up("explain", told.error());
  return print(options.job.empty() ? worker_text(*told) : job_text(*told));
}

void check(const Options& options) {
  if (!options.job.empty() && !options.worker.empty()) {
    throw CLI::ValidationError("a job and --worker exclude each other");
  }
  if (options.job.empty() && options.worker.empty()) {
    throw CLI::ValidationError("say what to explain: the id of a job, or --worker NAME");
  }
}

}  // namespace

void add_explain(CLI::App& program, Run& chosen) {
  const auto [flags, options] = add_command<Options>(
      program,
      {"explain", "Say why a job waits, or why it was given where it was.",
       "Of a job that waits: what is before it, which workers may run it or why none may, who "
       "holds the state that it needs, and when it is expected to begin. That is an estimate: "
       "nobody knows what others will hand in meanwhile. Of a job that was given to a worker: to "
       "which one, and why.\n"
       "\n"
       "The broker keeps its last 10,000 decisions. Exit status: 0, or 1 when there is no such "
       "job or worker.\n"
       "\n"
       "Examples:\n"
       "  steelyard explain 0123456789abcdef-42\n"
       "  steelyard explain --worker w1\n"
       "  steelyard explain --worker w1 --last 100 --json | jq .rows[0].decisions"},
      chosen, {run, check});
  flags.add_option("JOB", options.job, "the id of a job, as submit --no-wait and ls jobs print it")
      ->type_name("")
      ->check([](const std::string& text) -> std::string {
        const auto id = JobId::parse(text);
        return id ? std::string() : id.error().context;
      });
  flags.add_option("--worker", options.worker, "explain what was given to the worker of this name")
      ->type_name("NAME");
  add_number<std::uint32_t>(flags, {.name = "--last",
                                    .description = "so many of the worker's decisions",
                                    .value = options.last,
                                    .min = 1,
                                    .max = monitor::kMaxDecisions});
  add_broker_and_timeout(flags, options.broker);
  flags.add_flag("--json", options.json, "print the broker's own JSON instead of sentences");
}

}  // namespace steelyard::cli
