#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "cli/choices.hpp"
#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/query.hpp"
#include "cli/seconds.hpp"
#include "cli/sizes.hpp"
#include "cli/stop_signals.hpp"
#include "commands.hpp"
#include "submit/hand_over.hpp"
#include "submit/job_source.hpp"
#include "submit/session.hpp"

namespace steelyard::cli {
namespace {

/// Lines that travel together when nothing is said: as many as are read at once, up to this.
constexpr std::uint32_t kUsualBatch = 1'024;

struct Options {
  BrokerAt broker;
  std::string queue;
  std::optional<std::string> payload;
  std::string file;
  std::string lines;
  std::uint32_t batch = 0;
  bool batch_unit = false;
  bool as_completed = false;
  bool json = false;
  bool no_wait = false;
  bool stream = false;
  bool fail_when_full = false;
  std::string durability = "memory";
  RemoteJobOptions job;

  [[nodiscard]] bool one_job() const { return lines.empty(); }
};

/// An error with the flag it came from in front.
tl::unexpected<Error> at_flag(std::string_view flag, const Error& error) {
  return failure(error.code, fmt::format("{}: {}", flag, error.context));
}

Result<std::unique_ptr<JobSource>> open_lines(const Options& options) {
  auto file = open_input(options.lines);
  if (!file) return at_flag("--lines", file.error());
  const std::size_t batch = options.batch > 0 ? options.batch : kUsualBatch;
  return std::make_unique<LineJobs>(std::move(*file), LineJobs::Options{batch, options.batch > 0});
}

Result<std::unique_ptr<JobSource>> open_source(const Options& options) {
  if (!options.one_job()) return open_lines(options);
  if (options.payload && *options.payload != "-") return std::make_unique<OneJob>(*options.payload);
  auto payload = read_input(options.payload ? "-" : options.file);
  if (!payload) return at_flag(options.payload ? "PAYLOAD" : "--file", payload.error());
  return std::make_unique<OneJob>(std::move(*payload));
}

/// A named user has a cap on queued jobs; handing in more at once would only be refused.
Result<Window::Limits> window_limits(const Options& options, Client& client) {
  Window::Limits limits;
  // One batch at least must fit, and a second one while the first is worked on.
  limits.jobs = std::max<std::uint64_t>(limits.jobs, std::uint64_t{2} * options.batch);
  if (options.job.user.empty() || options.one_job()) return limits;
  const auto answer =
      client.query("stats", std::chrono::milliseconds(options.broker.connect_timeout_ms));
  if (!answer) return tl::unexpected(answer.error());
  const auto stats = parse_report(*answer);
  if (!stats) return tl::unexpected(stats.error());
  const std::uint64_t cap = count_in(object_in(*stats, "limits"), "max_queued_jobs_per_user");
  if (cap > 0) limits.jobs = std::min(limits.jobs, cap);
  return limits;
}

SubmitSession::Options session_options(const Options& options, const Window::Limits& window) {
  using Form = Answers::Form;
  const Form plain = options.one_job() ? Form::Raw : Form::Lines;
  const bool end_line = options.one_job() && !options.json && output_is_terminal();
  return {.queue = options.queue,
          .job = options.job,
          .unit = options.batch_unit,
          .progress = (!options.one_job() || options.stream) && errors_are_terminal(),
          .answers = {options.json ? Form::Json : plain, !options.as_completed, end_line,
                      options.one_job()},
          .window = window};
}

/// How much of a job's partial results may be on its way.
constexpr std::uint64_t kStreamWindowBytes = 1 << 20;

/// What was typed, as the library takes it.
Options completed(Options options) {
  if (options.durability == "journal") options.job.durability = Durability::Journal;
  if (options.stream) options.job.stream_window_bytes = kStreamWindowBytes;
  return options;
}

int run(const Options& typed) {
  const Options options = completed(typed);
  StopSignals signals;
  auto source = open_source(options);
  if (!source) return give_up("submit", source.error());
  auto client = connect(options.broker, options.fail_when_full ? WhenFull::Fail : WhenFull::Block);
  if (!client) return give_up("submit", client.error());
  if (options.no_wait) {
    HandOver hand_over(options.queue, options.job, options.json);
    return hand_over.run(**client, **source, signals);
  }
  const auto window = window_limits(options, **client);
  if (!window) return give_up("submit", window.error());
  SubmitSession session(session_options(options, *window), std::move(*client), std::move(*source));
  return session.run(signals);
}

void check(const Options& options) {
  const int sources = static_cast<int>(options.payload.has_value()) +
                      static_cast<int>(!options.file.empty()) +
                      static_cast<int>(!options.lines.empty());
  if (sources == 0) {
    throw CLI::ValidationError(
        "no work given: add PAYLOAD, - for standard input, --file FILE, or --lines FILE");
  }
  if (sources > 1) {
    throw CLI::ValidationError("PAYLOAD, --file and --lines exclude each other");
  }
  for (const auto& [name, given] :
       {std::pair("--batch", options.batch > 0), std::pair("--batch-unit", options.batch_unit),
        std::pair("--as-completed", options.as_completed)}) {
    if (given && options.one_job()) throw CLI::ValidationError(name, "goes with --lines only");
  }
  if (options.job.state_bytes > 0 && options.job.state.empty()) {
    throw CLI::ValidationError("--state-size", "goes with --state only");
  }
  if (options.no_wait && (options.batch_unit || options.as_completed)) {
    throw CLI::ValidationError("--no-wait", "goes without --batch-unit and --as-completed");
  }
  if (options.stream && (options.no_wait || options.batch_unit)) {
    throw CLI::ValidationError("--stream", "goes without --no-wait and --batch-unit");
  }
  if (options.stream && !options.one_job() && !options.json) {
    throw CLI::ValidationError("--stream", "goes with --lines only together with --json");
  }
  if (!options.job.key.empty() && !options.one_job()) {
    throw CLI::ValidationError("--key", "is for one job, and goes without --lines");
  }
  const auto deadline = options.job.start_within;
  if (deadline.count() > 0 && deadline < options.job.delay) {
    throw CLI::ValidationError("--deadline", "ends before --delay does");
  }
  if (options.batch_unit && options.batch == 0) {
    throw CLI::ValidationError("--batch-unit", "say how many lines make a unit with --batch N");
  }
}

constexpr const char* kFooter =
    "Waits for the result and prints its bytes to standard output. With --lines every line is a "
    "job; results come in the order of the lines, one per line, and the line of a failed job is "
    "empty. What fails is told on standard error with its line number and with its id, by which "
    "the logs and steelyard quarantine name it. A file of any size may be given: it is read as "
    "results come. When the broker goes away, submit waits for it to come back and hands the "
    "unanswered jobs in again.\n"
    "\n"
    "With --no-wait the ids of the jobs are printed, once they are accepted; steelyard get prints "
    "their results later.\n"
    "\n"
    "A job handed in with --key is done once, however often it is handed in: the second time its "
    "result, or its id with --no-wait, is that of the first. Another job under the same key is "
    "refused. With --durability journal the job is on the broker's disk before it counts as "
    "accepted; the broker needs --journal for that. What the broker has no room for is handed in "
    "again for a minute, unless --fail-when-full.\n"
    "\n"
    "With --stream partial results are printed as they come, before the result, and progress is "
    "shown on standard error; with --json each is a line, an object with line and either partial "
    "(partial_base64), progress, restarted (what came before is void) or gap.\n"
    "\n"
    "With --json every answer is a line, an object with line and either result or error, code and "
    "id; a result that is not UTF-8 comes as result_base64.\n"
    "\n"
    "Ctrl+C gives up: what is queued is dropped. Exit status: 0 all done, 1 a job failed, 2 wrong "
    "usage, 3 no broker, 130 stopped.\n"
    "\n"
    "Examples:\n"
    "  steelyard submit demo 100000\n"
    "  steelyard submit ocr --file page.png --state german > page.txt\n"
    "  steelyard submit ask 'guten Tag' --state german --state-size 8GB --tag gpu\n"
    "  steelyard get $(steelyard submit demo 100000 --no-wait) --wait 60\n"
    "  seq 1 1000 | steelyard submit demo --lines -\n"
    "  steelyard submit mail --file letter --key letter-17 --durability journal\n"
    "  steelyard submit mail --file letter --delay 60 --deadline 90 --time-limit 2.5\n"
    "  steelyard submit chat 'tell me a story' --stream\n"
    "  steelyard submit demo --lines numbers.txt --batch 64 --as-completed --json";

void add_sources(CLI::App& flags, Options& options) {
  add_name(flags, {"QUEUE", "the queue that the work is for", options.queue})->required();
  flags.add_option("PAYLOAD", options.payload, "the work itself; - reads it from standard input")
      ->type_name("TEXT");
  flags.add_option("--file", options.file, "the bytes of this file are the work; - likewise")
      ->type_name("FILE");
  flags.add_option("--lines", options.lines, "every line of this file is a job; - likewise")
      ->type_name("FILE");
  add_number<std::uint32_t>(flags, {.name = "--batch",
                                    .description = "lines that travel as one message",
                                    .value = options.batch,
                                    .min = 1,
                                    .max = 100'000})
      ->default_str("as many as are read at once");
  flags.add_flag("--batch-unit", options.batch_unit,
                 "one worker takes a whole batch and answers it together; goes with --batch");
}

void add_delivery(CLI::App& flags, Options& options) {
  RemoteJobOptions& job = options.job;
  add_name(flags,
           {"--key", "hand it in once under this key, which is kept with its answer", job.key});
  flags
      .add_option(
          "--durability", options.durability,
          "what it outlives once it is accepted: memory (a lost connection) or journal (the "
          "end of the broker)")
      ->type_name("LEVEL")
      ->check(one_of({"memory", "journal"}))
      ->default_str(options.durability);
  constexpr double kTwoDays_s = 48 * 3600.0;
  add_seconds(flags, {.name = "--delay",
                      .description = "let it wait so many seconds before it is queued",
                      .value = job.delay,
                      .max = kTwoDays_s});
  add_seconds(flags, {.name = "--deadline",
                      .description = "drop it when it has not begun in so many seconds",
                      .value = job.start_within,
                      .min = 0.001});
  add_seconds(flags, {.name = "--time-limit",
                      .description = "stop it after so many seconds without progress",
                      .value = job.time_limit,
                      .min = 0.001});
  flags.add_flag("--fail-when-full", options.fail_when_full,
                 "do not hand in again what the broker has no room for");
  flags.add_flag("--stream", options.stream, "print partial results as they come, and progress");
}

void add_wishes(CLI::App& flags, Options& options) {
  add_name(flags, {"--state", "the state a worker needs to have loaded for it", options.job.state});
  add_size(flags, {"--state-size", "the state's size, so that it is only given where it has room",
                   options.job.state_bytes});
  add_names(flags, {"--tag", "only workers that carry this may do it; may be given again",
                    options.job.tags});
  add_name(flags, {"--user", "whose share of the workers it counts for", options.job.user});
  add_number<std::int32_t>(
      flags,
      {.name = "--priority", .description = "higher is sooner", .value = options.job.priority});
  add_delivery(flags, options);
  flags.add_flag("--as-completed", options.as_completed,
                 "print results as they come, not in the order of the lines");
  flags.add_flag("--no-wait", options.no_wait,
                 "print the jobs' ids instead of their results, which are kept for a while");
  flags.add_flag("--result-via-broker", options.job.result_via_broker,
                 "results do not come straight from the workers");
  flags.add_flag("--json", options.json, "print a JSON object per answer");
}

}  // namespace

void add_submit(CLI::App& program, Run& chosen) {
  const auto [flags, options] = add_command<Options>(
      program, {"submit", "Hand in work and print its result.", kFooter}, chosen, {run, check});
  add_sources(flags, options);
  add_wishes(flags, options);
  add_broker_and_timeout(flags, options.broker);
}

}  // namespace steelyard::cli
