#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "steelyard/store/commit_plan.hpp"
#include "steelyard/store/job_table.hpp"
#include "steelyard/store/log.hpp"
#include "steelyard/store/row_table.hpp"
#include "steelyard/store/sqlite_database.hpp"

namespace steelyard::store {

/// A log in an SQLite file, which nobody else can open meanwhile.
///
/// Each call of `append` is one synchronised transaction. It adds a row with the records of the
/// batch, removes rows in which nothing lives any more, and writes some rows anew that mostly hold
/// what is over. So the rows are at most four times as large as what lives, plus what the last few
/// calls ended, and the file at most twice as large as its rows, plus 8 MiB.
/// Each row has a checksum, and a summary tells that none is missing or stale.
/// Thread safety: none. Memory: 55 to 110 bytes per living job, 70 to 140 per row.
/// See docs/journal.md.
class SqliteLog final : public Log {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Log>> open(const std::string& file,
                                                         const LogOptions& options);

  [[nodiscard]] Result<void> append(std::span<const Record> records) override;
  [[nodiscard]] Result<void> recover(const std::function<void(const Record&)>& visit) override;
  [[nodiscard]] Result<void> compact() override;
  [[nodiscard]] Figures figures() const override;

 private:
  struct Statements {
    Statement begin, commit, insert, update, erase, select, summarise, pages, free_pages, give_back;
  };
  using Jobs = std::span<const JobTable::Jobs::value_type* const>;

  SqliteLog(std::string file, const LogOptions& options, Database database);

  // Opening.
  [[nodiscard]] Result<void> lock();
  [[nodiscard]] Result<void> make();
  [[nodiscard]] Result<void> check_format();
  [[nodiscard]] Result<void> prepare();
  [[nodiscard]] Result<void> load();
  [[nodiscard]] Result<void> check_pages();
  [[nodiscard]] Result<void> load_rows();
  [[nodiscard]] Result<void> begin_to_write();

  // Writing.
  [[nodiscard]] Result<void> carry_out(const CommitPlan& plan, std::uint64_t most_free_pages);
  [[nodiscard]] Result<void> write(const CommitPlan& plan, std::uint64_t most_free_pages);
  [[nodiscard]] Result<void> write_rows(const CommitPlan& plan);
  [[nodiscard]] Result<void> give_back_pages(std::uint64_t most_free_pages);
  void take_over(const CommitPlan& plan);
  [[nodiscard]] CommitPlanner planner();

  // Reading.
  [[nodiscard]] Result<std::string> read(std::uint64_t id);
  [[nodiscard]] Result<void> fetch(Jobs jobs, std::vector<Record>& records);
  [[nodiscard]] tl::unexpected<Error> not_planned(const Error& error) const;
  [[nodiscard]] tl::unexpected<Error> damaged(std::string_view why) const;

  const std::string file_;
  const LogOptions options_;
  Database database_;
  Statements statements_;  // before the database goes
  JobTable jobs_;
  RowTable rows_;
  std::uint64_t newest_row_ = 0;  // no later row has this number or one below
  std::uint64_t file_bytes_ = 0;
  std::uint64_t rewritten_bytes_ = 0;
};

}  // namespace steelyard::store
