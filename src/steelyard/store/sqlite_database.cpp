#include "steelyard/store/sqlite_database.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

#include "steelyard/base/assert.hpp"

namespace steelyard::store {
namespace {

ErrorCode code_of(int code, int system_error) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return ErrorCode::JournalFull;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:  // a table or column is missing
    case SQLITE_SCHEMA:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
      return ErrorCode::JournalBroken;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorCode::JournalInUse;
    case SQLITE_IOERR:
      if (code == SQLITE_IOERR_CORRUPTFS) return ErrorCode::JournalBroken;
      if (system_error == ENOSPC || system_error == EDQUOT) return ErrorCode::JournalFull;
      return ErrorCode::SystemError;
    default:
      return ErrorCode::SystemError;
  }
}

std::string sentence(ErrorCode code, const std::string& file, const std::string& why) {
  switch (code) {
    case ErrorCode::JournalFull:
      return fmt::format("{}: the disk has no room for the journal ({})", file, why);
    case ErrorCode::JournalBroken:
      return damage(file, why);
    case ErrorCode::JournalInUse:
      return fmt::format(
          "{}: the journal is in use by a broker or by `steelyard journal`: stop that first", file);
    default:
      return fmt::format("{}: {}", file, why);
  }
}

int remember_waiting_pages(void* context, sqlite3*, const char*, int pages) {
  *static_cast<std::uint32_t*>(context) = static_cast<std::uint32_t>(pages);
  return SQLITE_OK;
}

}  // namespace

std::string damage(const std::string& file, std::string_view why) {
  return fmt::format(
      "{0}: the journal is damaged ({1}). Put a copy of it in its place, or move it and {0}-wal "
      "away to begin with an empty one",
      file, why);
}

Error error_of(sqlite3* database, const std::string& file) {
  const int number = ::sqlite3_system_errno(database);
  const ErrorCode code = code_of(::sqlite3_extended_errcode(database), number);
  std::string why = ::sqlite3_errmsg(database);
  if (number != 0) why += ", " + std::generic_category().message(number);
  return {code, sentence(code, file, why)};
}

void Statement::Close::operator()(sqlite3_stmt* statement) const {
  ::sqlite3_finalize(statement);
}

void Statement::bind(int place, std::uint64_t number) {
  const int done = ::sqlite3_bind_int64(statement_.get(), place, static_cast<std::int64_t>(number));
  STEELYARD_ASSERT(done == SQLITE_OK);
}

void Statement::bind(int place, std::string_view bytes) {
  const int done =
      ::sqlite3_bind_blob64(statement_.get(), place, bytes.data(), bytes.size(), SQLITE_STATIC);
  STEELYARD_ASSERT(done == SQLITE_OK);
}

Result<bool> Statement::step() {
  const int done = ::sqlite3_step(statement_.get());
  if (done == SQLITE_ROW) return true;
  if (done == SQLITE_DONE) {
    reset();
    return false;
  }
  sqlite3* database = ::sqlite3_db_handle(statement_.get());
  const char* file = ::sqlite3_db_filename(database, "main");
  Error error = error_of(database, file == nullptr ? "journal" : file);
  reset();
  return tl::unexpected(std::move(error));
}

Result<void> Statement::run() {
  auto more = step();
  while (more && *more) more = step();
  if (!more) return tl::unexpected(more.error());
  return {};
}

void Statement::reset() {
  ::sqlite3_reset(statement_.get());
}

std::uint64_t Statement::number(int column) const {
  return static_cast<std::uint64_t>(::sqlite3_column_int64(statement_.get(), column));
}

std::string_view Statement::bytes(int column) const {
  const void* bytes = ::sqlite3_column_blob(statement_.get(), column);
  const auto size = static_cast<std::size_t>(::sqlite3_column_bytes(statement_.get(), column));
  return {static_cast<const char*>(bytes), bytes == nullptr ? 0 : size};
}

bool Statement::is_number(int column) const {
  return ::sqlite3_column_type(statement_.get(), column) == SQLITE_INTEGER;
}

void Database::Close::operator()(sqlite3* database) const {
  ::sqlite3_close_v2(database);
}

Result<Database> Database::open(const std::string& file, const std::string& vfs) {
  Database opened;
  opened.file_ = file;
  opened.waiting_pages_ = std::make_unique<std::uint32_t>(0);
  sqlite3* database = nullptr;
  // SQLite has a meaning of its own for names that begin with a colon.
  const std::string name = file.starts_with(':') ? "./" + file : file;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int done =
      ::sqlite3_open_v2(name.c_str(), &database, flags, vfs.empty() ? nullptr : vfs.c_str());
  opened.database_.reset(database);
  if (database == nullptr) return failure(ErrorCode::SystemError, file + ": out of memory");
  if (done != SQLITE_OK) return opened.failed();
  ::sqlite3_extended_result_codes(database, 1);
  ::sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  ::sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  ::sqlite3_wal_hook(database, remember_waiting_pages, opened.waiting_pages_.get());
  if (::sqlite3_db_readonly(database, "main") == 1) {
    return failure(ErrorCode::SystemError, file + ": may not be written; look at its permissions");
  }
  return opened;
}

void Database::may_write() {
  ::sqlite3_db_config(database_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
}

Result<void> Database::run(const std::string& statements) {
  const int done = ::sqlite3_exec(database_.get(), statements.c_str(), nullptr, nullptr, nullptr);
  if (done != SQLITE_OK) return failed();
  return {};
}

Result<Statement> Database::prepare(std::string_view statement) {
  Statement prepared;
  sqlite3_stmt* raw = nullptr;
  const int done =
      ::sqlite3_prepare_v3(database_.get(), statement.data(), static_cast<int>(statement.size()),
                           SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (done != SQLITE_OK) return failed();
  prepared.statement_.reset(raw);
  return prepared;
}

Result<std::uint64_t> Database::number(std::string_view statement) {
  auto prepared = prepare(statement);
  if (!prepared) return tl::unexpected(prepared.error());
  const auto row = prepared->step();
  if (!row) return tl::unexpected(row.error());
  return *row ? prepared->number(0) : 0;
}

void Database::roll_back() {
  if (::sqlite3_get_autocommit(database_.get()) == 0) static_cast<void>(run("ROLLBACK"));
}

Result<void> Database::checkpoint(bool truncate) {
  const int mode = truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
  if (::sqlite3_wal_checkpoint_v2(database_.get(), "main", mode, nullptr, nullptr) != SQLITE_OK) {
    return failed();
  }
  *waiting_pages_ = 0;
  return {};
}

tl::unexpected<Error> Database::failed() const {
  return tl::unexpected(error_of(database_.get(), file_));
}

}  // namespace steelyard::store
