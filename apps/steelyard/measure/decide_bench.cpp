#include "measure/decide_bench.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/table.hpp"
#include "measure/timed_strategy.hpp"
#include "steelyard/base/indexed_heap.hpp"
#include "steelyard/base/random.hpp"
#include "steelyard/core/scheduler.hpp"
#include "steelyard/monitor/json_text.hpp"
#include "steelyard/strategy/registry.hpp"

namespace steelyard::cli {
namespace {

namespace json = boost::json;
using Clock = std::chrono::steady_clock;

constexpr SessionId kSession{0};
constexpr Duration kLoad = std::chrono::seconds(5);
constexpr std::uint64_t kMeanRun_ns = 10'000'000;
constexpr std::uint32_t kBatch = 1'000;
constexpr std::size_t kMaxDecisions = 2'000'000;

struct Size {
  std::uint32_t queued = 0;
  std::uint32_t states = 0;
  std::uint32_t workers = 0;
};

struct Cost {
  std::string strategy;
  Size size;
  std::size_t decisions = 0;
  double decide_ns = 0;    // mean
  double p99_ns = 0;       // of a decision
  double strategy_ns = 0;  // all of the strategy's calls, per job
  double step_ns = 0;      // the whole scheduler, per job
};

/// Jobs go round: whenever one ends, a worker is given another and a new one is handed in.
class Mill {
 public:
  Mill(const DecideBench& bench, const Size& size, std::unique_ptr<strategy::Strategy> strategy)
      : bench_(bench), size_(size), scheduler_(options(), std::move(strategy)) {
    step(core::SessionOpened{kSession, {}, false});
    // Each worker has done a job before, for a state that its pool serves.
    for (std::uint32_t i = 0; i < size.workers; ++i) join(WorkerId{i});
    leases_.resize(size.workers);
    for (std::uint32_t i = 0; i < size.workers; ++i) warm_up(WorkerId{i});
    while (scheduler_.book().total().jobs.queued < size.queued) submit(any_state());
  }

  /// The next job ends. Returns whether there was one.
  bool turn() {
    if (ends_.empty()) return false;
    now_ = ends_.top_key();
    if (const auto due = scheduler_.next_deadline(); due && *due <= now_) step(core::TimePassed{});
    const WorkerId worker{ends_.top()};
    ends_.erase(worker.value);
    finish(worker);
    submit(any_state());
    return true;
  }

 private:
  static core::Options options() {
    core::Options options;
    options.max_queued_jobs_per_user = -1;
    options.worker_lost_after = std::chrono::hours(24 * 365);
    options.max_unfinished_jobs_per_session = UINT32_MAX;
    options.max_lanes = UINT32_MAX / 2;
    return options;
  }

  void join(WorkerId worker) {
    const QueueId queue{worker.value % bench_.pools};
    core::WorkerProfile profile;
    profile.queues = {&queue, 1};
    step(core::WorkerJoined{worker, {}, profile});
  }

  /// States are dealt out to the queues, and a worker serves one queue.
  void warm_up(WorkerId worker) {
    const std::uint32_t of_queue = worker.value % bench_.pools;
    const std::uint32_t states = (size_.states - of_queue + bench_.pools - 1) / bench_.pools;
    if (of_queue >= size_.states) return;
    submit(of_queue + bench_.pools * (worker.value / bench_.pools % states));
  }

  std::uint32_t any_state() { return static_cast<std::uint32_t>(random_.below(size_.states)); }

  void submit(std::uint32_t state) {
    core::JobsSubmitted jobs;
    jobs.session = kSession;
    jobs.first_sequence = ++sequence_;
    jobs.count = 1;
    jobs.queue = QueueId{state % bench_.pools};
    jobs.state = StateId{state};
    jobs.tenant = TenantId{static_cast<std::uint32_t>(random_.below(bench_.users))};
    step(jobs);
  }

  void finish(WorkerId worker) {
    const auto [lease, run_time, load_time] = leases_[worker.index()];
    core::AttemptReport report;
    report.run_time = run_time;
    report.load_time = load_time;
    step(core::JobFinished{worker, lease, {}, report, true});
  }

  void step(const core::Event& event) {
    scheduler_.step(now_, event, actions_);
    for (const core::Action& action : actions_) {
      const auto* assign = std::get_if<core::Assign>(&action);
      if (assign == nullptr) continue;
      const Duration run_time(kMeanRun_ns / 2 + random_.below(kMeanRun_ns));
      const Duration load_time = assign->loads ? kLoad : Duration::zero();
      leases_.resize(std::max(leases_.size(), assign->worker.index() + 1));
      leases_[assign->worker.index()] = {assign->lease, run_time, load_time};
      ends_.set(assign->worker.value, now_ + run_time + load_time);
    }
    actions_.clear();
  }

  struct Running {
    Lease lease;
    Duration run_time{};
    Duration load_time{};
  };

