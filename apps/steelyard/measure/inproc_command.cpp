#include "measure/inproc_command.hpp"

#include <boost/json.hpp>

#include "bench/inproc_bench.hpp"
#include "cli/console.hpp"
#include "cli/options.hpp"
#include "steelyard/monitor/json_text.hpp"

namespace steelyard::cli {
namespace {

namespace json = boost::json;

struct Options {
  bench::InprocBenchOptions bench;
  bool json = false;
};

json::object to_json(const bench::Spread& spread) {
  return {{"median", spread.median}, {"min", spread.min}, {"max", spread.max}};
}

std::string as_json(const bench::InprocBenchOptions& options,
                    const bench::InprocBenchResult& result) {
  const json::object report{{"bench", "inproc"},
                            {"rounds", options.rounds},
                            {"workers", options.workers},
                            {"jobs", options.jobs},
                            {"round_trips", options.round_trips},
                            {"balancer",
                             {{"jobs_per_s", to_json(result.balancer_jobs_per_s)},
                              {"round_trip_us", to_json(result.balancer_round_trip_us)}}},
                            {"pool",
                             {{"jobs_per_s", to_json(result.pool_jobs_per_s)},
                              {"round_trip_us", to_json(result.pool_round_trip_us)}}},
                            {"rate_ratio", to_json(result.rate_ratio)},
                            {"round_trip_ratio", to_json(result.round_trip_ratio)}};
  return monitor::json_text(report) + "\n";
}

int run(const Options& options) {
  const bench::InprocBenchResult result = bench::run_inproc_bench(options.bench);
  return print(options.json ? as_json(options.bench, result) : bench::to_text(result));
}

}  // namespace

void add_inproc_bench(CLI::App& bench, Run& chosen) {
  const auto [flags, options] = add_command<Options>(
      bench,
      {"inproc", "Jobs per second in one process, beside a plain thread pool.",
       "The pool is one mutex, one condition variable and a std::future per job; both are "
       "measured in turns.\n"
       "\n"
       "Examples:\n"
       "  steelyard bench inproc\n"
       "  steelyard bench inproc --workers 4 --json"},
      chosen, {run});
  bench::InprocBenchOptions& values = options.bench;
  add_number<std::uint32_t>(
      flags, {"--rounds", "how often both sides are measured", values.rounds, 1, 1'000});
  add_number<std::uint32_t>(flags, {"--workers", "threads of each side", values.workers, 1, 256});
  add_number<std::uint32_t>(flags,
                            {"--jobs", "jobs of each round and side", values.jobs, 1, 10'000'000});
  add_number<std::uint32_t>(flags, {"--round-trips", "single jobs of each round and side",
                                    values.round_trips, 1, 10'000'000});
  flags.add_flag("--json", options.json, "print JSON instead of a table");
}

}  // namespace steelyard::cli
