#include "steelyard/sim/optimum.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <gtest/gtest.h>

#include "steelyard/base/random.hpp"
#include "steelyard/sim/bounds.hpp"
#include "steelyard/sim/world.hpp"
#include "steelyard/strategy/registry.hpp"

namespace steelyard::sim {
namespace {

struct SmallCase {
  std::vector<StateFacts> states;
  std::vector<Arrival> jobs;
};

Duration milliseconds(std::uint64_t count) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(count));
}

/// At most `most_jobs` jobs of each of up to three states.
SmallCase draw(base::Random& random, std::uint64_t most_jobs) {
  SmallCase drawn;
  const std::uint64_t states = 1 + random.below(3);
  for (std::uint64_t i = 0; i < states; ++i) {
    drawn.states.push_back({"", milliseconds(random.below(5000))});
    for (std::uint64_t jobs = 1 + random.below(most_jobs); jobs > 0; --jobs) {
      Arrival job;
      job.time = TimePoint(milliseconds(random.below(8000)));
      job.state = StateId{static_cast<std::uint32_t>(i)};
      job.run_time = milliseconds(random.below(2000));
      drawn.jobs.push_back(job);
    }
  }
  std::ranges::stable_sort(drawn.jobs, {}, &Arrival::time);
  return drawn;
}

/// Tries every order in which no job overtakes an earlier one of its state.
class EveryOrder {
 public:
  explicit EveryOrder(const SmallCase& given) : given_(given), done_(given.jobs.size()) {
    proceed({}, {}, StateId::none());
  }
  [[nodiscard]] const Optimum& best() const { return best_; }

 private:
  void proceed(Duration time, Duration wait, StateId held) {
    if (std::ranges::find(done_, false) == done_.end()) {
      best_.makespan = std::min(best_.makespan, time);
      best_.total_wait = std::min(best_.total_wait, wait);
    }
    std::vector<bool> seen(given_.states.size());
    for (std::size_t i = 0; i < done_.size(); ++i) {
      const Arrival& job = given_.jobs[i];
      if (done_[i] || seen[job.state.index()]) continue;
      seen[job.state.index()] = true;
      const Duration load =
          job.state == held ? Duration() : given_.states[job.state.index()].load_time;
      const Duration arrival = job.time.time_since_epoch();
      const Duration runs_from = std::max(time, arrival) + load;
      done_[i] = true;
      proceed(runs_from + job.run_time, wait + runs_from - arrival, job.state);
      done_[i] = false;
    }
  }

  const SmallCase& given_;
  std::vector<bool> done_;
  Optimum best_{Duration::max(), Duration::max()};
};

class Listed final : public Arrivals {
 public:
  explicit Listed(std::vector<Arrival> jobs) : jobs_(std::move(jobs)) {}
  std::optional<Arrival> next() override {
    if (place_ == jobs_.size()) return std::nullopt;
    return jobs_[place_++];
  }

 private:
  std::vector<Arrival> jobs_;
  std::size_t place_ = 0;
};

Scenario scenario_of(const SmallCase& given, std::uint32_t workers) {
  Scenario scenario;
  scenario.workers = workers;
  scenario.jobs = given.jobs.size();
  scenario.states = given.states;
  scenario.arrivals = std::make_unique<Listed>(given.jobs);
  return scenario;
}

TEST(Optimum, of_the_six_jobs_loads_twice) {
  SmallCase six;
  six.states = {{"a", milliseconds(5000)}, {"b", milliseconds(5000)}};
  for (std::uint32_t i = 0; i < 6; ++i) {
    Arrival job;
    job.state = StateId{i % 2};
    job.run_time = milliseconds(10);
    six.jobs.push_back(job);
  }
  const Optimum best = optimum(six.jobs, six.states).value();
  EXPECT_EQ(best.makespan, milliseconds(10'060));
  // 5, 5.01, 5.02 and 10.03, 10.04, 10.05
  EXPECT_EQ(best.total_wait, milliseconds(45'150));
}

TEST(Optimum, is_that_of_all_orders) {
  base::Random random(1);
  for (int i = 0; i < 300; ++i) {
    const SmallCase drawn = draw(random, 3);
    const Optimum best = optimum(drawn.jobs, drawn.states).value();
    const EveryOrder every(drawn);
    ASSERT_EQ(best.makespan, every.best().makespan) << "case " << i;
    ASSERT_EQ(best.total_wait, every.best().total_wait) << "case " << i;
  }
}

TEST(Optimum, is_reached_by_nobody_who_does_not_know_the_future) {
  base::Random random(2);
  const strategy::Registry registry;
  for (int i = 0; i < 200; ++i) {
    const SmallCase drawn = draw(random, 8);
    const Optimum best = optimum(drawn.jobs, drawn.states).value();
    for (const strategy::Entry& entry : registry.entries()) {
      World world(scenario_of(drawn, 1), registry.make(entry.name).value());
      const Measures measures = world.run();
      const auto jobs = static_cast<double>(drawn.jobs.size());
      ASSERT_EQ(measures.finished, drawn.jobs.size());
      ASSERT_GE(measures.makespan, best.makespan) << entry.name << ", case " << i;
      ASSERT_GE(measures.waits.mean_s() * jobs, in_seconds(best.total_wait) - 1e-6)
          << entry.name << ", case " << i;
    }
  }
}

TEST(Optimum, is_refused_for_more_than_it_can_look_at) {
  const std::vector<StateFacts> states(4);
  EXPECT_FALSE(optimum({}, states));
  Arrival job;
  job.state = StateId{0};
  EXPECT_FALSE(optimum(std::vector<Arrival>(9, job), std::span(states).first(1)));
}

TEST(MakespanBound, is_beaten_by_no_strategy) {
  base::Random random(3);
  const strategy::Registry registry;
  for (int i = 0; i < 200; ++i) {
    const SmallCase drawn = draw(random, 8);
    const auto workers = static_cast<std::uint32_t>(1 + random.below(4));
    for (const strategy::Entry& entry : registry.entries()) {
      World world(scenario_of(drawn, workers), registry.make(entry.name).value());
      const Measures measures = world.run();
      ASSERT_GE(in_seconds(measures.makespan), makespan_bound_s(measures, workers) - 1e-9)
          << entry.name << ", case " << i;
    }
  }
}

}  // namespace
}  // namespace steelyard::sim
