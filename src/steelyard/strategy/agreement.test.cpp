#include <gtest/gtest.h>

#include "steelyard/base/random.hpp"
#include "steelyard/strategy/registry.hpp"
#include "steelyard/strategy/tables.test.hpp"

/// Random tables: every strategy agrees with its rule written down naively, and `rebuild` never
/// changes what it answers next.
namespace steelyard::strategy {
namespace {

constexpr std::uint32_t kLanes = 12;
constexpr std::uint32_t kWorkers = 6;
constexpr std::uint32_t kPools = 3;
constexpr std::uint32_t kStates = 4;
constexpr std::uint32_t kUsers = 3;
constexpr int kSteps = 400;
constexpr std::uint64_t kSeeds = 150;

/// A part of a second that a double holds exactly, so that equal values are equal.
constexpr Duration kTick = std::chrono::nanoseconds(15'625'000);

/// Twelve lanes and six workers that change at random, as under a scheduler.
class RandomTables : public Tables {
 public:
  explicit RandomTables(std::uint64_t seed) : random_(seed) {
    for (std::uint32_t i = 0; i < kLanes; ++i) {
      const std::uint64_t state = random_.below(kStates + 1);
      lane({.state = state == kStates ? std::optional<std::uint32_t>{} : below(kStates),
            .priority = static_cast<std::int32_t>(below(7)) - 3,
            .pools = random_.below(1 << kPools),
            .user = below(3) == 0 ? std::nullopt : std::optional(below(kUsers))});
    }
    for (std::uint32_t i = 0; i < kWorkers; ++i) join(random_worker());
  }

  void change() {
    pass(kTick * below(64));
    rejoined_ = WorkerId::none();
    const LaneId lane{below(kLanes)};
    const WorkerId worker{below(kWorkers)};
    occupy();
    switch (below(10)) {
      case 0:
        return rejoin(worker);
      case 1:
        return set_pools([this](LaneId) { return random_.below(1 << kPools); });
      case 2:
        return view().worker(worker).joined ? hold(worker, random_state()) : void();
      case 3:
        return view().worker(worker).joined ? drain(worker) : void();
      case 4:
        return view().worker(worker).assigned > 0 ? finish(worker) : void();
      case 5:
        return view().worker(worker).has_room() ? assign(worker) : void();
      case 6:
        return view().lane(lane).waiting > 0 ? give_back(lane, take(lane)) : void();
      case 7:
        return view().lane(lane).waiting > 0 ? static_cast<void>(take(lane)) : void();
      default:
        return arrive(lane);
    }
  }

  /// The worker that has left in the last change, and perhaps joined again; none() if none has.
  [[nodiscard]] WorkerId rejoined() const { return rejoined_; }

  std::uint32_t below(std::uint32_t limit) {
    return static_cast<std::uint32_t>(random_.below(limit));
  }

 private:
  /// A job of some user begins or ends, if there is one to end.
  void occupy() {
    const std::uint32_t user = below(kUsers + 1);
    const TenantId tenant = user == kUsers ? TenantId::none() : TenantId{user};
    if (below(2) == 0) {
      shares().began(tenant);
    } else if (shares().running(tenant) > 0) {
      shares().ended(tenant);
    }
  }
  void rejoin(WorkerId worker) {
    if (view().worker(worker).joined) leave(worker);
    if (below(3) > 0) join(worker, random_worker());
    rejoined_ = worker;
  }
  StateId random_state() {
    const std::uint32_t state = below(kStates + 1);
    return state == kStates ? StateId::none() : StateId{state};
  }
  WorkerOf random_worker() {
    const std::uint32_t state = below(kStates + 1);
    return {.pool = below(kPools),
            .slots = 1 + below(3),
            .weight = 1.0 + below(3),
            .state = state == kStates ? std::nullopt : std::optional(state)};
  }

  base::Random random_;
  WorkerId rejoined_;
};

std::unique_ptr<Strategy> named(std::string_view name) {
  return std::move(Registry().make(name).value());
}

/// The waiting lane that `worker` may serve with the smallest `value(lane)` in nanoseconds; equal
/// values in order of arrival.
template <class Value>
LaneId smallest(const View& view, WorkerId worker, Value&& value) {
  LaneId best;
  for (std::uint32_t i = 0; i < kLanes; ++i) {
    const LaneId id{i};
    if (view.lane(id).waiting == 0 || !view.allowed(worker, id)) continue;
    const auto key = [&](LaneId lane) {
      return std::pair(value(view.lane(lane)), view.lane(lane).head_order);
    };
    if (!best.valid() || key(id) < key(best)) best = id;
  }
  return best;
}

std::int64_t nanoseconds(TimePoint time) {
  return time.time_since_epoch().count();
}
constexpr std::int64_t kSecond = 1'000'000'000;

LaneId oldest_by_rule(const View& view, WorkerId worker) {
  return smallest(view, worker, [](const Lane& lane) {
    return nanoseconds(lane.head_arrival) - lane.priority * kSecond;
  });
}

LaneId grouped_by_rule(const View& view, WorkerId worker) {
  return smallest(view, worker, [&](const Lane& lane) {
    std::int64_t value =
        nanoseconds(lane.head_arrival) - nanoseconds(view.now()) - lane.priority * kSecond;
    if (!needs_load(lane, view.worker(worker))) return value;
    value += 10 * kSecond;
    for (std::uint32_t i = 0; i < kWorkers; ++i) {
      if (WorkerId{i} != worker && view.worker(WorkerId{i}).holds(lane.state)) {
        return value + kSecond;
      }
    }
    return value;
  });
}

/// The worker would have to load the lane's state, which another one holds.
bool is_left_to_another(const View& view, WorkerId worker, const Lane& lane) {
  if (!needs_load(lane, view.worker(worker))) return false;
  for (std::uint32_t i = 0; i < kWorkers; ++i) {
    if (view.worker(WorkerId{i}).holds(lane.state)) return true;
  }
  return false;
}

LaneId grouped_exclusively_by_rule(const View& view, WorkerId worker) {
  const LaneId best = smallest(view, worker, [&](const Lane& lane) {
    const std::int64_t value = nanoseconds(lane.head_arrival) - lane.priority * kSecond +
                               (needs_load(lane, view.worker(worker)) ? 10 * kSecond : 0);
    return std::pair(is_left_to_another(view, worker, lane), value);
  });
  const bool is_left = best.valid() && is_left_to_another(view, worker, view.lane(best));
  return is_left ? LaneId::none() : best;
}

LaneId fewest_busy_by_rule(const View& view, WorkerId worker) {
  return smallest(view, worker, [&](const Lane& lane) {
    const std::int64_t value = nanoseconds(lane.head_arrival) - lane.priority * kSecond;
    return std::pair(view.shares().running(lane.tenant), value);
  });
}

bool can_take(const View& view, WorkerId worker, LaneId lane) {
  return view.worker(worker).has_room() && view.allowed(worker, lane);
}

template <class Rule>
void expect_choices_by_rule(std::string_view name, Rule&& rule) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    RandomTables tables(seed);
    const auto strategy = named(name);
    tables.tell(*strategy);
    strategy->rebuild(tables.view());
    for (int step = 0; step < kSteps; ++step) {
      tables.change();
      const WorkerId worker{tables.below(kWorkers)};
      if (!tables.view().worker(worker).joined) continue;
      ASSERT_EQ(served(*strategy, tables, worker), rule(tables.view(), worker))
          << name << ", seed " << seed << ", step " << step;
    }
  }
}

