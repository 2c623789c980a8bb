#include <cstdio>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "common/command_line.hpp"
#include "common/exit_status.hpp"
#include "common/stop_signals.hpp"
#include "graph/lucas_lehmer.hpp"
#include "graph/round.hpp"

namespace {

using graph::RoundResult;
using graph::Traffic;

constexpr const char* kExamples = R"(Examples:
  long requests and short ones at two worker threads, first as one job each, then as jobs that go
  to the queue's end every 20 ms
      steelyard-example-graph
  one thread, shorter visits, and the numbers for a program
      steelyard-example-graph --workers 1 --visit-ms 5 --json)";

struct Arguments {
  Traffic traffic;
  std::uint32_t visit_ms = 20;
  bool as_json = false;
};

void add_flags(CLI::App& app, Arguments& arguments) {
  Traffic& traffic = arguments.traffic;
  const CLI::Range exponents(3U, graph::kMaxExponent);
  app.add_option("--workers", traffic.workers, "worker threads")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--long", traffic.long_requests, "long requests, at the beginning")
      ->check(CLI::Range(0, 1'000))
      ->capture_default_str();
  app.add_option("--long-exponent", traffic.long_exponent, "of 2^p-1, an odd prime")
      ->check(exponents)
      ->capture_default_str();
  app.add_option("--short", traffic.short_requests, "short requests, one after another")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  app.add_option("--short-exponent", traffic.short_exponent, "of 2^p-1, an odd prime")
      ->check(exponents)
      ->capture_default_str();
  app.add_option("--interval-ms", traffic.interval_ms, "between short requests")
      ->check(CLI::Range(1, 60'000))
      ->capture_default_str();
  app.add_option("--visit-ms", arguments.visit_ms, "until a request goes to the queue's end")
      ->check(CLI::Range(1, 60'000))
      ->capture_default_str();
  app.add_flag("--json", arguments.as_json, "the numbers as JSON");
}

void print_row(std::string_view name, const RoundResult& result) {
  fmt::print("{:<20}{:>10.1f}{:>10.1f}{:>10.1f}{:>14.0f}{:>10}\n", name, result.short_p50_ms,
             result.short_p99_ms, result.short_max_ms, result.long_last_ms, result.forwards);
}

void print_table(const RoundResult& whole, const RoundResult& forwarded) {
  fmt::print("{:<20}{:>30}{:>14}\n", "", "short requests, ms", "long ones, ms");
  fmt::print("{:<20}{:>10}{:>10}{:>10}{:>14}{:>10}\n", "", "p50", "p99", "max", "last", "forwards");
  print_row("inside one job", whole);
  print_row("as forwards", forwarded);
}

std::string as_json(const RoundResult& result) {
  return fmt::format(R"({{"short_p50_ms":{:.3f},"short_p99_ms":{:.3f},"short_max_ms":{:.3f},)"
                     R"("long_last_ms":{:.3f},"forwards":{},"wrong":{}}})",
                     result.short_p50_ms, result.short_p99_ms, result.short_max_ms,
                     result.long_last_ms, result.forwards, result.wrong);
}

bool is_right(const RoundResult& result) {
  if (result.wrong > 0) {
    fmt::print(stderr, "graph: {} wrong answers, the first: {}\n", result.wrong,
               result.first_wrong);
  }
  return result.wrong == 0;
}

int report(const steelyard::Error& error, const std::stop_token& stop) {
  if (stop.stop_requested()) return example::kInterrupted;
  fmt::print(stderr, "graph: {}\n", describe(error));
  return example::kFailed;
}

int run(const Arguments& arguments, const std::stop_token& stop) {
  const auto whole = graph::run_round(arguments.traffic, std::chrono::milliseconds(0), stop);
  if (!whole) return report(whole.error(), stop);
  const auto forwarded =
      graph::run_round(arguments.traffic, std::chrono::milliseconds(arguments.visit_ms), stop);
  if (!forwarded) return report(forwarded.error(), stop);
  if (arguments.as_json) {
    fmt::print(R"({{"inside_one_job":{},"as_forwards":{}}})"
               "\n",
               as_json(*whole), as_json(*forwarded));
  } else {
    print_table(*whole, *forwarded);
  }
  const bool all_right = is_right(*whole) & is_right(*forwarded);
  return all_right ? example::kDone : example::kFailed;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Requests whose cost varies by orders of magnitude (is 2^p-1 prime?) for few workers: what "
      "short ones wait when long ones are one job each, and when they are forwarded to the queue's "
      "end again and again",
      "steelyard-example-graph");
  app.footer(kExamples);
  Arguments arguments;
  add_flags(app, arguments);
  if (const auto status = example::parse(app, argc, argv)) return *status;
  const example::StopSignals signals;
  return run(arguments, signals.first());
}
