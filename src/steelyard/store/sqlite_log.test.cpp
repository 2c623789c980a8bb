#include "steelyard/store/sqlite_log.hpp"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include "steelyard/store/frail_disk.test.hpp"
#include "steelyard/store/naive_log.test.hpp"

/// Files that are damaged, foreign or in use; and how large a file becomes.
namespace steelyard::store {
namespace {

using testing::HasSubstr;

constexpr const char* kFile = "journal";

Records recovered(Log& log) {
  Records records;
  const auto done = log.recover([&](const Record& record) { records.push_back(record); });
  EXPECT_TRUE(done) << describe(done.error());
  return records;
}

class SqliteFile : public testing::Test {
 protected:
  SqliteFile() : folder_(std::filesystem::temp_directory_path() / unique_name()) {
    std::filesystem::create_directory(folder_);
  }
  ~SqliteFile() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string file(const char* name = "journal") const {
    return (folder_ / name).string();
  }
  [[nodiscard]] static std::string read(const std::string& path) {
    std::ifstream from(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(from), {}};
  }
  static void write(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }
  static void run_sql(const std::string& path, const char* statements) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(database, statements, nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(database);
  }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(folder_), {}));
  }

  /// Refused with this in the sentence, and left as it is, with nothing beside it.
  void expect_refused(const std::string& why) {
    const std::string before = read(file());
    const std::size_t files_before = files();
    const auto log = open_log(file());
    ASSERT_FALSE(log);
    EXPECT_EQ(log.error().code, ErrorCode::JournalBroken);
    EXPECT_THAT(log.error().context, HasSubstr(file()));
    EXPECT_THAT(log.error().context, HasSubstr(why));
    EXPECT_EQ(read(file()), before);
    EXPECT_EQ(files(), files_before);
  }

 private:
  static std::string unique_name() {
    static int counter = 0;
    return fmt::format("steelyard-sqlite-{}-{}", ::getpid(), counter++);
  }

  std::filesystem::path folder_;
};

TEST_F(SqliteFile, of_a_newer_version_is_refused) {
  ASSERT_TRUE(open_log(file()));
  run_sql(file(), "PRAGMA user_version=2");
  expect_refused("newer version of steelyard (journal format 2, this one knows 1)");
}

TEST_F(SqliteFile, of_another_program_is_refused) {
  run_sql(file(), "CREATE TABLE jobs(id); INSERT INTO jobs VALUES(1)");
  expect_refused("a database of another program");
}

TEST_F(SqliteFile, of_another_program_is_refused_with_what_waits_beside_it) {
  run_sql(file(), "PRAGMA journal_mode=WAL; CREATE TABLE jobs(id)");
  write(file("journal-wal"), "what waits");
  expect_refused("a database of another program");
  EXPECT_EQ(read(file("journal-wal")), "what waits");
}

TEST_F(SqliteFile, that_is_a_text_is_refused) {
  write(file(), "Dear diary,\n");
  expect_refused("it does not begin like one");
}

TEST_F(SqliteFile, that_is_a_folder_is_refused) {
  std::filesystem::create_directory(file());
  const auto log = open_log(file());
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, ErrorCode::JournalBroken);
  EXPECT_THAT(log.error().context, HasSubstr("a folder"));
}

TEST_F(SqliteFile, that_is_empty_becomes_a_journal) {
  write(file(), "");
  EXPECT_TRUE(open_log(file()));
  EXPECT_GT(read(file()).size(), 0U);
}

TEST_F(SqliteFile, that_is_absent_is_not_made_unless_it_should) {
  const auto log = open_log(file(), {.create = false});
  ASSERT_FALSE(log);
  EXPECT_THAT(log.error().context, HasSubstr("there is no journal"));
  EXPECT_EQ(files(), 0U);
}

TEST_F(SqliteFile, in_a_folder_that_is_missing_is_an_error) {
  const auto log = open_log(file("missing/journal"));
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, ErrorCode::SystemError);
}