  const DecideBench& bench_;
  const Size size_;
  core::Scheduler scheduler_;
  core::Actions actions_;
  base::Random random_{1};
  TimePoint now_{};
  base::IndexedHeap<TimePoint> ends_;  // by worker
  std::vector<Running> leases_;        // by worker
  std::uint64_t sequence_ = 0;
};

double mean(const std::vector<std::uint32_t>& values) {
  double sum = 0;
  for (const std::uint32_t value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

double quantile(std::vector<std::uint32_t> values, double part) {
  if (values.empty()) return 0;
  const auto place = static_cast<std::ptrdiff_t>(part * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, values.begin() + place);
  return values[static_cast<std::size_t>(place)];
}

/// Runs the mill for `seconds`, or until there were decisions enough.
struct Run {
  std::size_t jobs = 0;
  double seconds = 0;
};
Run run_for(Mill& mill, double seconds) {
  Run run;
  const auto began = Clock::now();
  do {
    for (std::uint32_t i = 0; i < kBatch && mill.turn(); ++i) ++run.jobs;
    run.seconds = std::chrono::duration<double>(Clock::now() - began).count();
  } while (run.seconds < seconds && run.jobs > 0 && run.jobs < kMaxDecisions);
  return run;
}

/// The whole step is measured without looking at the clock in between.
Result<Cost> measure(const DecideBench& bench, const Size& size, const std::string& name) {
  Cost cost;
  cost.strategy = name;
  cost.size = size;
  auto plain = strategy::Registry().make(name);
  auto timed = strategy::Registry().make(name);
  if (!plain || !timed) return tl::unexpected(plain ? timed.error() : plain.error());
  {
    Mill mill(bench, size, std::move(*plain));
    const Run run = run_for(mill, bench.seconds / 2);
    cost.step_ns = run.seconds * 1e9 / static_cast<double>(std::max<std::size_t>(run.jobs, 1));
  }
  StrategyTimes times;
  Mill mill(bench, size, std::make_unique<TimedStrategy>(std::move(*timed), times));
  times = {};
  const Run run = run_for(mill, bench.seconds / 2);
  cost.decisions = times.choices_ns.size();
  cost.decide_ns = mean(times.choices_ns);
  cost.p99_ns = quantile(times.choices_ns, 0.99);
  const double choices_ns = cost.decide_ns * static_cast<double>(cost.decisions);
  cost.strategy_ns = (choices_ns + static_cast<double>(times.rest_ns)) /
                     static_cast<double>(std::max<std::size_t>(run.jobs, 1));
  return cost;
}

std::string as_json(const DecideBench& bench, const std::vector<Cost>& costs) {
  json::array rows;
  for (const Cost& cost : costs) {
    rows.push_back({{"strategy", cost.strategy},
                    {"queued", cost.size.queued},
                    {"states", cost.size.states},
                    {"workers", cost.size.workers},
                    {"pools", bench.pools},
                    {"users", bench.users},
                    {"decisions", cost.decisions},
                    {"decide_mean_ns", cost.decide_ns},
                    {"decide_p99_ns", cost.p99_ns},
                    {"strategy_ns_per_job", cost.strategy_ns},
                    {"scheduler_ns_per_job", cost.step_ns}});
  }
  return monitor::json_text(json::object{{"decide", std::move(rows)}}) + "\n";
}

std::string as_table(const std::vector<Cost>& costs) {
  Table table({{.heading = "STRATEGY"},
               {.heading = "QUEUED", .to_the_right = true},
               {.heading = "STATES", .to_the_right = true},
               {.heading = "WORKERS", .to_the_right = true},
               {.heading = "DECIDE", .to_the_right = true},
               {.heading = "p99", .to_the_right = true},
               {.heading = "STRATEGY/JOB", .to_the_right = true},
               {.heading = "SCHEDULER/JOB", .to_the_right = true}});
  const auto nanoseconds = [](double ns) { return fmt::format("{:.0f} ns", ns); };
  for (const Cost& cost : costs) {
    table.add({cost.strategy, with_commas(cost.size.queued), with_commas(cost.size.states),
               with_commas(cost.size.workers), nanoseconds(cost.decide_ns),
               nanoseconds(cost.p99_ns), nanoseconds(cost.strategy_ns), nanoseconds(cost.step_ns)});
  }
  return table.text(0) +
         "DECIDE is which job a worker is given; STRATEGY/JOB adds what the strategy does when "
         "jobs "
         "come\nand workers change; SCHEDULER/JOB is everything from a job's coming to its end.\n";
}

}  // namespace

int run_decide_bench(const DecideBench& bench) {
  std::vector<std::string> strategies = bench.strategies;
  if (strategies.empty()) {
    const strategy::Registry registry;
    for (const strategy::Entry& entry : registry.entries()) strategies.push_back(entry.name);
  }
  std::vector<Cost> costs;
  for (const std::string& strategy : strategies) {
    for (const std::uint32_t queued : bench.queued) {
      for (const std::uint32_t states : bench.states) {
        for (const std::uint32_t workers : bench.workers) {
          const auto cost = measure(bench, {queued, states, workers}, strategy);
          if (!cost) return give_up("bench", cost.error());
          costs.push_back(*cost);
        }
      }
    }
  }
  return print(bench.json ? as_json(bench, costs) : as_table(costs));
}

}  // namespace steelyard::cli
