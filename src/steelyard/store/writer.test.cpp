#include "steelyard/store/writer.hpp"

#include <atomic>
#include <latch>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/store/memory_log.hpp"

namespace steelyard::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Groups = std::vector<std::vector<Record>>;

Record record(std::uint64_t job, RecordKind kind = RecordKind::Submitted) {
  return {{1, job}, kind, kind == RecordKind::Forgotten ? "" : "bytes"};
}

/// What the test says about the log, and sees of it; outlives the writer.
class Script {
 public:
  void fail_with(std::optional<Error> error) {
    const std::lock_guard lock(mutex_);
    failure_ = std::move(error);
  }
  /// Holds the next group up until `go_on`.
  void hold() {
    const std::lock_guard lock(mutex_);
    held_ = true;
  }
  void go_on() {
    {
      const std::lock_guard lock(mutex_);
      held_ = false;
    }
    changed_.notify_all();
  }
  void wait_for_groups(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return attempts_ >= count; });
  }
  [[nodiscard]] Groups groups() const {
    const std::lock_guard lock(mutex_);
    return groups_;
  }

  Result<void> take(std::span<const Record> records) {
    std::unique_lock lock(mutex_);
    ++attempts_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
    if (failure_) return tl::unexpected(*failure_);
    groups_.emplace_back(records.begin(), records.end());
    return {};
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Error> failure_;
  bool held_ = false;
  std::size_t attempts_ = 0;
  Groups groups_;
};

class ScriptedLog final : public Log {
 public:
  explicit ScriptedLog(Script& script) : script_(script) {}
  Result<void> append(std::span<const Record> records) override {
    auto taken = script_.take(records);
    return taken ? log_.append(records) : taken;
  }
  Result<void> recover(const std::function<void(const Record&)>& visit) override {
    return log_.recover(visit);
  }
  Result<void> compact() override { return {}; }
  [[nodiscard]] Figures figures() const override { return log_.figures(); }

 private:
  Script& script_;
  MemoryLog log_;
};

class WriterTest : public testing::Test {
 protected:
  std::unique_ptr<Writer> writer(const WriterOptions& options = {}) {
    return std::make_unique<Writer>(std::make_unique<ScriptedLog>(script_), options, [this] {
      {
        const std::lock_guard lock(mutex_);
        ++calls_;
      }
      called_.notify_all();
    });
  }

  template <class Condition>
  void wait_until(Condition condition) {
    std::unique_lock lock(mutex_);
    called_.wait(lock, condition);
  }

  Script script_;
  std::mutex mutex_;
  std::condition_variable called_;
  int calls_ = 0;
};

const Error kFull{ErrorCode::JournalFull, "no room"};

TEST_F(WriterTest, numbers_records_from_one_and_tells_when_they_are_written) {
  const auto it = writer();
  EXPECT_EQ(it->written(), Written{});
  EXPECT_EQ(it->append(record(1)), 1U);
  EXPECT_EQ(it->append(record(2)), 2U);
  it->flush();
  wait_until([&] { return it->written().position == 2; });
  EXPECT_EQ(it->written(), (Written{2, std::nullopt}));
  EXPECT_EQ(it->unwritten_bytes(), 0U);
  EXPECT_EQ(it->figures().living_jobs, 2U);
}

TEST_F(WriterTest, writes_as_one_group_what_came_while_it_was_writing) {
  const auto it = writer();
  script_.hold();
  it->append(record(1));
  it->flush();
  script_.wait_for_groups(1);
  it->append(record(2));
  it->flush();
  it->append(record(3));
  it->flush();
  script_.go_on();
  wait_until([&] { return it->written().position == 3; });
  EXPECT_THAT(script_.groups(),
              ElementsAre(ElementsAre(record(1)), ElementsAre(record(2), record(3))));
}

TEST_F(WriterTest, writes_large_groups_in_parts) {
  const auto it = writer({.max_group_records = 2});
  for (std::uint64_t job = 1; job <= 5; ++job) it->append(record(job));
  it->flush();
  wait_until([&] { return it->written().position == 5; });
  EXPECT_EQ(script_.groups().size(), 3U);
}

TEST_F(WriterTest, keeps_in_order_what_could_not_be_written_and_tries_again) {
  const auto it = writer({.retry_ms = 1});
  script_.fail_with(kFull);
  it->append(record(1));
  it->flush();
  wait_until([&] { return it->written().failing.has_value(); });
  EXPECT_EQ(it->written(), (Written{0, kFull}));
  it->append(record(2));
  it->flush();
  script_.wait_for_groups(4);
  EXPECT_GT(it->unwritten_bytes(), 0U);
  script_.fail_with(std::nullopt);
  wait_until([&] { return it->written().position == 2; });
  EXPECT_EQ(it->written().failing, std::nullopt);
  EXPECT_THAT(script_.groups(), ElementsAre(ElementsAre(record(1), record(2))));
}

TEST_F(WriterTest, says_a_failure_once) {
  const auto it = writer({.retry_ms = 1});
  script_.fail_with(kFull);
  it->append(record(1));
  it->flush();
  script_.wait_for_groups(5);
  const std::lock_guard lock(mutex_);
  EXPECT_EQ(calls_, 1);
}

TEST_F(WriterTest, tries_once_more_at_once_when_it_is_closed) {
  const auto it = writer({.retry_ms = 1'000'000});
  script_.fail_with(kFull);
  it->append(record(1));
  it->flush();
  wait_until([&] { return it->written().failing.has_value(); });
  script_.fail_with(std::nullopt);
  it->append(record(2));
  EXPECT_EQ(it->close(), (Written{2, std::nullopt}));
}

TEST_F(WriterTest, gives_up_when_it_is_closed_and_cannot_write) {
  const auto it = writer({.retry_ms = 1'000'000});
  script_.fail_with(kFull);
  it->append(record(1));
  EXPECT_EQ(it->close(), (Written{0, kFull}));
  EXPECT_THAT(script_.groups(), IsEmpty());
}

TEST_F(WriterTest, drops_jobs_that_end_before_they_are_written) {
  const auto it = writer();
  script_.hold();
  it->append(record(9));
  it->flush();
  script_.wait_for_groups(1);
  it->append(record(1));
  it->append(record(2));
  it->append(record(1, RecordKind::Changed));
  it->append(record(9, RecordKind::Forgotten));
  it->append(record(1, RecordKind::Forgotten));
  it->append(record(1));
  it->flush();
  script_.go_on();
  wait_until([&] { return it->written().position == 7; });
  EXPECT_THAT(script_.groups().back(), ElementsAre(record(2), record(9, RecordKind::Forgotten),
                                                   record(1, RecordKind::Forgotten), record(1)));
  EXPECT_EQ(it->dropped_records(), 2U);
  EXPECT_EQ(it->unwritten_bytes(), 0U);
}

TEST_F(WriterTest, says_that_it_is_behind_until_it_has_caught_up) {
  const auto it = writer({.max_unwritten_bytes = 100});
  script_.hold();
  EXPECT_FALSE(it->is_behind());
  it->append({{1, 1}, RecordKind::Submitted, std::string(101, 'x')});
  it->flush();
  EXPECT_TRUE(it->is_behind());
  script_.go_on();
  wait_until([&] { return it->written().position == 1; });
  EXPECT_FALSE(it->is_behind());
}

TEST_F(WriterTest, closes_without_having_written_anything) {
  EXPECT_EQ(writer()->close(), Written{});
}

}  // namespace
}  // namespace steelyard::store
