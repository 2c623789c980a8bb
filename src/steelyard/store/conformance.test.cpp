#include <filesystem>
#include <functional>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/store/frail_disk.test.hpp"
#include "steelyard/store/log.hpp"
#include "steelyard/store/naive_log.test.hpp"

/// What every store has to do, whatever it keeps its records in.
namespace steelyard::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Record submitted(std::uint64_t job, std::string bytes = "s") {
  return {{1, job}, RecordKind::Submitted, std::move(bytes)};
}
Record changed(std::uint64_t job, std::string bytes = "c") {
  return {{1, job}, RecordKind::Changed, std::move(bytes)};
}
Record answered(std::uint64_t job, std::string bytes = "a") {
  return {{1, job}, RecordKind::Answered, std::move(bytes)};
}
Record forgotten(std::uint64_t job) {
  return {{1, job}, RecordKind::Forgotten, ""};
}

enum class Disk { None, Frail, Real };

struct Kind {
  const char* name;
  Disk disk = Disk::None;
  LogOptions options{};
};

class Store : public testing::TestWithParam<Kind> {
 protected:
  Store() {
    options_ = GetParam().options;
    if (GetParam().disk == Disk::Frail) options_.vfs = disk_.name();
    folder_ = std::filesystem::temp_directory_path() /
              fmt::format("steelyard-store-{}-{}", ::getpid(), counter_++);
    std::filesystem::create_directory(folder_);
    open();
  }
  ~Store() override {
    log_.reset();
    std::filesystem::remove_all(folder_);
  }

  [[nodiscard]] bool is_memory() const { return GetParam().disk == Disk::None; }
  [[nodiscard]] std::string file() const {
    return is_memory() ? "memory:" : (folder_ / "journal").string();
  }

  void open() {
    auto opened = open_log(file(), options_);
    ASSERT_TRUE(opened) << describe(opened.error());
    log_ = std::move(*opened);
  }
  /// What lives in memory lives as long as its log.
  void reopen() {
    if (is_memory()) return;
    log_.reset();
    open();
  }

  void append(const Records& records) {
    const auto done = log_->append(records);
    ASSERT_TRUE(done) << describe(done.error());
  }
  [[nodiscard]] Records recovered() {
    Records records;
    const auto done = log_->recover([&](const Record& record) { records.push_back(record); });
    EXPECT_TRUE(done) << describe(done.error());
    return records;
  }

  FrailDisk disk_;
  LogOptions options_;
  std::filesystem::path folder_;
  std::unique_ptr<Log> log_;

 private:
  static inline int counter_ = 0;
};

TEST_P(Store, begins_empty) {
  EXPECT_THAT(recovered(), IsEmpty());
  EXPECT_EQ(log_->figures().living_jobs, 0U);
}

TEST_P(Store, gives_jobs_back_in_the_order_in_which_they_were_submitted) {
  append({submitted(9), submitted(3)});
  append({submitted(5)});
  append({answered(9)});
  reopen();
  EXPECT_THAT(recovered(), ElementsAre(answered(9), submitted(3), submitted(5)));
}

TEST_P(Store, keeps_the_latest_change_only) {
  append({submitted(1), changed(1, "first")});
  append({changed(1, "second"), submitted(2)});
  append({changed(1, "third")});
  reopen();
  EXPECT_THAT(recovered(), ElementsAre(submitted(1), changed(1, "third"), submitted(2)));
}

TEST_P(Store, keeps_nothing_from_before_an_answer) {
  append({submitted(1, "payload")});
  append({changed(1)});
  append({answered(1)});
  EXPECT_THAT(recovered(), ElementsAre(answered(1)));
  append({changed(1, "read")});
  reopen();
  EXPECT_THAT(recovered(), ElementsAre(answered(1), changed(1, "read")));
}

TEST_P(Store, keeps_nothing_of_a_job_that_is_forgotten) {
  append({submitted(1), submitted(2)});
  append({answered(1)});
  append({changed(1)});
  append({forgotten(1)});
  reopen();
  EXPECT_THAT(recovered(), ElementsAre(submitted(2)));
}

