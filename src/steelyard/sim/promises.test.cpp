#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "steelyard/base/indexed_heap.hpp"
#include "steelyard/base/random.hpp"
#include "steelyard/core/scheduler.hpp"
#include "steelyard/strategy/registry.hpp"

/// What `amortised` promises, over random workloads: how long a job waits at most, how much time
/// goes into loading, how far users get apart. docs/strategies.md names these tests.
namespace steelyard::sim {
namespace {

constexpr SessionId kSession{0};
constexpr double kBeta = 4;  // as long as max_wait_s <= 4 loads

double seconds_of(Duration time) {
  return std::chrono::duration<double>(time).count();
}
Duration from(double seconds) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

struct Job {
  double arrival_s = 0;
  std::uint32_t state = 0;
  std::uint32_t user = 0;
  double run_s = 0;
};

struct Setting {
  std::uint32_t workers = 1;
  std::uint32_t states = 1;
  double load_s = 1;
  double longest_run_s = 0;
  double max_wait_s = 4;
  double share_budget_s = 30;
};

/// What became of a job.
struct Fate {
  double wait_s = -1;  ///< never begun
  double older_work_s = 0;  ///< that was there, or under way, when it came
};

/// Runs jobs through the scheduler; workers load and run, and everything is written down.
class Trial {
 public:
  Trial(const Setting& setting, std::vector<Job> jobs)
      : setting_(setting),
        jobs_(std::move(jobs)),
        fates_(jobs_.size()),
        running_(setting.workers),
        scheduler_(options(setting), strategy(setting)) {
    step(core::SessionOpened{kSession, {}, false});
    for (std::uint32_t i = 0; i < setting.workers; ++i) {
      const QueueId queue{0};
      core::WorkerProfile profile;
      profile.queues = {&queue, 1};
      step(core::WorkerJoined{WorkerId{i}, {}, profile});
    }
  }

  void run() {
    std::size_t next = 0;
    while (next < jobs_.size() || !ends_.empty() || queued() > 0) {
      TimePoint when = scheduler_.next_deadline().value_or(strategy::kNever);
      if (!ends_.empty()) when = std::min(when, ends_.top_key());
      const TimePoint arrival =
          next < jobs_.size() ? TimePoint(from(jobs_[next].arrival_s)) : strategy::kNever;
      pass_to(std::max(now_, std::min(when, arrival)));
      if (!ends_.empty() && ends_.top_key() <= now_) {
        finish(WorkerId{ends_.top()});
      } else if (arrival <= now_) {
        arrive(next++);
      } else {
        step(core::TimePassed{});
      }
    }
  }

  [[nodiscard]] const std::vector<Fate>& fates() const { return fates_; }
  [[nodiscard]] double loading_s() const { return loading_s_; }
  [[nodiscard]] double end_s() const { return seconds_of(now_.time_since_epoch()); }
  /// How many worker-seconds more one of two users got than the other, at the worst time at which
  /// both had had jobs waiting since the beginning.
  [[nodiscard]] double worst_gap_s() const { return worst_gap_s_; }

 private:
  static core::Options options(const Setting& setting) {
    core::Options options;
    options.max_queued_jobs_per_user = -1;
    options.worker_lost_after = std::chrono::hours(24 * 365);
    options.time_prior = {setting.load_s, setting.longest_run_s};
    return options;
  }
  static std::unique_ptr<strategy::Strategy> strategy(const Setting& setting) {
    const std::string text = "amortised:max_wait_s=" + std::to_string(setting.max_wait_s) +
                             ",share_budget_s=" + std::to_string(setting.share_budget_s);
    return strategy::Registry().make(text).value();
  }

  [[nodiscard]] std::uint64_t queued() const { return scheduler_.book().total().jobs.queued; }

  void pass_to(TimePoint then) {
    const double passed_s = seconds_of(then - now_);
    now_ = then;
    if (now_ > TimePoint() && (waiting_[0] == 0 || waiting_[1] == 0)) both_wait_ = false;
    if (!both_wait_) return;
    ahead_s_ += passed_s * (served_by_[0] - served_by_[1]);
    worst_gap_s_ = std::max(worst_gap_s_, std::abs(ahead_s_));
  }

  void arrive(std::size_t place) {
    const Job& job = jobs_[place];
    fates_[place].older_work_s = backlog_s_;
    backlog_s_ += job.run_s;
    ++waiting_[job.user];
    core::JobsSubmitted event;
    event.session = kSession;
    event.first_sequence = place + 1;
    event.count = 1;
    event.queue = QueueId{0};
    event.state = StateId{job.state};
    event.tenant = TenantId{job.user};
    step(event);
  }

  void finish(WorkerId worker) {
    ends_.erase(worker.value);
    const Running done = running_[worker.index()];
    backlog_s_ -= jobs_[done.job].run_s;
    --served_by_[jobs_[done.job].user];
    core::AttemptReport report;
    report.run_time = from(jobs_[done.job].run_s);
    report.load_time = done.loads ? from(setting_.load_s) : Duration::zero();
    step(core::JobFinished{worker, done.lease, {}, report, true});
  }

  void step(const core::Event& event) {
    core::Actions actions;
    scheduler_.step(now_, event, actions);
    for (const core::Action& action : actions) {
      if (const auto* assign = std::get_if<core::Assign>(&action)) begin(*assign);
    }
  }

