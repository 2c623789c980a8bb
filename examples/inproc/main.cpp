#include <cstdint>
#include <cstdio>
#include <future>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "common/command_line.hpp"
#include "inproc/requesters.hpp"

namespace {

using namespace inproc_example;

struct Arguments {
  std::uint32_t requests = 2000;
  std::uint32_t workers = 3;
  std::string strategy{steelyard::strategy::kDefaultStrategy};
};

/// Three requesters on threads of their own; the last worker is added while they are at work.
std::vector<RequesterCount> run_requesters(steelyard::Balancer& balancer,
                                           const Arguments& arguments) {
  const auto start = [&](auto* requester) {
    return std::async(std::launch::async, requester, std::ref(balancer), arguments.requests);
  };
  auto primes = start(request_primes);
  auto sorting = start(request_sorting);
  auto words = start(request_words);
  if (const auto late = balancer.add_worker({.slots = 2, .weight = 2.0}); !late) {
    fmt::print(stderr, "no further worker: {}\n", describe(late.error()));
  }
  std::vector<RequesterCount> counts;
  for (auto* requester : {&primes, &sorting, &words}) counts.push_back(requester->get());
  return counts;
}

int run(const Arguments& arguments) {
  const auto work_log = std::make_shared<WorkLog>();
  auto balancer = steelyard::Balancer::make({.workers = arguments.workers - 1,
                                             .strategy = arguments.strategy,
                                             .record_numbers = true,
                                             .observer = work_log});
  if (!balancer) {
    fmt::print(stderr, "{}\n", balancer.error().context);
    return 2;
  }
  const std::vector<RequesterCount> counts = run_requesters(*balancer, arguments);
  balancer->drain();
  const Audit result = audit(counts, work_log->counts(), balancer->stats(), balancer->books());
  fmt::print("{}", result.table);
  return result.agrees ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Requesters of three kinds share one balancer; results go straight back to them.");
  Arguments arguments;
  app.add_option("--requests", arguments.requests, "of each requester")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--workers", arguments.workers, "the last one has two slots and joins late")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--strategy", arguments.strategy, "which job goes where")->capture_default_str();
  app.footer("Example:\n  steelyard-example-inproc --requests 5000 --workers 4");
  if (const auto done = example::parse(app, argc, argv)) return *done;
  return run(arguments);
}