TEST_P(Store, gives_a_job_that_is_submitted_after_it_was_forgotten_a_new_place) {
  append({submitted(1), submitted(2)});
  append({forgotten(1)});
  append({submitted(1, "again")});
  reopen();
  EXPECT_THAT(recovered(), ElementsAre(submitted(2), submitted(1, "again")));
}

TEST_P(Store, does_nothing_about_unknown_jobs) {
  append({changed(1), forgotten(2)});
  reopen();
  EXPECT_THAT(recovered(), IsEmpty());
}

TEST_P(Store, lets_an_unknown_job_begin_with_its_answer) {
  append({answered(1)});
  reopen();
  EXPECT_THAT(recovered(), ElementsAre(answered(1)));
}

TEST_P(Store, takes_a_whole_life_in_one_batch) {
  append({submitted(1), changed(1), answered(1), forgotten(1), submitted(2), forgotten(2),
          submitted(2, "again"), changed(2), answered(2), changed(2, "read")});
  reopen();
  EXPECT_THAT(recovered(), ElementsAre(answered(2), changed(2, "read")));
  EXPECT_EQ(log_->figures().living_jobs, 1U);
}

TEST_P(Store, keeps_bytes_as_they_are) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<char>(byte));
  append({submitted(1, ""), submitted(2, all), submitted(3, std::string(3'000'000, 'x'))});
  reopen();
  EXPECT_THAT(recovered(), ElementsAre(submitted(1, ""), submitted(2, all),
                                       submitted(3, std::string(3'000'000, 'x'))));
}

TEST_P(Store, takes_an_empty_batch) {
  append({});
  reopen();
  EXPECT_THAT(recovered(), IsEmpty());
}

TEST_P(Store, keeps_what_lives_when_it_is_compacted) {
  Records batch;
  for (std::uint64_t job = 0; job < 100; ++job) batch.push_back(submitted(job));
  append(batch);
  for (std::uint64_t job = 0; job < 100; ++job) {
    if (job % 10 != 0) append({job % 2 == 0 ? forgotten(job) : answered(job, "")});
  }
  const Records before = recovered();
  const auto done = log_->compact();
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_EQ(recovered(), before);
  reopen();
  EXPECT_EQ(recovered(), before);
}

TEST_P(Store, does_what_the_naive_one_does) {
  // A real disk is slow.
  const std::uint64_t seeds = GetParam().disk == Disk::Real ? 2 : 40;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    RandomBatches batches(seed, 1 + seed * seed);
    NaiveLog naive;
    for (const Record& record : recovered()) append({{record.job, RecordKind::Forgotten, ""}});
    for (int step = 0; step < 60; ++step) {
      const Records batch = batches.next();
      append(batch);
      naive.append(batch);
      if (batches.below(8) == 0) reopen();
      if (batches.below(20) == 0) {
        ASSERT_TRUE(log_->compact());
      }
      if (batches.below(4) == 0) {
        ASSERT_EQ(recovered(), naive.living());
      }
    }
    reopen();
    ASSERT_EQ(recovered(), naive.living());
  }
}

TEST_P(Store, refuses_a_batch_whole_when_one_record_is_too_long) {
  append({submitted(1)});
  Records batch{submitted(2), submitted(3, std::string(kMaxRecordBytes + 1, '\0'))};
  const auto done = log_->append(batch);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::PayloadTooLarge);
  EXPECT_THAT(recovered(), ElementsAre(submitted(1)));
}

constexpr auto kName = [](const testing::TestParamInfo<Kind>& kind) {
  return std::string(kind.param.name);
};
INSTANTIATE_TEST_SUITE_P(All, Store,
                         testing::Values(Kind{"memory"}, Kind{"sqlite", Disk::Real},
                                         Kind{"sqlite_in_memory", Disk::Frail},
                                         // Rows of a few records each, taken over again and again.
                                         Kind{"sqlite_with_small_rows",
                                              Disk::Frail,
                                              {.max_row_bytes = 200, .checkpoint_pages = 3}}),
                         kName);

}  // namespace
}  // namespace steelyard::store
