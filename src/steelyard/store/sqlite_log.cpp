#include "steelyard/store/sqlite_log.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace steelyard::store {
namespace {

constexpr std::uint64_t kPageBytes = 4096;
constexpr std::uint64_t kWalFrameBytes = kPageBytes + 24;
/// So many pages may be free whatever the size of the file.
constexpr std::uint64_t kFreePages = 1024;
/// Pages beside the file are taken over at the limit; when that fails again and again, nothing is
/// taken in at so many times the limit.
constexpr std::uint32_t kPatience = 4;
/// What `compact` writes in one transaction.
constexpr std::uint64_t kCompactedBytes = 16 << 20;

}  // namespace

SqliteLog::SqliteLog(std::string file, const LogOptions& options, Database database)
    : file_(std::move(file)), options_(options), database_(std::move(database)) {}

Result<void> SqliteLog::append(std::span<const Record> records) {
  const auto is_long = [](const Record& record) { return record.bytes.size() > kMaxRecordBytes; };
  if (std::ranges::any_of(records, is_long)) {
    return failure(ErrorCode::PayloadTooLarge, "a record is over the limit of 512 MiB");
  }
  if (database_.waiting_pages() >= kPatience * options_.checkpoint_pages) {
    if (auto taken = database_.checkpoint(false); !taken) return taken;
  }
  const JobChanges changes = jobs_.apply(records, newest_row_ + 1, options_.max_row_bytes);
  auto plan = planner().plan(changes, newest_row_);
  const Result<void> done = plan ? carry_out(*plan, kFreePages) : not_planned(plan.error());
  if (!done) jobs_.undo(changes);
  return done;
}

CommitPlanner SqliteLog::planner() {
  return {jobs_, rows_, [this](std::uint64_t id) { return read(id); }};
}

Result<void> SqliteLog::carry_out(const CommitPlan& plan, std::uint64_t most_free_pages) {
  if (plan.is_empty()) return {};
  if (auto written = write(plan, most_free_pages); !written) {
    database_.roll_back();
    return written;
  }
  take_over(plan);
  // The records are durable by now. What cannot be taken over stays beside the file until the next
  // call tries again.
  if (database_.waiting_pages() >= options_.checkpoint_pages) {
    static_cast<void>(database_.checkpoint(false));
  }
  return {};
}

Result<void> SqliteLog::write(const CommitPlan& plan, std::uint64_t most_free_pages) {
  if (auto begun = statements_.begin.run(); !begun) return begun;
  if (auto written = write_rows(plan); !written) return written;
  Statement& summarise = statements_.summarise;
  summarise.bind(1, plan.newest_row);
  summarise.bind(2, plan.rows);
  summarise.bind(3, plan.checksum);
  if (auto written = summarise.run(); !written) return written;
  if (auto given = give_back_pages(most_free_pages); !given) return given;
  return statements_.commit.run();
}

Result<void> SqliteLog::write_rows(const CommitPlan& plan) {
  for (const std::uint64_t id : plan.removed) {
    statements_.erase.bind(1, id);
    if (auto erased = statements_.erase.run(); !erased) return erased;
  }
  for (const auto& row : plan.rewritten) {
    statements_.update.bind(1, row.id);
    statements_.update.bind(2, std::string_view(row.bytes));
    if (auto updated = statements_.update.run(); !updated) return updated;
  }
  for (const auto& row : plan.added) {
    statements_.insert.bind(1, row.id);
    statements_.insert.bind(2, std::string_view(row.bytes));
    if (auto inserted = statements_.insert.run(); !inserted) return inserted;
  }
  return {};
}

Result<void> SqliteLog::give_back_pages(std::uint64_t most_free_pages) {
  const auto number_of = [](Statement& statement) -> Result<std::uint64_t> {
    const auto row = statement.step();
    if (!row) return tl::unexpected(row.error());
    const std::uint64_t number = statement.number(0);
    statement.reset();
    return number;
  };
  const auto free = number_of(statements_.free_pages);
  if (!free) return tl::unexpected(free.error());
  auto pages = number_of(statements_.pages);
  if (!pages) return tl::unexpected(pages.error());
  if (*free > most_free_pages && *free * 2 > *pages) {
    if (auto given = statements_.give_back.run(); !given) return given;
    pages = number_of(statements_.pages);
    if (!pages) return tl::unexpected(pages.error());
  }
  file_bytes_ = *pages * kPageBytes;
  return {};
}

void SqliteLog::take_over(const CommitPlan& plan) {
  for (const std::uint64_t id : plan.removed) rows_.remove(id);
  for (const auto& row : plan.rewritten) {
    rows_.rewritten(row.id, static_cast<std::uint32_t>(row.bytes.size()), checksum_of(row.bytes),
                    plan.newest_row);
    rewritten_bytes_ += row.bytes.size();
  }
  for (const auto& ending : plan.endings) rows_.end(ending);
  for (const auto& row : plan.added) {
    rows_.add(row.id, row.state);
    for (const auto& [ended_in, count] : row.notes) rows_.note(ended_in, row.id, count);
  }
  rows_.relist(plan.looked_at);
  newest_row_ = plan.newest_row;
}

Result<void> SqliteLog::compact() {
  // A row that was written anew lets go of rows that noted what had ended in it.
  for (bool smaller = true; smaller;) {
    std::vector<std::uint64_t> ids;
    for (const auto& [id, state] : rows_.rows()) {
      if (!state.is_needed() || state.needed_bytes() < state.bytes) ids.push_back(id);
    }
    std::ranges::sort(ids);
    smaller = !ids.empty();
    while (!ids.empty()) {
      const auto plan = planner().plan_thorough(ids, newest_row_, kCompactedBytes);
      if (!plan) return not_planned(plan.error());
      const auto looked_at = static_cast<std::ptrdiff_t>(plan->looked_at);
      CommitPlan without_list = *plan;
      without_list.looked_at = 0;
      if (auto done = carry_out(without_list, kFreePages); !done) return done;
      ids.erase(ids.begin(), ids.begin() + looked_at);
    }
  }
  if (auto given = database_.run("PRAGMA incremental_vacuum"); !given) return given;
  if (auto taken = database_.checkpoint(true); !taken) return taken;
  const auto pages = database_.number("PRAGMA page_count");
  if (!pages) return tl::unexpected(pages.error());
  file_bytes_ = *pages * kPageBytes;
  return {};
}

Figures SqliteLog::figures() const {
  Figures figures;
  figures.living_jobs = jobs_.jobs().size();
  figures.living_bytes = rows_.living_bytes();
  figures.rows = rows_.size();
  figures.row_bytes = rows_.bytes();
  figures.file_bytes = file_bytes_;
  figures.wal_bytes = database_.waiting_pages() * kWalFrameBytes;
  figures.rewritten_bytes = rewritten_bytes_;
  return figures;
}

/// Bytes that cannot be understood are damage of this file.
tl::unexpected<Error> SqliteLog::not_planned(const Error& error) const {
  return error.code == ErrorCode::Malformed ? damaged(error.context) : tl::unexpected(error);
}

tl::unexpected<Error> SqliteLog::damaged(std::string_view why) const {
  return failure(ErrorCode::JournalBroken, damage(file_, why));
}

}  // namespace steelyard::store