TEST_F(SqliteFile, that_is_empty_is_refused_when_something_waits_beside_it) {
  write(file(), "");
  write(file("journal-wal"), "what waits");
  expect_refused("what belongs to it is in");
  EXPECT_EQ(read(file("journal-wal")), "what waits");
}

TEST_F(SqliteFile, with_another_table_is_refused) {
  ASSERT_TRUE(open_log(file()));
  run_sql(file(), "CREATE TABLE zebra(id)");
  expect_refused("a table that is none of its own");
}

TEST_F(SqliteFile, that_lacks_a_row_is_refused) {
  {
    const auto log = open_log(file());
    for (std::uint64_t job = 0; job < 3; ++job) {
      ASSERT_TRUE((*log)->append(Records{{{1, job}, RecordKind::Submitted, "x"}}));
    }
  }
  run_sql(file(), "DELETE FROM rows WHERE id = 3");
  expect_refused("rows are missing or stale");
}

TEST_F(SqliteFile, that_is_open_is_refused_to_a_second) {
  const auto first = open_log(file());
  ASSERT_TRUE(first);
  const auto second = open_log(file());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::JournalInUse);
  EXPECT_THAT(second.error().context, HasSubstr("in use by a broker or by"));
  EXPECT_TRUE((*first)->append(Records{{{1, 1}, RecordKind::Submitted, "x"}}));
  EXPECT_EQ(recovered(**first).size(), 1U);
}

TEST(SqliteLog, says_that_a_file_may_not_be_written) {
  FrailDisk disk;
  ASSERT_TRUE(open_log(kFile, {.vfs = disk.name()}));
  disk.protect();
  const auto log = open_log(kFile, {.vfs = disk.name()});
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, ErrorCode::SystemError);
  EXPECT_THAT(log.error().context, HasSubstr("may not be written"));
}

/// A file with records of all kinds, some over.
void fill(const FrailDisk& disk, std::uint64_t seed) {
  const auto log = open_log(kFile, {.max_row_bytes = 2000, .vfs = disk.name()});
  RandomBatches batches(seed, 40);
  for (int i = 0; i < 30; ++i) ASSERT_TRUE((*log)->append(batches.next()));
}

TEST(SqliteLog, finds_any_damage_or_is_not_harmed_by_it) {
  base::Random dice(1);
  int refused = 0;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    FrailDisk disk;
    fill(disk, seed);
    const LogOptions options{.vfs = disk.name()};
    const Records sound = recovered(**open_log(kFile, options));
    const std::string bytes = disk.content(kFile);
    for (int trial = 0; trial < 1500; ++trial) {
      SCOPED_TRACE(fmt::format("seed {}, trial {}", seed, trial));
      std::string damaged = bytes;
      // Half of the damage goes to where pages begin, which say how all the rest is to be read.
      const std::size_t page = dice.below(bytes.size() / 4096) * 4096;
      const std::size_t at = trial % 2 == 0 ? page + dice.below(120) : dice.below(bytes.size());
      const std::size_t size = 1 + dice.below(trial % 10 == 0 ? 600 : 2);
      for (std::size_t i = at; i < std::min(at + size, damaged.size()); ++i) {
        damaged[i] = static_cast<char>(damaged[i] ^ (1 + dice.below(255)));
      }
      disk.put(kFile, damaged);
      const auto log = open_log(kFile, options);
      if (log) {
        ASSERT_EQ(recovered(**log), sound);
        continue;
      }
      ++refused;
      ASSERT_EQ(log.error().code, ErrorCode::JournalBroken) << log.error().context;
      ASSERT_EQ(disk.content(kFile), damaged);
      ASSERT_FALSE(disk.exists("journal-wal"));
    }
  }
  EXPECT_GT(refused, 1000);
}

