#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "common/command_line.hpp"
#include "common/exit_status.hpp"
#include "common/pause.hpp"
#include "common/stop_signals.hpp"
#include "primes/requests.hpp"
#include "primes/service.hpp"
#include "primes/stage_worker.hpp"
#include "primes/stages.hpp"

namespace {

using steelyard::Result;

constexpr const char* kExamples = R"(Examples:
  how many of the odd numbers from 3 to 1,000,000 are primes, by an HTTP request for each
      steelyard-primes 3,1000000 --workers 2
  the same for 1,000,000 odd numbers from 3 on
      steelyard-primes 1000000 --workers 2
  a web service, until Ctrl+C
      steelyard-primes --http 127.0.0.1:7480 --workers 2
      curl 'http://127.0.0.1:7480/is_prime?possible_prime=32416190071'
  the same as four processes, in any order and on any machines
      steelyard broker
      steelyard gateway --config examples/primes/primes.json
      steelyard-primes --stage parse
      steelyard-primes --stage compute --workers 2)";

constexpr std::uint64_t kMaxCandidates = 100'000'000;

struct Arguments {
  std::string numbers;
  std::string at;
  primes::ServiceOptions service;
  primes::StageOptions stage;
};

int give_up(const steelyard::Error& error, int status) {
  fmt::print(stderr, "primes: {}\n", describe(error));
  return status;
}

/// "3,1000000": the odd numbers from 3 to 1,000,000; "1000000": so many odd numbers from 3 on.
std::optional<primes::Candidates> read_candidates(std::string_view text) {
  const std::size_t comma = text.find(',');
  const auto first = primes::read_number(text.substr(0, comma));
  if (!first) return std::nullopt;
  primes::Candidates candidates;
  candidates.count = *first;
  if (comma != std::string_view::npos) {
    const auto last = primes::read_number(text.substr(comma + 1));
    if (!last || *last < *first || *last == UINT64_MAX) return std::nullopt;
    candidates.first = *first | 1;
    candidates.count = (*last + 1 - *first + (*first & 1)) / 2;
  }
  if (candidates.count == 0 || candidates.count > kMaxCandidates) return std::nullopt;
  return candidates;
}

int count(const Arguments& arguments, const primes::Candidates& candidates,
          const std::stop_token& stop) {
  std::unique_ptr<primes::Service> service;
  primes::AskingOptions asking{.address = arguments.at};
  if (asking.address.empty()) {
    auto started = primes::Service::start(arguments.service);
    if (!started) return give_up(started.error(), example::kWrongUsage);
    service = std::move(*started);
    asking.address = service->address();
  }
  const auto began = std::chrono::steady_clock::now();
  const auto found = primes::count_primes(candidates, asking, stop);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  if (stop.stop_requested()) return example::kInterrupted;
  if (!found) return give_up(found.error(), example::kFailed);
  fmt::print("{} primes among {} odd numbers from {} on\n", *found, candidates.count,
             candidates.first);
  fmt::print("{:.2f} s, {:.0f} requests/s\n", took.count(),
             static_cast<double>(candidates.count) / took.count());
  return example::kDone;
}

int serve(const Arguments& arguments, const std::stop_token& stop) {
  const auto service = primes::Service::start(arguments.service);
  if (!service) return give_up(service.error(), example::kWrongUsage);
  fmt::print("http://{}/is_prime?{}=32416190071\n", (*service)->address(), primes::kParameter);
  std::fflush(stdout);
  while (example::pause(stop, std::chrono::hours(1))) {
  }
  return example::kDone;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Tells primes over HTTP, in two stages", "steelyard-primes");
  app.footer(kExamples);
  Arguments arguments;
  auto* const numbers = app.add_option("numbers", arguments.numbers,
                                       "FIRST,LAST: the odd numbers among them; or how "
                                       "many odd numbers from 3 on");
  app.add_option("--at", arguments.at, "ask the service at this address, instead of one's own")
      ->type_name("ADDRESS:PORT")
      ->needs(numbers);
  auto* const http = app.add_option("--http", arguments.service.listen, "serve there until Ctrl+C")
                         ->type_name("ADDRESS:PORT")
                         ->excludes(numbers);
  auto* const stage = app.add_option("--stage", arguments.stage.stage, "be the worker of one stage")
                          ->check(CLI::IsMember({primes::kParseQueue, primes::kComputeQueue}))
                          ->excludes(numbers)
                          ->excludes(http);
  app.add_option("--workers", arguments.service.workers, "threads of each stage")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  example::add_broker_flag(app, arguments.stage.broker);
  if (const auto status = example::parse(app, argc, argv)) return *status;

  const example::StopSignals signals;
  arguments.stage.workers = arguments.service.workers;
  if (*stage) return primes::run_stage(arguments.stage, signals.first(), signals.second());
  if (*http) return serve(arguments, signals.first());
  const auto candidates = read_candidates(arguments.numbers);
  if (candidates) return count(arguments, *candidates, signals.first());
  fmt::print(stderr, "primes: give numbers, --http or --stage; see --help\n");
  return example::kWrongUsage;
}
