#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "steelyard/base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace steelyard::store {

/// A prepared statement of a Database. Thread safety: none.
class Statement {
 public:
  void bind(int place, std::uint64_t number);
  /// The bytes must stay until the statement has run.
  void bind(int place, std::string_view bytes);

  /// Takes a step. Returns whether there is a row to look at; without one the statement has ended
  /// and may run again. Errors: those of Database.
  [[nodiscard]] Result<bool> step();
  /// Runs it to its end.
  [[nodiscard]] Result<void> run();
  void reset();

  [[nodiscard]] std::uint64_t number(int column) const;
  /// Valid until the next step.
  [[nodiscard]] std::string_view bytes(int column) const;
  [[nodiscard]] bool is_number(int column) const;

 private:
  friend class Database;
  struct Close {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Close> statement_;
};

/// A connection to an SQLite file that nobody else has.
///
/// Errors of all calls: JournalFull when there is no room, JournalBroken when the file is damaged,
/// JournalInUse when another connection has it, SystemError for the rest; the context begins with
/// the file's name. Thread safety: none.
class Database {
 public:
  /// Opens `file`, which is made when it is absent. Nothing is written before the first statement
  /// that writes, and closing writes nothing before `may_write`.
  [[nodiscard]] static Result<Database> open(const std::string& file, const std::string& vfs);

  /// From now on closing takes over what waits beside the file.
  void may_write();

  [[nodiscard]] Result<void> run(const std::string& statements);
  [[nodiscard]] Result<Statement> prepare(std::string_view statement);
  /// The number that `statement` gives; 0 when it gives none.
  [[nodiscard]] Result<std::uint64_t> number(std::string_view statement);

  /// Undoes a transaction that failed, if it is still open.
  void roll_back();

  /// Takes over what waits beside the file, and empties what waits if `truncate`.
  [[nodiscard]] Result<void> checkpoint(bool truncate);
  /// Pages that wait beside the file.
  [[nodiscard]] std::uint32_t waiting_pages() const { return *waiting_pages_; }

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  [[nodiscard]] tl::unexpected<Error> failed() const;

  std::string file_;
  std::unique_ptr<std::uint32_t> waiting_pages_;  // told by SQLite, so it must not move
  std::unique_ptr<sqlite3, Close> database_;
};

/// What to say of `file`, which is damaged: why, and what to do.
[[nodiscard]] std::string damage(const std::string& file, std::string_view why);

/// The error of the last call on `database`, which is open on `file`.
[[nodiscard]] Error error_of(sqlite3* database, const std::string& file);

}  // namespace steelyard::store