TEST(SqliteLog, with_damage_beside_it_holds_the_batches_before) {
  base::Random dice(1);
  for (int trial = 0; trial < 400; ++trial) {
    SCOPED_TRACE(fmt::format("trial {}", trial));
    FrailDisk disk;
    std::vector<Records> states{{}};
    std::string file;
    std::string wal;
    {
      const auto log = open_log(kFile, {.vfs = disk.name()});
      RandomBatches batches(7, 20);
      NaiveLog naive;
      for (int i = 0; i < 10; ++i) {
        const Records batch = batches.next();
        ASSERT_TRUE((*log)->append(batch));
        naive.append(batch);
        states.push_back(naive.living());
      }
      file = disk.content(kFile);
      wal = disk.content("journal-wal");
    }
    const std::size_t at = dice.below(wal.size());
    wal[at] = static_cast<char>(wal[at] ^ (1 + dice.below(255)));
    disk.put(kFile, file);
    disk.put("journal-wal", wal);
    const auto log = open_log(kFile, {.vfs = disk.name()});
    if (log) {
      ASSERT_THAT(states, testing::Contains(recovered(**log)));
    } else {
      ASSERT_EQ(log.error().code, ErrorCode::JournalBroken) << log.error().context;
      ASSERT_EQ(disk.content(kFile), file);
      ASSERT_EQ(disk.content("journal-wal"), wal);
    }
  }
}

TEST(SqliteLog, stays_small_while_many_jobs_come_and_go_in_any_order) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    base::Random dice(seed);
    FrailDisk disk;
    const auto log = open_log(kFile, {.vfs = disk.name()});
    std::vector<std::uint64_t> living;
    std::uint64_t next = 0;
    for (int step = 0; step < 3000; ++step) {
      Records batch;
      for (std::uint64_t i = dice.below(40); i > 0; --i) {
        const std::uint64_t size = dice.below(200) == 0 ? 20'000 : dice.below(300);
        batch.push_back({{1, ++next}, RecordKind::Submitted, std::string(size, 'x')});
        living.push_back(next);
      }
      while (living.size() > 300 * seed || (living.size() > 10 && dice.below(3) == 0)) {
        std::swap(living[dice.below(living.size())], living.back());
        batch.push_back({{1, living.back()}, RecordKind::Forgotten, ""});
        living.pop_back();
      }
      ASSERT_TRUE((*log)->append(batch));
      const Figures figures = (*log)->figures();
      ASSERT_EQ(figures.living_jobs, living.size());
      ASSERT_LE(figures.row_bytes, 4 * figures.living_bytes + (512U << 10)) << "step " << step;
      ASSERT_LE(figures.file_bytes, 2 * figures.row_bytes + (8U << 20)) << "step " << step;
    }
    for (const std::uint64_t job : living) {
      ASSERT_TRUE((*log)->append(Records{{{1, job}, RecordKind::Forgotten, ""}}));
    }
    ASSERT_TRUE((*log)->compact());
    EXPECT_EQ((*log)->figures().rows, 0U);
    EXPECT_LE((*log)->figures().file_bytes, 5U * 4096);
  }
}

TEST(SqliteLog, gives_back_the_room_of_many_jobs_bit_by_bit) {
  FrailDisk disk;
  const auto log = open_log(kFile, {.vfs = disk.name()});
  Records batch;
  for (std::uint64_t job = 0; job < 20'000; ++job) {
    batch.push_back({{1, job}, RecordKind::Submitted, std::string(1'000, 'x')});
  }
  ASSERT_TRUE((*log)->append(batch));
  for (Record& record : batch) record = {record.job, RecordKind::Forgotten, ""};
  ASSERT_TRUE((*log)->append(batch));
  EXPECT_GT((*log)->figures().file_bytes, 10U << 20);
  for (std::uint64_t job = 0; job < 200; ++job) {
    ASSERT_TRUE((*log)->append(Records{{{2, job}, RecordKind::Submitted, "x"}}));
  }
  EXPECT_LE((*log)->figures().file_bytes, 8U << 20);
}

}  // namespace
}  // namespace steelyard::store
