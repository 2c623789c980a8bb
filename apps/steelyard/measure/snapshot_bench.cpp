#include "measure/snapshot_bench.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/table.hpp"
#include "steelyard/base/interner.hpp"
#include "steelyard/base/random.hpp"
#include "steelyard/core/scheduler.hpp"
#include "steelyard/monitor/json_text.hpp"
#include "steelyard/monitor/snapshot.hpp"
#include "steelyard/strategy/registry.hpp"

namespace steelyard::cli {
namespace {

namespace json = boost::json;

constexpr SessionId kSession{0};
/// Each serves the queues whose numbers leave the same rest.
constexpr std::uint32_t kPools = 50;

/// A broker's scheduler with much to tell.
class Fleet {
 public:
  explicit Fleet(const SnapshotBench& bench)
      : bench_(bench), scheduler_(options(), std::move(*strategy::Registry().make("amortised"))) {
    for (std::uint32_t i = 0; i < bench.queues; ++i) queues_.intern(fmt::format("queue-{}", i));
    for (std::uint32_t i = 0; i < bench.users; ++i) users_.intern(fmt::format("user-{}", i));
    for (std::uint32_t i = 0; i < bench.states; ++i) states_.intern(fmt::format("state-{}", i));
    step(core::SessionOpened{kSession, {}, false});
    for (std::uint32_t i = 0; i < bench.workers; ++i) join(i);
    while (scheduler_.book().total().jobs.queued < bench.queued) submit();
    finish_all();
  }

  [[nodiscard]] monitor::Sources sources() const {
    return {.scheduler = scheduler_,
            .now = now_,
            .started = TimePoint(),
            .queues = queues_,
            .states = states_,
            .users = users_,
            .tags = tags_,
            .worker_names = names_,
            .session_keys = keys_,
            .incarnation = 1,
            .strategy = "amortised"};
  }

 private:
  static core::Options options() {
    core::Options options;
    options.max_queued_jobs_per_user = -1;
    options.max_unfinished_jobs_per_session = UINT32_MAX;
    return options;
  }

  void join(std::uint32_t number) {
    names_.push_back(fmt::format("worker-{}", number));
    std::vector<QueueId> queues;
    for (std::uint32_t i = number % kPools; i < bench_.queues; i += kPools) queues.emplace_back(i);
    if (queues.empty()) queues.emplace_back(0U);
    step(core::WorkerJoined{WorkerId{number}, {}, {queues}});
  }

  void submit() {
    const auto any = [this](std::uint32_t limit) {
      return static_cast<std::uint32_t>(random_.below(limit));
    };
    core::JobsSubmitted jobs;
    jobs.session = kSession;
    jobs.first_sequence = ++sequence_;
    jobs.count = 1;
    jobs.queue = QueueId{any(bench_.queues)};
    // A state belongs to a queue, or no worker would ever have two jobs for it.
    jobs.state = StateId{jobs.queue.value % bench_.states};
    jobs.tenant = TenantId{any(bench_.users)};
    step(jobs);
  }

  /// Once round, so that there are figures to show, and all are busy again.
  void finish_all() {
    now_ += std::chrono::milliseconds(20);
    for (const core::Assign& job : std::exchange(running_, {})) {
      core::AttemptReport report;
      report.run_time = std::chrono::milliseconds(1 + random_.below(20));
      report.load_time = std::chrono::milliseconds(5);
      step(core::JobFinished{job.worker, job.lease, PayloadRef{}, report, false});
      submit();
    }
  }

  void step(const core::Event& event) {
    core::Actions actions;
    scheduler_.step(now_, event, actions);
    for (const core::Action& action : actions) {
      if (const auto* assign = std::get_if<core::Assign>(&action)) running_.push_back(*assign);
    }
  }

  const SnapshotBench& bench_;
  core::Scheduler scheduler_;
  base::Interner<QueueId> queues_{1'000'000};
  base::Interner<StateId> states_{1'000'000};
  base::Interner<TenantId> users_{1'000'000};
  base::Interner<TagId> tags_{1'000'000};
  std::vector<std::string> names_;
  std::vector<std::uint64_t> keys_{1};
  base::Random random_{1};
  TimePoint now_{std::chrono::seconds(1)};
  std::uint64_t sequence_ = 0;
  std::vector<core::Assign> running_;
};

struct Cost {
  double total_ms = 0;
  double longest_slice_ms = 0;
  std::uint64_t slices = 0;
  std::size_t bytes = 0;
};

/// Of this thread: what other programs do meanwhile does not count.
double processor_ms() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

Cost make_one(const Fleet& fleet, std::size_t expected_bytes) {
  Cost cost;
  monitor::Snapshot snapshot;
  snapshot.reserve(expected_bytes + (std::size_t{64} << 10));
  while (!snapshot.is_complete()) {
    const double began_ms = processor_ms();
    snapshot.advance(fleet.sources(), monitor::Snapshot::kSlice);
    const double took_ms = processor_ms() - began_ms;
    cost.total_ms += took_ms;
    cost.longest_slice_ms = std::max(cost.longest_slice_ms, took_ms);
    ++cost.slices;
  }
  cost.bytes = snapshot.take().size();
  return cost;
}

/// The one in the middle by total time: another program may have had the processor in between.
Cost median(std::vector<Cost> costs) {
  std::ranges::sort(costs, {}, &Cost::total_ms);
  return costs[costs.size() / 2];
}

std::string as_json(const SnapshotBench& bench, const Cost& cost) {
  return monitor::json_text(json::object{{"workers", bench.workers},
                                         {"queues", bench.queues},
                                         {"queued", bench.queued},
                                         {"total_ms", cost.total_ms},
                                         {"longest_slice_ms", cost.longest_slice_ms},
                                         {"slices", cost.slices},
                                         {"bytes", cost.bytes}}) +
         "\n";
}

std::string as_table(const SnapshotBench& bench, const Cost& cost) {
  Table table({{.heading = "WORKERS", .to_the_right = true},
               {.heading = "QUEUES", .to_the_right = true},
               {.heading = "QUEUED", .to_the_right = true},
               {.heading = "TOTAL", .to_the_right = true},
               {.heading = "LONGEST SLICE", .to_the_right = true},
               {.heading = "SLICES", .to_the_right = true},
               {.heading = "SIZE", .to_the_right = true}});
  table.add({with_commas(bench.workers), with_commas(bench.queues), with_commas(bench.queued),
             fmt::format("{:.2f} ms", cost.total_ms),
             fmt::format("{:.3f} ms", cost.longest_slice_ms), with_commas(cost.slices),
             readable_bytes(cost.bytes)});
  return table.text(0) + "Between two slices the broker does what has come meanwhile.\n";
}

}  // namespace

int run_snapshot_bench(const SnapshotBench& bench) {
  const Fleet fleet(bench);
  std::vector<Cost> costs;
  for (std::uint32_t i = 0; i < bench.rounds; ++i) {
    costs.push_back(make_one(fleet, costs.empty() ? 0 : costs.back().bytes));
  }
  const Cost cost = median(std::move(costs));
  return print(bench.json ? as_json(bench, cost) : as_table(bench, cost));
}

}  // namespace steelyard::cli
