#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/choices.hpp"
#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/options.hpp"
#include "commands.hpp"
#include "measure/broker_bench.hpp"
#include "measure/decide_bench.hpp"
#include "measure/head_of_line.hpp"
#include "measure/http_bench.hpp"
#include "measure/http_parts.hpp"
#include "measure/inproc_command.hpp"
#include "measure/journal_bench.hpp"
#include "measure/load.hpp"
#include "measure/memory_bench.hpp"
#include "measure/proxy_parts.hpp"
#include "measure/snapshot_bench.hpp"

namespace steelyard::cli {
namespace {

/// A flag with several numbers, separated by commas.
struct NumbersFlag {
  std::string name;
  std::string description;
  std::vector<std::uint32_t>& values;
  std::uint32_t max;
};

std::vector<std::uint32_t> read_numbers(const NumbersFlag& flag, const std::string& text) {
  std::uint32_t number = 0;
  const NumberFlag<std::uint32_t> each{flag.name, "", number, 1, flag.max};
  std::vector<std::uint32_t> numbers;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t comma = std::min(text.find(',', start), text.size());
    numbers.push_back(read_number(text.substr(start, comma - start), each));
    start = comma + 1;
  }
  return numbers;
}

void add_numbers(CLI::App& flags, const NumbersFlag& flag) {
  flags
      .add_option_function<std::string>(
          flag.name, [flag](const std::string& text) { flag.values = read_numbers(flag, text); },
          flag.description)
      ->type_name("N,...")
      ->default_str(fmt::format("{}", fmt::join(flag.values, ",")));
}

void add_payload_bytes(CLI::App& flags, std::uint32_t& value) {
  add_number<std::uint32_t>(flags, {.name = "--payload-bytes",
                                    .description = "size of a job's payload",
                                    .value = value,
                                    .max = 16U << 20});
}

void add_broker_bench(CLI::App& bench, Run& chosen) {
  const auto [flags, options] = add_command<BrokerBench>(
      bench,
      {"broker", "Jobs per second, beside a bare zmq_proxy.",
       "Client, broker and worker are processes on this machine that talk over TCP; beside them "
       "a client and a worker with a zmq_proxy between them, one message per job, measured in "
       "turns. RATIO is the median of the turns' ratios. Several numbers in a flag mean a "
       "measurement for each.\n"
       "\n"
       "Examples:\n"
       "  steelyard bench broker\n"
       "  steelyard bench broker --workers 4 --results both\n"
       "  steelyard bench broker --outstanding 1 --rounds 9 --json\n"
       "  steelyard bench broker --full --rounds 3"},
      chosen, {run_broker_bench});
  add_numbers(flags, {"--outstanding", "jobs on their way at once", options.outstanding, 100'000});
  add_numbers(flags, {"--payload-bytes", "sizes of a job's payload and of its result",
                      options.payload_bytes, 16U << 20});
  add_numbers(flags, {"--workers", "worker processes on each side", options.workers, 64});
  flags
      .add_option_function<std::string>(
          "--results",
          [&options = options](const std::string& text) {
            options.direct = text != "broker";
            options.via_broker = text != "direct";
          },
          "how results come: direct, broker, or both")
      ->type_name("WAY")
      ->check(one_of({"direct", "broker", "both"}))
      ->default_str("direct");
  flags.add_flag_callback(
      "--full",
      [&options = options] {
        options.payload_bytes = {64, 4096, 1'000'000};
        options.outstanding = {1, 64, 1024};
        options.workers = {1, 4, 16};
        options.via_broker = true;
      },
      "everything: 64 B, 4 kB and 1 MB, 1 to 16 workers, both ways; takes long");
  add_number<std::uint32_t>(
      flags, {"--slots", "jobs a steelyard worker has at once", options.slots, 1, 1024});
  add_number<std::uint32_t>(
      flags, {"--rounds", "how often both sides are measured", options.rounds, 1, 1000});
  add_number<double>(flags, {"--seconds-per-round", "how long each side is measured each time",
                             options.seconds_per_round, 0.01, 3600});
  flags.add_flag("--json", options.json, "print JSON instead of a table");
}

void add_head_of_line(CLI::App& bench, Run& chosen) {
  const auto [flags, options] = add_command<HeadOfLine>(
      bench,
      {"head-of-line", "How long short jobs take beside a long one.",
       "Short jobs come at a steady rate to one-slot workers, first alone, then with a long job "
       "in the midst. A delay counts from when the job was due to be handed in. The broker and "
       "the workers have the credit that they have by default.\n"
       "\n"
       "Examples:\n"
       "  steelyard bench head-of-line\n"
       "  steelyard bench head-of-line --long-ms 5000 --seconds 10 --json"},
      chosen, {run_head_of_line});
  add_number<std::uint32_t>(flags, {"--workers", "worker processes", options.workers, 1, 64});
  add_number<std::uint32_t>(
      flags, {"--short-ms", "how long a short job takes", options.short_ms, 0, 10'000});
  add_number<std::uint32_t>(
      flags, {"--long-ms", "how long the long job takes", options.long_ms, 0, 10'000});
  add_number<std::uint32_t>(
      flags, {"--jobs-per-s", "short jobs per second", options.jobs_per_s, 1, 100'000});
  add_number<double>(flags,
                     {"--seconds", "how long each stream lasts", options.seconds, 0.1, 3600});
  flags.add_flag("--json", options.json, "print JSON instead of a table");
}

void add_decide_bench(CLI::App& bench, Run& chosen) {
  const auto [flags, options] = add_command<DecideBench>(
      bench,
      {"decide", "Nanoseconds of a decision, for each strategy.",
       "A scheduler in virtual time, with jobs of many states and users, and workers in pools of "
       "which each serves a queue; whenever a job ends a new one comes. Several numbers in a flag "
       "mean a measurement for each.\n"
       "\n"
       "Examples:\n"
       "  steelyard bench decide\n"
       "  steelyard bench decide --strategy amortised --queued 1000,100000,1000000\n"
       "  steelyard bench decide --full --json"},
      chosen, {run_decide_bench});
  flags.add_option("--strategy", options.strategies, "which; may be given again")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->default_str("all");
  add_numbers(flags, {"--queued", "queued jobs", options.queued, 4'000'000});
  add_numbers(flags, {"--states", "different states", options.states, 100'000});
  add_numbers(flags, {"--workers", "workers", options.workers, 10'000});
  add_number<std::uint32_t>(flags, {"--pools", "pools of workers", options.pools, 1, 64});
  add_number<std::uint32_t>(flags, {"--users", "users", options.users, 1, 100'000});
  add_number<double>(flags,
                     {"--seconds", "how long each is measured", options.seconds, 0.01, 3600});
  flags.add_flag_callback(
      "--full",
      [&options = options] {
        options.queued = {1'000, 100'000, 1'000'000};
        options.states = {10, 1'000, 10'000};
        options.workers = {1, 100, 10'000};
      },
      "1 k, 100 k and 1 M queued jobs, 10 to 10 k states, 1 to 10 k workers; takes long");
  flags.add_flag("--json", options.json, "print JSON instead of a table");
}

void add_snapshot_bench(CLI::App& bench, Run& chosen) {
  const auto [flags, options] = add_command<SnapshotBench>(
      bench,
      {"snapshot", "What a look at everything takes of a broker's time.",
       "A scheduler with all its workers busy, of which snapshots are made, as for the monitor "
       "page, `top` and /metrics: a slice at a time, with the broker's other work in between. The "
       "figures are those of the median snapshot, in time of the processor.\n"
       "\n"
       "Examples:\n"
       "  steelyard bench snapshot\n"
       "  steelyard bench snapshot --workers 10000 --queues 10000 --json"},
      chosen, {run_snapshot_bench});
  add_number<std::uint32_t>(flags, {"--workers", "workers", options.workers, 1, 10'000});
  add_number<std::uint32_t>(flags, {"--queues", "queues", options.queues, 1, 10'000});
  add_number<std::uint32_t>(flags, {"--queued", "queued jobs", options.queued, 0, 4'000'000});
  add_number<std::uint32_t>(flags, {"--users", "users", options.users, 1, 100'000});
  add_number<std::uint32_t>(flags, {"--states", "different states", options.states, 1, 100'000});
  add_number<std::uint32_t>(flags, {"--rounds", "snapshots", options.rounds, 1, 10'000});
  flags.add_flag("--json", options.json, "print JSON instead of a table");
}

void add_journal_bench(CLI::App& bench, Run& chosen) {
  const auto [flags, options] = add_command<JournalBench>(
      bench,
      {"journal", "Records per second that a journal takes, each batch safe.",
       "A journal in a folder of its own, from which jobs go as fast as they come, beside what the "
       "disk itself can do, measured in turns; then a broker with one, beside the same without; "
       "then how long it takes to read a journal of many jobs. Several numbers in a flag mean a "
       "measurement for each.\n"
       "\n"
       "Examples:\n"
       "  steelyard bench journal\n"
       "  steelyard bench journal --dir /var/lib/steelyard --json"},
      chosen, {run_journal_bench});
  add_numbers(flags, {"--batch", "records written at once", options.batches, 100'000});
  add_payload_bytes(flags, options.payload_bytes);
  add_number<std::uint32_t>(flags,
                            {"--rounds", "how often all is measured", options.rounds, 1, 1'000});
  add_number<double>(flags, {"--seconds-per-round", "how long each is measured each time",
                             options.seconds_per_round, 0.01, 3600});
  add_number<std::uint32_t>(flags, {"--recovered-jobs", "jobs in the journal that is read",
                                    options.recovered_jobs, 1, 10'000'000});
  flags.add_option("--dir", options.folder, "where the disk is that is measured")
      ->type_name("DIR")
      ->default_str("here");
  flags.add_flag("--json", options.json, "print JSON instead of a table");
}

void add_memory_bench(CLI::App& bench, Run& chosen) {
  const auto [flags, options] = add_command<MemoryBench>(
      bench,
      {"memory", "Bytes of memory of a queued job, its payload aside.",
       "CORE is what the scheduler allocates; BROKER is how much a broker process grows while a "
       "client fills it; DRAINED is what it has when a worker has done the jobs.\n"
       "\n"
       "Examples:\n"
       "  steelyard bench memory\n"
       "  steelyard bench memory --jobs 100000 --json"},
      chosen, {run_memory_bench});
  add_numbers(flags, {"--jobs", "queued jobs, one measurement for each", options.jobs, 4'000'000});
  add_payload_bytes(flags, options.payload_bytes);
  flags.add_flag("--json", options.json, "print JSON instead of a table");
}

void add_http_bench(CLI::App& bench, Run& chosen) {
  const auto [flags, options] = add_command<HttpBench>(
      bench,
      {"http", "HTTP requests per second through a queue, beside nginx.",
       "Each GET is a job for one worker: a thread of the process that has broker and gateway, or "
       "a process of its own. Beside them nginx with `return 200`, if it is installed, measured in "
       "turns by a load of this program's own on keep-alive connections. RATIO is the median of "
       "the turns' ratios. --curve then lets requests come at random, at rates up to nine tenths "
       "of the most, and draws how long they take.\n"
       "\n"
       "Examples:\n"
       "  steelyard bench http\n"
       "  steelyard bench http --connections 64 --rounds 9 --json\n"
       "  steelyard bench http --connections 64 --curve latency.svg"},
      chosen, {run_http_bench});
  add_numbers(flags, {"--connections", "of the load", options.connections, 4'096});
  add_number<std::uint32_t>(flags, {.name = "--rounds",
                                    .description = "measurements of each",
                                    .value = options.rounds,
                                    .min = 1,
                                    .max = 1'000});
  flags.add_option("--curve", options.curve, "where latency by rate is drawn, as SVG")
      ->type_name("FILE");
  flags.add_flag("--json", options.json, "print JSON instead of a table");
}

// The processes that `bench broker` and `bench http` start.

struct LoadOptions {
  std::string endpoint;
  Load load;
};

int print_measured(const Result<Measured>& measured) {
  if (!measured) return give_up("bench", measured.error());
  return print(
      fmt::format("{{\"jobs\": {}, \"seconds\": {}}}\n", measured->jobs, measured->seconds));
}

int run_load(const LoadOptions& options) {
  return print_measured(measure_broker(options.load, options.endpoint));
}

int run_proxy_load(const LoadOptions& options) {
  return print_measured(measure_proxy(options.load, options.endpoint));
}

void add_load(CLI::App& bench, Run& chosen, const char* name, const char* endpoint,
              int (*run)(const LoadOptions&)) {
  const auto [flags, options] = add_command<LoadOptions>(bench, {name, "", ""}, chosen, {run});
  flags.group("");
  flags.add_option(endpoint, options.endpoint)->required();
  flags.add_option("--outstanding", options.load.outstanding);
  flags.add_option("--payload-bytes", options.load.payload_bytes);
  flags.add_flag("--via-broker", options.load.via_broker);
  flags.add_flag("--journal", options.load.journal);
  flags.add_option("--users", options.load.users);
  flags.add_option("--seconds", options.load.seconds);
}

struct DoorOptions {
  std::string address = "127.0.0.1:0";
  std::string broker;
  bool has_worker = false;
};

void add_http_parts(CLI::App& bench, Run& chosen) {
  const auto [door_flags, door] = add_command<DoorOptions>(
      bench, {"http-door", "", ""}, chosen,
      {[](const DoorOptions& given) { return run_http_door(given.address, given.has_worker); }});
  door_flags.group("");
  door_flags.add_option("--http", door.address);
  door_flags.add_flag("--worker", door.has_worker);
  const auto [worker_flags, worker] = add_command<DoorOptions>(
      bench, {"http-worker", "", ""}, chosen,
      {[](const DoorOptions& given) { return run_http_worker(given.broker); }});
  worker_flags.group("");
  worker_flags.add_option("--broker", worker.broker)->required();
}

void add_parts(CLI::App& bench, Run& chosen) {
  add_load(bench, chosen, "load", "--broker", run_load);
  add_load(bench, chosen, "proxy-load", "--connect", run_proxy_load);
  bench.add_subcommand("proxy")->group("")->callback([&chosen] { chosen = run_proxy; });
  const auto [flags, options] = add_command<LoadOptions>(
      bench, {"proxy-worker", "", ""}, chosen,
      {[](const LoadOptions& given) { return run_proxy_worker(given.endpoint); }});
  flags.group("");
  flags.add_option("--connect", options.endpoint)->required();
  add_http_parts(bench, chosen);
}

}  // namespace

void add_bench(CLI::App& program, Run& chosen) {
  CLI::App* bench = program.add_subcommand("bench", "Measure how fast and how small it is.");
  bench->footer(
      "Close other programs first; what is measured together is measured in turns.\n"
      "\n"
      "Examples:\n"
      "  steelyard bench broker\n"
      "  steelyard bench memory --json");
  bench->require_subcommand(1, 1);
  add_broker_bench(*bench, chosen);
  add_decide_bench(*bench, chosen);
  add_head_of_line(*bench, chosen);
  add_http_bench(*bench, chosen);
  add_inproc_bench(*bench, chosen);
  add_journal_bench(*bench, chosen);
  add_memory_bench(*bench, chosen);
  add_snapshot_bench(*bench, chosen);
  add_parts(*bench, chosen);
}

}  // namespace steelyard::cli
