#include "steelyard/trace/replay.hpp"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/core/simulation/faulty_world.test.hpp"
#include "steelyard/strategy/registry.hpp"
#include "steelyard/trace/test_recording.hpp"

namespace steelyard::trace {
namespace {

using core::FaultyWorld;

constexpr std::uint64_t kSeedsPerStrategy = 60;
/// As many names as a faulty world uses.
constexpr std::uint32_t kNames = 5;

std::unique_ptr<strategy::Strategy> make(const std::string& name) {
  return std::move(strategy::Registry().make(name).value());
}

struct RecordedWorld {
  std::string bytes;
  std::uint64_t events = 0;
};

/// A world in which everything goes wrong, and all that happened in it.
RecordedWorld recorded_world(std::uint64_t seed, const std::string& strategy,
                             std::uint32_t happenings) {
  core::SeededDice dice(seed);
  core::Setting setting = core::Setting::draw(dice);
  setting.strategy = strategy;
  // A recording is of one life of a broker.
  setting.features.reset(static_cast<std::size_t>(core::Feature::Crashes));
  setting.features.reset(static_cast<std::size_t>(core::Feature::Stops));
  const auto sink = std::make_shared<MemorySink>();
  const SomeNames names(kNames);
  RecordedWorld recorded;
  {
    Recorder recorder({"steelyard", strategy, setting.options, {}, 0}, sink);
    FaultyWorld world(setting, dice);
    world.watch([&](TimePoint now, const core::Event& event, const core::Actions& actions) {
      recorder.note(now, event, actions, names.tables());
      ++recorded.events;
    });
    for (std::uint32_t i = 0; i < happenings; ++i) world.stir();
    world.calm();
  }
  recorded.bytes = sink->bytes();
  append_end(recorded.bytes, "");
  return recorded;
}

struct Replayed {
  std::uint64_t events = 0;
  std::uint64_t decisions = 0;
  std::optional<Difference> difference;
  std::optional<std::string> ended;
  std::string error;
};

Replayed replayed(const std::string& bytes, const std::string& strategy) {
  Replayed result;
  auto reader = Reader::open(source_of(bytes));
  if (!reader) return {.difference = {}, .ended = {}, .error = reader.error().context};
  Replay replay(reader->preface(), make(strategy));
  Step step;
  auto more = reader->next(step);
  for (; more && *more; more = reader->next(step)) replay.take(step, reader->names());
  if (!more) result.error = more.error().context;
  result.events = replay.events();
  result.decisions = replay.decisions();
  result.difference = replay.difference();
  result.ended = reader->ended();
  return result;
}

TEST(Replay, decides_as_the_recorded_scheduler_did_in_every_faulty_world) {
  const strategy::Registry registry;
  for (const strategy::Entry& entry : registry.entries()) {
    std::uint64_t decisions = 0;
    for (std::uint64_t seed = 1; seed <= kSeedsPerStrategy; ++seed) {
      const RecordedWorld world = recorded_world(seed, entry.name, 200);
      const Replayed again = replayed(world.bytes, entry.name);
      ASSERT_EQ(again.error, "") << entry.name << " seed " << seed;
      ASSERT_EQ(again.ended, "");
      ASSERT_FALSE(again.difference)
          << entry.name << " seed " << seed << ": event " << again.difference->event << ", "
          << again.difference->name << "\n  recorded: " << again.difference->recorded
          << "\n  replayed: " << again.difference->replayed;
      EXPECT_EQ(again.events, world.events);
      decisions += again.decisions;
    }
    EXPECT_GT(decisions, 20 * kSeedsPerStrategy) << entry.name;
  }
}

TEST(Replay, finds_the_first_difference_of_another_strategy) {
  std::uint64_t different = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const Replayed other = replayed(recorded_world(seed, "round-robin", 200).bytes, "amortised");
    EXPECT_EQ(other.error, "");
    if (!other.difference) continue;
    ++different;
    EXPECT_EQ(other.difference->event, other.events + 1);
    EXPECT_NE(other.difference->recorded, other.difference->replayed);
  }
  EXPECT_GT(different, 10U);
}

TEST(Replay, survives_every_damaged_byte) {
  const std::string bytes = recorded_world(7, "amortised", 60).bytes;
  std::uint64_t noticed = 0;
  for (std::size_t place = 0; place < bytes.size(); ++place) {
    for (const int flipped : {0x01, 0x10, 0x80}) {
      std::string damaged = bytes;
      damaged[place] = static_cast<char>(damaged[place] ^ flipped);
      const Replayed again = replayed(damaged, "amortised");
      const bool is_noticed = !again.error.empty() || again.difference || again.ended != "";
      noticed += is_noticed ? 1 : 0;
    }
  }
  EXPECT_GT(noticed, bytes.size() * 3 / 2);
}

}  // namespace
}  // namespace steelyard::trace
