#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "steelyard/base/random.hpp"
#include "steelyard/hub/crew.hpp"

namespace steelyard::hub {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A group in a world where anything may happen, and what must hold whatever happens.
class RandomWorld {
 public:
  explicit RandomWorld(std::uint64_t seed) : random_(seed), spec_(any_spec()), crew_(spec_) {}

  void run(int steps) {
    for (int i = 0; i < steps; ++i) step();
    if (testing::Test::HasFailure()) return;
    apply(crew_.stop(now_));
    // From here on every worker ends when it is killed: all have to be gone in the end.
    for (int i = 0; i < 100 && !crew_.is_over(); ++i) {
      now_ += seconds(30);
      apply(crew_.time_passed(now_, std::nullopt));
      const auto killed = killed_;
      for (const MemberId member : killed) end(member);
    }
    EXPECT_TRUE(crew_.is_over());
    EXPECT_TRUE(alive_.empty());
  }

  [[nodiscard]] std::uint64_t starts() const { return starts_; }
  [[nodiscard]] std::uint64_t kills() const { return kills_; }
  [[nodiscard]] std::uint64_t given_up() const { return given_up_; }

 private:
  struct Worker {
    std::string name;
    bool ready = false;
    std::optional<TimePoint> told_to_stop{};
  };

  GroupSpec any_spec() {
    GroupSpec spec;
    spec.name = "g";
    spec.queues = {"q"};
    spec.process.words = {fmt::format("{}", random_.below(3))};
    spec.process.is_program = random_.below(4) == 0;
    spec.size.min = static_cast<std::uint32_t>(random_.below(4));
    spec.size.max = std::max(1U, spec.size.min + static_cast<std::uint32_t>(random_.below(6)));
    spec.size.slots = 1 + static_cast<std::uint32_t>(random_.below(3));
    spec.size.idle = seconds(random_.below(20));
    spec.restarts.give_up_after_crashes = 1 + static_cast<std::uint32_t>(random_.below(8));
    spec.restarts.healthy_after = seconds(1 + random_.below(20));
    spec.stop_grace = seconds(random_.below(30));
    return spec;
  }

  void step() {
    now_ += milliseconds(random_.below(2'000));
    switch (random_.below(8)) {
      case 0:
        if (const auto member = any_worker()) end(*member);
        break;
      case 1:
      case 2:
        if (const auto member = any_worker()) {
          alive_.at(*member).ready = true;
          apply(crew_.became_ready(now_, *member));
        }
        break;
      case 3:
        if (random_.below(10) == 0) reconfigure();
        break;
      default:
        apply(crew_.time_passed(now_, any_demand()));
    }
    check();
  }

  std::optional<Demand> any_demand() {
    if (random_.below(5) == 0) return std::nullopt;
    Demand demand{.queued = random_.below(3) == 0 ? random_.below(100) : 0,
                  .running = random_.below(10),
                  .slots = alive_.size() * spec_.size.slots + random_.below(5)};
    if (random_.below(3) > 0) demand.mean_run = milliseconds(random_.below(10'000));
    demand.longest_wait = seconds(random_.below(20));
    return demand;
  }

  std::optional<MemberId> any_worker() {
    if (alive_.empty()) return std::nullopt;
    return std::next(alive_.begin(), static_cast<std::ptrdiff_t>(random_.below(alive_.size())))
        ->first;
  }

  void reconfigure() {
    spec_ = any_spec();
    apply(crew_.reconfigure(now_, spec_));
  }

  void end(MemberId member) {
    alive_.erase(member);
    killed_.erase(member);
    apply(crew_.ended(now_, member, "exit status 1", random_.below(3) == 0));
  }

  void apply(const Actions& actions) {
    for (const Action& action : actions) {
      if (const auto* start = std::get_if<StartWorker>(&action)) {
        ++starts_;
        EXPECT_NE(crew_.state(), GroupState::Stopping);
        for (const auto& [id, worker] : alive_) EXPECT_NE(worker.name, start->name);
        alive_[start->member] = {start->name};
      } else if (const auto* stop = std::get_if<StopWorker>(&action)) {
        EXPECT_FALSE(alive_.at(stop->member).told_to_stop) << "told twice";
        alive_.at(stop->member).told_to_stop = now_;
      } else if (const auto* kill = std::get_if<KillWorker>(&action)) {
        ++kills_;
        ASSERT_TRUE(alive_.at(kill->member).told_to_stop) << "killed without a warning";
        EXPECT_TRUE(killed_.insert(kill->member).second) << "killed twice";
      } else {
        EXPECT_FALSE(std::get<Tell>(action).sentence.empty());
      }
    }
  }

  void check() {
    std::uint32_t staying = 0;
    for (const auto& [id, worker] : alive_) staying += worker.told_to_stop ? 0 : 1;
    EXPECT_LE(staying, spec_.size.max + 1);
    EXPECT_GE(crew_.wanted(), spec_.size.min);
    EXPECT_LE(crew_.wanted(), spec_.size.max);
    EXPECT_EQ(crew_.alive(), alive_.size());
    given_up_ += crew_.state() == GroupState::GivenUp ? 1 : 0;
    if (const auto next = crew_.next_deadline(); next && *next <= now_) {
      // What is due is done by the next look, and is not due then any more.
      apply(crew_.time_passed(now_, std::nullopt));
    }
  }

  base::Random random_;
  TimePoint now_{seconds(1'000)};
  GroupSpec spec_;
  Crew crew_;
  std::map<MemberId, Worker> alive_;
  std::set<MemberId> killed_;
  std::uint64_t starts_ = 0;
  std::uint64_t kills_ = 0;
  std::uint64_t given_up_ = 0;
};

TEST(CrewInvariants, hold_whatever_happens) {
  std::uint64_t starts = 0;
  std::uint64_t kills = 0;
  std::uint64_t given_up = 0;
  for (std::uint64_t seed = 1; seed <= 2'000; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    RandomWorld world(seed);
    world.run(200);
    if (HasFailure()) return;
    starts += world.starts();
    kills += world.kills();
    given_up += world.given_up();
  }
  // The branches that are rare were reached.
  EXPECT_GT(starts, 10'000U);
  EXPECT_GT(kills, 1'000U);
  EXPECT_GT(given_up, 1'000U);
}

}  // namespace
}  // namespace steelyard::hub
