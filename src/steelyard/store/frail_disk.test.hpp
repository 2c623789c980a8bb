#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <sqlite3.h>

#include "steelyard/base/random.hpp"

namespace steelyard::store {

/// A disk in memory that knows what was synchronised, and whose power can be cut.
///
/// What was not synchronised may be there after a cut, or not, or in parts of 512 bytes; a name in
/// the folder likewise, until the folder was synchronised. A synchronisation that fails loses what
/// it should have written, as an operating system may do.
/// Thread safety: none.
class FrailDisk {
 public:
  enum class Fault { PowerCut, Full, WriteError, SyncError };

  FrailDisk();
  FrailDisk(const FrailDisk&) = delete;
  FrailDisk& operator=(const FrailDisk&) = delete;
  ~FrailDisk();

  /// What SQLite calls this disk.
  [[nodiscard]] const std::string& name() const { return name_; }

  /// The operation after the next `operations` that change something fails, and so do `count` in
  /// all of those that can. After a cut everything fails.
  void fail_after(std::uint64_t operations, Fault fault, std::uint64_t count = 1);
  /// Whether it has come to that.
  [[nodiscard]] bool has_failed() const { return failures_ > 0; }
  /// No faults any more.
  void heal() { fault_.reset(); }

  /// What a cut of the power leaves, by dice; then there is power again.
  /// Requires: all files are closed.
  void restart(base::Random& dice);

  /// From now on files are opened for reading only.
  void protect() { is_protected_ = true; }

  [[nodiscard]] bool exists(const std::string& file) const { return entries_.contains(file); }
  [[nodiscard]] std::string content(const std::string& file) const;
  void put(const std::string& file, std::string content);

 private:
  struct Write {
    std::size_t offset = 0;
    std::string bytes;
  };
  struct Truncate {
    std::size_t size = 0;
  };
  using Change = std::variant<Write, Truncate>;
  struct File {
    std::string content;          // as a reader sees it
    std::string durable;          // as it is on the plate
    std::vector<Change> pending;  // oldest first
  };
  using Folder = std::map<std::string, std::shared_ptr<File>>;
  struct Handle;
  struct Calls;

  /// The code that the operation fails with; SQLITE_OK: it does not.
  int fails(bool is_sync);
  void change(File& file, Change change);
  static void apply(std::string& content, const Change& change);
  static void apply_torn(std::string& content, const Change& change, base::Random& dice);

  std::string name_;
  std::unique_ptr<sqlite3_vfs> vfs_;
  Folder entries_;
  Folder durable_entries_;
  std::optional<Fault> fault_;
  std::uint64_t until_fault_ = 0;
  std::uint64_t failures_left_ = 0;
  std::uint64_t failures_ = 0;
  bool has_power_ = true;
  bool is_protected_ = false;
};

}  // namespace steelyard::store