  void begin(const core::Assign& assign) {
    const std::size_t place = assign.sequence - 1;
    const double load_s = assign.loads ? setting_.load_s : 0;
    loading_s_ += load_s;
    --waiting_[assign.tenant.index()];
    ++served_by_[assign.tenant.index()];
    ASSERT_LT(fates_[place].wait_s, 0) << "a job was given away twice";
    fates_[place].wait_s = seconds_of(now_.time_since_epoch()) + load_s - jobs_[place].arrival_s;
    running_[assign.worker.index()] = {assign.lease, place, assign.loads};
    ends_.set(assign.worker.value, now_ + from(load_s + jobs_[place].run_s));
  }

  struct Running {
    Lease lease;
    std::size_t job = 0;
    bool loads = false;
  };

  const Setting setting_;
  const std::vector<Job> jobs_;
  std::vector<Fate> fates_;
  std::vector<Running> running_;
  core::Scheduler scheduler_;
  base::IndexedHeap<TimePoint> ends_;  // by worker
  TimePoint now_{};
  double backlog_s_ = 0;
  double loading_s_ = 0;
  std::array<int, 2> waiting_{};    // jobs, by user
  std::array<int, 2> served_by_{};  // workers, by user
  bool both_wait_ = true;
  double ahead_s_ = 0;  // user 0, before user 1
  double worst_gap_s_ = 0;
};

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  double between(double low, double high) {
    return low + (high - low) * static_cast<double>(random_.below(1'000'000)) / 1e6;
  }
  std::uint32_t below(std::uint32_t limit) {
    return static_cast<std::uint32_t>(random_.below(limit));
  }

 private:
  base::Random random_;
};

Setting random_setting(Dice& dice) {
  Setting setting;
  setting.states = 1 + dice.below(6);
  setting.load_s = dice.between(0.1, 5);
  setting.longest_run_s = dice.between(0.001, 0.5) * setting.load_s;
  setting.max_wait_s = dice.between(1, kBeta) * setting.load_s;
  return setting;
}

/// Jobs in bursts and lulls, now more than the worker can do, now hardly any.
std::vector<Job> random_jobs(Dice& dice, const Setting& setting, std::size_t count) {
  std::vector<Job> jobs;
  double time_s = 0;
  double pace = 1;
  for (std::size_t i = 0; i < count; ++i) {
    if (dice.below(50) == 0) pace = dice.between(0, 3);
    time_s += dice.between(0, 2) * pace * setting.longest_run_s;
    if (dice.below(200) == 0) time_s += dice.between(0, 20) * setting.load_s;
    jobs.push_back({time_s, dice.below(setting.states), dice.below(2),
                    dice.between(0.1, 1) * setting.longest_run_s});
  }
  return jobs;
}

constexpr std::uint64_t kSeeds = 300;

TEST(Promises, a_job_waits_no_longer_than_its_guard_the_older_work_and_a_round_of_loads) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Dice dice(seed);
    Setting setting = random_setting(dice);
    std::vector<Job> jobs = random_jobs(dice, setting, 600);
    for (Job& job : jobs) job.user = 0;
    Trial trial(setting, jobs);
    trial.run();
    for (const Fate& fate : trial.fates()) {
      ASSERT_GE(fate.wait_s, -1e-6) << "seed " << seed << ": a job was never begun";
      const double bound = setting.max_wait_s + (1 + 1 / kBeta) * fate.older_work_s +
                           (setting.states + 1) * (1 + kBeta) * setting.load_s +
                           setting.longest_run_s;
      ASSERT_LE(fate.wait_s, bound + 1e-6) << "seed " << seed;
    }
  }
}

TEST(Promises, saturated_no_more_than_one_part_in_beta_and_one_goes_into_loading) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Dice dice(seed);
    Setting setting = random_setting(dice);
    std::vector<Job> jobs = random_jobs(dice, setting, 600);
    for (Job& job : jobs) {
      job.arrival_s = 0;
      job.user = 0;
    }
    Trial trial(setting, jobs);
    trial.run();
    // The first load of each state, and the one after its queue was emptied, are not forced.
    const double unforced_s = 2 * setting.states * setting.load_s;
    EXPECT_LE(trial.loading_s(), trial.end_s() / (1 + kBeta) + unforced_s) << "seed " << seed;
  }
}

TEST(Promises, two_backlogged_users_get_apart_by_the_budget_and_a_forced_switch_per_worker) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Dice dice(seed);
    Setting setting = random_setting(dice);
    setting.workers = 1 + dice.below(4);
    setting.share_budget_s = dice.between(0, 10) * setting.load_s;
    std::vector<Job> jobs = random_jobs(dice, setting, 600);
    for (Job& job : jobs) job.arrival_s = 0;
    Trial trial(setting, jobs);
    trial.run();
    const double bound =
        setting.workers * (setting.share_budget_s + (1 + kBeta) * setting.load_s +
                           2 * setting.longest_run_s);
    EXPECT_LE(trial.worst_gap_s(), bound)
        << "seed " << seed << ", " << setting.workers << " workers, " << setting.states
        << " states, load " << setting.load_s << " s, run " << setting.longest_run_s
        << " s, budget " << setting.share_budget_s << " s, wait " << setting.max_wait_s << " s";
  }
}

}  // namespace
}  // namespace steelyard::sim