TEST(Agreement, oldest_least_loaded_and_round_robin_choose_by_arrival_minus_priority) {
  for (const std::string_view name : {"oldest", "least-loaded", "round-robin"}) {
    expect_choices_by_rule(name, oldest_by_rule);
  }
}

TEST(Agreement, groups_by_state_chooses_by_its_formula) {
  expect_choices_by_rule("groups-by-state", grouped_by_rule);
}

TEST(Agreement, groups_by_state_exclusive_chooses_by_its_formula_and_leaves_held_states_alone) {
  expect_choices_by_rule("groups-by-state-exclusive", grouped_exclusively_by_rule);
}

TEST(Agreement, fewest_busy_user_serves_one_who_occupies_the_fewest_slots) {
  expect_choices_by_rule("fewest-busy-user", fewest_busy_by_rule);
}

TEST(Agreement, least_loaded_asks_a_worker_with_the_least_load_and_of_equals_the_one_asked_first) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    RandomTables tables(seed);
    const auto strategy = named("least-loaded");
    tables.tell(*strategy);
    strategy->rebuild(tables.view());
    std::vector<int> asked(kWorkers, -1);  // the step
    for (int step = 0; step < kSteps; ++step) {
      tables.change();
      // A worker that has joined anew has not been asked yet.
      if (tables.rejoined().valid()) asked[tables.rejoined().index()] = -1;
      std::optional<WorkerId> expected;
      const LaneId lane{tables.below(kLanes)};
      for (std::uint32_t i = 0; i < kWorkers; ++i) {
        if (!can_take(tables.view(), WorkerId{i}, lane)) continue;
        const auto key = [&](WorkerId id) {
          const Worker& w = tables.view().worker(id);
          return std::tuple(w.assigned / w.weight, asked[id.index()], w.pool);
        };
        if (!expected || key(WorkerId{i}) < key(*expected)) expected = WorkerId{i};
      }
      ASSERT_EQ(strategy->place(tables.view(), lane), expected) << "seed " << seed;
      if (expected) asked[expected->index()] = step;
    }
  }
}

TEST(Agreement, round_robin_asks_the_next_in_turn) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    RandomTables tables(seed);
    const auto strategy = named("round-robin");
    std::uint32_t next = 0;
    for (int step = 0; step < kSteps; ++step) {
      tables.change();
      const LaneId lane{tables.below(kLanes)};
      std::optional<WorkerId> expected;
      for (std::uint32_t i = next; i < next + kWorkers && !expected; ++i) {
        const WorkerId worker{i % kWorkers};
        if (can_take(tables.view(), worker, lane)) expected = worker;
      }
      ASSERT_EQ(strategy->place(tables.view(), lane), expected) << "seed " << seed;
      if (expected) next = expected->value + 1;
    }
  }
}

TEST(Agreement, rebuild_never_changes_the_next_answer) {
  const Registry registry;
  for (const Entry& entry : registry.entries()) {
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
      RandomTables tables(seed);
      const auto kept = named(entry.name);
      const auto rebuilt = named(entry.name);
      for (Strategy* strategy : {kept.get(), rebuilt.get()}) {
        tables.tell(*strategy);
        strategy->rebuild(tables.view());
      }
      for (int step = 0; step < kSteps; ++step) {
        tables.change();
        if (tables.below(3) == 0) rebuilt->rebuild(tables.view());
        const LaneId lane{tables.below(kLanes)};
        ASSERT_EQ(kept->place(tables.view(), lane), rebuilt->place(tables.view(), lane))
            << entry.name << ", seed " << seed;
        const WorkerId worker{tables.below(kWorkers)};
        if (!tables.view().worker(worker).joined) continue;
        ASSERT_EQ(served(*kept, tables, worker), served(*rebuilt, tables, worker))
            << entry.name << ", seed " << seed;
      }
    }
  }
}

}  // namespace
}  // namespace steelyard::strategy
