#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "steelyard/store/journal_file.hpp"
#include "steelyard/store/row_loader.hpp"
#include "steelyard/store/sqlite_log.hpp"

namespace steelyard::store {
namespace {

// Compared word by word with what the file says.
constexpr std::string_view kRowsTable =
    "CREATE TABLE rows(id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)";
constexpr std::string_view kSummaryTable =
    "CREATE TABLE summary(id INTEGER PRIMARY KEY, newest_row INTEGER NOT NULL, "
    "row_count INTEGER NOT NULL, checksum INTEGER NOT NULL)";

}  // namespace

Result<std::unique_ptr<Log>> SqliteLog::open(const std::string& file, const LogOptions& options) {
  const auto before = look_at(file, options.vfs);
  if (!before) return tl::unexpected(before.error());
  if (before->is_new && !options.create) {
    return failure(ErrorCode::JournalBroken, file + ": there is no journal");
  }
  auto database = Database::open(file, options.vfs);
  if (!database) return tl::unexpected(std::move(database.error()));
  std::unique_ptr<SqliteLog> log(new SqliteLog(file, options, std::move(*database)));
  auto ready = log->lock();
  if (ready && before->is_new) ready = log->make();
  if (ready) ready = log->check_format();
  if (ready) ready = log->load();
  // Reading leaves it beside the file. It is another's while that one has the lock.
  const bool is_ours = ready || ready.error().code != ErrorCode::JournalInUse;
  if (!ready && is_ours && !before->has_wal) remove_empty_wal(file, options.vfs);
  if (ready) ready = log->begin_to_write();
  if (!ready) return tl::unexpected(std::move(ready.error()));
  return log;
}

/// Reading takes the lock; from then on nobody else can open the file.
Result<void> SqliteLog::lock() {
  if (auto set = database_.run("PRAGMA locking_mode=EXCLUSIVE"); !set) return set;
  const auto read = database_.number("PRAGMA user_version");
  if (!read) return tl::unexpected(read.error());
  return {};
}

/// In one transaction that a cut of the power undoes, so that a file is a journal or nothing.
Result<void> SqliteLog::make() {
  const auto pages = database_.number("PRAGMA page_count");
  if (!pages) return tl::unexpected(pages.error());
  if (*pages > 0) return {};
  return database_.run(
      fmt::format("PRAGMA synchronous=FULL; BEGIN; PRAGMA auto_vacuum=INCREMENTAL; {}; {}; "
                  "INSERT INTO summary VALUES(1, 0, 0, 0); PRAGMA application_id={}; "
                  "PRAGMA user_version={}; COMMIT",
                  kRowsTable, kSummaryTable, kApplicationId, kFormatVersion));
}

Result<void> SqliteLog::check_format() {
  const auto mark = database_.number("PRAGMA application_id");
  if (!mark) return tl::unexpected(mark.error());
  const auto version = database_.number("PRAGMA user_version");
  if (!version) return tl::unexpected(version.error());
  if (*mark != kApplicationId || *version != kFormatVersion) return damaged("its mark is wrong");
  auto tables = database_.prepare("SELECT sql FROM sqlite_schema ORDER BY name");
  if (!tables) return tl::unexpected(std::move(tables.error()));
  for (const std::string_view expected : {kRowsTable, kSummaryTable}) {
    const auto table = tables->step();
    if (!table) return tl::unexpected(table.error());
    if (!*table || tables->bytes(0) != expected) return damaged("its tables are not as they were");
  }
  const auto another = tables->step();
  if (!another) return tl::unexpected(another.error());
  if (*another) return damaged("it has a table that is none of its own");
  return {};
}

Result<void> SqliteLog::load() {
  if (auto sound = check_pages(); !sound) return sound;
  if (auto read = load_rows(); !read) return read;
  if (!jobs_.is_whole()) return damaged("a change of a job is there, but not the job");
  auto summary = database_.prepare("SELECT newest_row, row_count, checksum FROM summary");
  if (!summary) return tl::unexpected(std::move(summary.error()));
  const auto found = summary->step();
  if (!found) return tl::unexpected(found.error());
  if (!*found) return damaged("its summary is missing");
  const std::uint64_t newest_row = summary->number(0);
  if (newest_row < newest_row_ || summary->number(1) != rows_.size() ||
      summary->number(2) != rows_.checksum()) {
    return damaged("rows are missing or stale");
  }
  newest_row_ = newest_row;
  return {};
}

Result<void> SqliteLog::check_pages() {
  auto check = database_.prepare("PRAGMA quick_check(1)");
  if (!check) return tl::unexpected(std::move(check.error()));
  const auto found = check->step();
  if (!found) return tl::unexpected(found.error());
  if (!*found || check->bytes(0) != "ok") return damaged(*found ? check->bytes(0) : "no answer");
  return {};
}

/// From the newest row to the oldest: so what has ended is known before it comes.
Result<void> SqliteLog::load_rows() {
  auto rows = database_.prepare("SELECT id, bytes FROM rows ORDER BY id DESC");
  if (!rows) return tl::unexpected(std::move(rows.error()));
  RowLoader loader(jobs_, rows_);
  auto more = rows->step();
  for (; more && *more; more = rows->step()) {
    const std::uint64_t id = rows->number(0);
    newest_row_ = std::max(newest_row_, id);
    if (auto taken = loader.take(id, rows->bytes(1)); !taken) {
      return damaged(taken.error().context);
    }
  }
  if (!more) return tl::unexpected(more.error());
  return {};
}

Result<void> SqliteLog::begin_to_write() {
  database_.may_write();
  // Whatever writes much at once leaves a large file beside, which is cut at the next take-over.
  if (auto set = database_.run("PRAGMA synchronous=FULL; PRAGMA journal_mode=WAL; "
                               "PRAGMA journal_size_limit=67108864");
      !set) {
    return set;
  }
  const auto pages = database_.number("PRAGMA page_count");
  if (!pages) return tl::unexpected(pages.error());
  file_bytes_ = *pages * 4096;
  return prepare();
}

Result<void> SqliteLog::prepare() {
  const std::pair<Statement*, std::string_view> statements[] = {
      {&statements_.begin, "BEGIN IMMEDIATE"},
      {&statements_.commit, "COMMIT"},
      {&statements_.insert, "INSERT INTO rows VALUES(?1, ?2)"},
      {&statements_.update, "UPDATE rows SET bytes = ?2 WHERE id = ?1"},
      {&statements_.erase, "DELETE FROM rows WHERE id = ?1"},
      {&statements_.select, "SELECT bytes FROM rows WHERE id = ?1"},
      {&statements_.summarise, "UPDATE summary SET newest_row = ?1, row_count = ?2, checksum = ?3"},
      {&statements_.pages, "PRAGMA page_count"},
      {&statements_.free_pages, "PRAGMA freelist_count"},
      {&statements_.give_back, "PRAGMA incremental_vacuum(128)"},
  };
  for (const auto& [statement, text] : statements) {
    auto prepared = database_.prepare(text);
    if (!prepared) return tl::unexpected(std::move(prepared.error()));
    *statement = std::move(*prepared);
  }
  return {};
}

}  // namespace steelyard::store
