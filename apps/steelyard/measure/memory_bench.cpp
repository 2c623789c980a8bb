#include "measure/memory_bench.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <memory>
#include <string>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/part.hpp"
#include "cli/query.hpp"
#include "cli/stop_signals.hpp"
#include "cli/table.hpp"
#include "measure/load.hpp"
#include "steelyard/core/scheduler.hpp"
#include "steelyard/monitor/json_text.hpp"
#include "steelyard/runtime/task/child_guard.hpp"
#include "steelyard/runtime/zmq/completions.hpp"
#include "steelyard/strategy/registry.hpp"

namespace steelyard::cli {
namespace {

namespace json = boost::json;

constexpr std::uint32_t kBatch = 1'000;
constexpr std::chrono::seconds kPatience{60};
constexpr std::chrono::seconds kGivesBackWithin{20};

struct Costs {
  std::uint32_t jobs = 0;
  double core_bytes_per_job = 0;
  double broker_bytes_per_job = 0;
  double start_bytes = 0;
  double drained_bytes = 0;

  [[nodiscard]] bool gives_back() const {
    return drained_bytes <= kMaxDrainedRatio * start_bytes + kMaxDrainedBytes;
  }
};

double allocated_bytes() {
  const struct mallinfo2 info = ::mallinfo2();
  return static_cast<double>(info.uordblks) + static_cast<double>(info.hblkhd);
}

void queue_in_core(core::Scheduler& scheduler, std::uint32_t jobs) {
  core::Actions actions;
  scheduler.step(TimePoint(), core::SessionOpened{SessionId{0}, {}, true}, actions);
  for (std::uint32_t done = 0; done < jobs; done += kBatch) {
    core::JobsSubmitted submitted;
    submitted.session = SessionId{0};
    submitted.first_sequence = done + 1;
    submitted.count = std::min(kBatch, jobs - done);
    submitted.queue = QueueId{0};
    submitted.first_payload = PayloadRef{std::uint64_t{done} + 1};
    actions.clear();
    scheduler.step(TimePoint(), submitted, actions);
  }
}

double core_bytes_per_job(std::uint32_t jobs) {
  core::Scheduler scheduler({}, std::move(*strategy::Registry().make(strategy::kDefaultStrategy)));
  const double before = allocated_bytes();
  queue_in_core(scheduler, jobs);
  return (allocated_bytes() - before) / jobs;
}

/// What a process has in main memory now.
double resident_bytes(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/statm", process));
  double size_pages = 0;
  double resident_pages = 0;
  file >> size_pages >> resident_pages;
  return resident_pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

/// Hands in `jobs` jobs to a queue that nobody serves.
void queue_in_broker(Client& client, const MemoryBench& bench, CompletionQueue& unused,
                     std::uint32_t jobs) {
  const std::string payload(bench.payload_bytes, 'x');
  for (std::uint32_t done = 0; done < jobs; done += kBatch) {
    const std::uint32_t count = std::min(kBatch, jobs - done);
    client.submit_batch(kBenchQueue, std::vector<std::string>(count, payload), {}, unused, done);
  }
}

/// Waits until the broker says that so many jobs are where `place` says.
Result<void> wait_until(Client& client, std::string_view place, std::uint32_t jobs) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    const auto answer = client.query("stats", kPatience);
    if (!answer) return tl::unexpected(answer.error());
    const auto stats = parse_report(*answer);
    if (!stats) return tl::unexpected(stats.error());
    if (count_in(object_in(*stats, "jobs"), place) >= jobs) return {};
  }
  return failure(ErrorCode::SystemError, "the broker did not take or do the jobs in time");
}

/// What the broker has once it has had time to give back what it needs no more.
double settled_bytes(Client& client, pid_t broker, const Costs& costs) {
  const auto deadline = std::chrono::steady_clock::now() + kGivesBackWithin;
  Costs now = costs;
  do {
    now.drained_bytes = resident_bytes(broker);
    // To be asked something is what it does between two looks at its memory.
    if (!client.query("stats", kPatience)) break;
  } while (!now.gives_back() && std::chrono::steady_clock::now() < deadline);
  return now.drained_bytes;
}

Result<void> measure_broker_memory(const MemoryBench& bench,
                                   const std::shared_ptr<ChildGuard>& guard, Costs& costs) {
  const auto broker = Part::start(broker_arguments("tcp://127.0.0.1:0"), guard);
  if (!broker) return tl::unexpected(broker.error());
  const auto endpoint = (*broker)->wait_for_line(kListening);
  if (!endpoint) return tl::unexpected(endpoint.error());
  CompletionQueue answers;
  Client client({.endpoint = *endpoint, .max_unfinished_jobs = costs.jobs});
  if (auto connected = client.connect(kPatience); !connected) return connected;
  const pid_t process = (*broker)->pid();
  costs.start_bytes = resident_bytes(process);
  queue_in_broker(client, bench, answers, costs.jobs);
  if (auto queued = wait_until(client, "queued", costs.jobs); !queued) return queued;
  const double grown = resident_bytes(process) - costs.start_bytes;
  costs.broker_bytes_per_job = grown / costs.jobs - bench.payload_bytes;
  const auto worker = Part::start(
      worker_arguments(
          {.endpoint = *endpoint, .queue = kBenchQueue, .builtin = "echo", .name = "drain"}),
      guard);
  if (!worker) return tl::unexpected(worker.error());
  if (auto done = wait_until(client, "finished", costs.jobs); !done) return done;
  costs.drained_bytes = settled_bytes(client, process, costs);
  return {};
}

std::string as_json(const MemoryBench& bench, const std::vector<Costs>& all) {
  json::array results;
  for (const Costs& costs : all) {
    results.push_back({{"jobs", costs.jobs},
                       {"core_bytes_per_job", costs.core_bytes_per_job},
                       {"broker_bytes_per_job", costs.broker_bytes_per_job},
                       {"broker_start_bytes", costs.start_bytes},
                       {"broker_drained_bytes", costs.drained_bytes}});
  }
  const json::object report{{"bench", "memory"},
                            {"payload_bytes", bench.payload_bytes},
                            {"max_core_bytes_per_job", kMaxCoreBytesPerJob},
                            {"max_broker_bytes_per_job", kMaxBrokerBytesPerJob},
                            {"results", std::move(results)}};
  return monitor::json_text(report) + "\n";
}

std::uint64_t whole(double bytes) {
  return static_cast<std::uint64_t>(bytes);
}

std::string beside_limit(double bytes, double limit) {
  return fmt::format("{:.0f} (limit {:.0f}{})", bytes, limit, bytes > limit ? ", over" : "");
}

std::string as_table(const std::vector<Costs>& all) {
  Table table({{.heading = "QUEUED JOBS", .to_the_right = true},
               {.heading = "CORE bytes/job", .to_the_right = true},
               {.heading = "BROKER bytes/job", .to_the_right = true},
               {.heading = "AT START", .to_the_right = true},
               {.heading = "DRAINED", .to_the_right = true}});
  for (const Costs& costs : all) {
    table.add({with_commas(costs.jobs), beside_limit(costs.core_bytes_per_job, kMaxCoreBytesPerJob),
               beside_limit(costs.broker_bytes_per_job, kMaxBrokerBytesPerJob),
               readable_bytes(whole(costs.start_bytes)),
               readable_bytes(whole(costs.drained_bytes)) + (costs.gives_back() ? "" : " (over)")});
  }
  return table.text(0) +
         fmt::format(
             "Payloads are not counted. Drained, a broker may have {} times what it had at its "
             "start and {} more.\n",
             kMaxDrainedRatio, readable_bytes(whole(kMaxDrainedBytes)));
}

}  // namespace

int run_memory_bench(const MemoryBench& bench) {
  const auto guard = ChildGuard::start();
  if (!guard) return give_up("bench memory", guard.error());
  const StopSignals signals;
  std::vector<Costs> all;
  for (const std::uint32_t jobs : bench.jobs) {
    Costs costs{.jobs = jobs, .core_bytes_per_job = core_bytes_per_job(jobs)};
    if (const auto measured = measure_broker_memory(bench, *guard, costs); !measured) {
      return give_up("bench memory", measured.error());
    }
    all.push_back(costs);
  }
  return print(bench.json ? as_json(bench, all) : as_table(all));
}

}  // namespace steelyard::cli
