#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/store/frail_disk.test.hpp"
#include "steelyard/store/log.hpp"
#include "steelyard/store/naive_log.test.hpp"

/// What a journal holds after its disk has failed, at each place where it can.
namespace steelyard::store {
namespace {

using testing::AnyOf;
using Fault = FrailDisk::Fault;

constexpr const char* kFile = "journal";

/// Batches, and what lives after each.
struct Script {
  Script(std::uint64_t seed, std::size_t size) {
    RandomBatches random(seed, 1 + seed * 7 % 60);
    NaiveLog naive;
    states.push_back({});
    while (batches.size() < size) {
      batches.push_back(random.next());
      naive.append(batches.back());
      states.push_back(naive.living());
    }
  }

  std::vector<Records> batches;
  std::vector<Records> states;  // one more: the first is empty
};

LogOptions options(const FrailDisk& disk, std::uint64_t seed) {
  return {.max_row_bytes = seed % 2 == 0 ? 300U : 1U << 20,
          .checkpoint_pages = static_cast<std::uint32_t>(1 + seed % 9),
          .vfs = disk.name()};
}

Records recovered(Log& log) {
  Records records;
  const auto done = log.recover([&](const Record& record) { records.push_back(record); });
  EXPECT_TRUE(done) << describe(done.error());
  return records;
}

/// Appends until one fails; compacts at times. Returns how many were taken.
std::size_t run(const FrailDisk& disk, const Script& script, std::uint64_t seed,
                std::size_t first) {
  const auto log = open_log(kFile, options(disk, seed));
  if (!log) return first;
  for (std::size_t i = first; i < script.batches.size(); ++i) {
    if (!(*log)->append(script.batches[i])) return i;
    if (i % 16 == 15 && !(*log)->compact()) return i + 1;
  }
  return script.batches.size();
}

/// Opens what a cut has left. Returns how many batches are there: those that were taken, and
/// perhaps the one that was on its way.
std::size_t surviving(const FrailDisk& disk, const Script& script, std::uint64_t seed,
                      std::size_t taken) {
  const auto log = open_log(kFile, options(disk, seed));
  EXPECT_TRUE(log) << describe(log.error());
  if (!log) return taken;
  const Records found = recovered(**log);
  const std::size_t next = std::min(taken + 1, script.batches.size());
  EXPECT_THAT(found, AnyOf(script.states[taken], script.states[next]));
  return found == script.states[taken] ? taken : next;
}

/// Cuts the power at each operation of a run, cuts it again while what is left is opened, and goes
/// on with it to the end.
void cut_everywhere(std::uint64_t seed, std::size_t batches, std::uint64_t stride) {
  const Script script(seed, batches);
  bool was_cut = true;
  for (std::uint64_t at = seed % stride; was_cut && !testing::Test::HasFailure(); at += stride) {
    SCOPED_TRACE(fmt::format("seed {}, cut after {} operations", seed, at));
    base::Random dice(seed * 1'000'003 + at);
    FrailDisk disk;
    disk.fail_after(at, Fault::PowerCut);
    const std::size_t taken = run(disk, script, seed, 0);
    was_cut = disk.has_failed();
    disk.restart(dice);
    disk.fail_after(dice.below(12), Fault::PowerCut);
    static_cast<void>(open_log(kFile, options(disk, seed)));
    disk.restart(dice);
    const std::size_t left = surviving(disk, script, seed, taken);
    ASSERT_EQ(run(disk, script, seed, left), batches);
    ASSERT_EQ(surviving(disk, script, seed, batches), batches);
  }
}

TEST(PowerCut, at_any_operation_leaves_the_batches_that_were_taken) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) cut_everywhere(seed, 24, 1);
}

TEST(PowerCut, at_some_operation_of_many_runs_leaves_the_batches_that_were_taken) {
  for (std::uint64_t seed = 100; seed < 160; ++seed) cut_everywhere(seed, 20, 23);
}

TEST(PowerCut, right_after_the_making_leaves_a_journal_or_nothing) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    base::Random dice(seed);
    FrailDisk disk;
    disk.fail_after(seed % 40, Fault::PowerCut);
    static_cast<void>(open_log(kFile, options(disk, seed)));
    disk.restart(dice);
    const auto log = open_log(kFile, options(disk, seed));
    ASSERT_TRUE(log) << describe(log.error());
    ASSERT_TRUE(recovered(**log).empty());
  }
}

/// Appends everything, each batch as often as it takes. A failure must have a right name and change
/// nothing. Returns how many calls failed.
std::size_t insist(FrailDisk& disk, const Script& script, std::uint64_t seed, ErrorCode expected) {
  std::size_t failed = 0;
  auto log = open_log(kFile, options(disk, seed));
  for (; !log && !testing::Test::HasFailure(); log = open_log(kFile, options(disk, seed))) {
    EXPECT_EQ(log.error().code, expected) << log.error().context;
    ++failed;
  }
  if (!log) return failed;
  for (std::size_t i = 0; i < script.batches.size() && !testing::Test::HasFailure(); ++i) {
    for (auto done = (*log)->append(script.batches[i]); !done;
         done = (*log)->append(script.batches[i])) {
      EXPECT_EQ(done.error().code, expected) << done.error().context;
      EXPECT_EQ(recovered(**log), script.states[i]);
      ++failed;
    }
    if (i % 16 == 15) static_cast<void>((*log)->compact());
  }
  EXPECT_EQ(recovered(**log), script.states.back());
  return failed;
}

/// Lets each operation that can fail do so, at times several in a row.
std::size_t fail_everywhere(Fault fault, ErrorCode expected) {
  std::size_t failed = 0;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const Script script(seed, 24);
    bool has_failed = true;
    for (std::uint64_t at = 0; has_failed && !testing::Test::HasFailure(); ++at) {
      SCOPED_TRACE(fmt::format("seed {}, failure after {} operations", seed, at));
      FrailDisk disk;
      disk.fail_after(at, fault, 1 + at % 7);
      failed += insist(disk, script, seed, expected);
      has_failed = disk.has_failed();
      disk.heal();
      EXPECT_EQ(surviving(disk, script, seed, script.batches.size()), script.batches.size());
    }
  }
  return failed;
}

TEST(FullDisk, refuses_a_batch_by_name_and_takes_it_once_there_is_room) {
  EXPECT_GT(fail_everywhere(Fault::Full, ErrorCode::JournalFull), 100U);
}

TEST(BadDisk, refuses_a_batch_that_cannot_be_written_and_takes_it_later) {
  EXPECT_GT(fail_everywhere(Fault::WriteError, ErrorCode::SystemError), 100U);
}

TEST(BadDisk, refuses_a_batch_that_cannot_be_synchronised_and_takes_it_later) {
  EXPECT_GT(fail_everywhere(Fault::SyncError, ErrorCode::SystemError), 50U);
}

TEST(BadDisk, loses_nothing_that_was_taken_when_the_power_goes_later) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const Script script(seed, 20);
    base::Random dice(seed);
    FrailDisk disk;
    disk.fail_after(dice.below(60), Fault::SyncError, 1 + dice.below(3));
    static_cast<void>(insist(disk, script, seed, ErrorCode::SystemError));
    disk.heal();
    disk.restart(dice);
    EXPECT_EQ(surviving(disk, script, seed, script.batches.size()), script.batches.size());
  }
}

}  // namespace
}  // namespace steelyard::store
