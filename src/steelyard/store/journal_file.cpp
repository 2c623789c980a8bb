#include "steelyard/store/journal_file.hpp"

#include <array>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

namespace steelyard::store {
namespace {

// https://sqlite.org/fileformat2.html#the_database_header
constexpr std::string_view kSqliteMark{"SQLite format 3\0", 16};
constexpr std::size_t kUserVersionAt = 60;
constexpr std::size_t kApplicationIdAt = 68;
constexpr std::size_t kHeaderBytes = 100;
// https://sqlite.org/fileformat2.html#the_rollback_journal
constexpr std::string_view kRollbackMark{"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", 8};
constexpr std::size_t kPagesBeforeAt = 16;
constexpr std::size_t kRollbackHeaderBytes = 28;

std::uint32_t number_at(std::string_view bytes, std::size_t place) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    number = number << 8 | static_cast<unsigned char>(bytes[place + i]);
  }
  return number;
}

/// A file as SQLite sees it, so that closing it drops no lock that this program has on it.
class SeenFile {
 public:
  SeenFile(sqlite3_vfs& vfs, const std::string& name, int kind)
      : name_(::sqlite3_create_filename(name.c_str(), "", "", 0, nullptr)),
        file_(static_cast<sqlite3_file*>(::operator new(static_cast<std::size_t>(vfs.szOsFile)))) {
    file_->pMethods = nullptr;
    is_open_ = vfs.xOpen(&vfs, name_, file_, SQLITE_OPEN_READONLY | kind, nullptr) == SQLITE_OK;
  }
  SeenFile(const SeenFile&) = delete;
  SeenFile& operator=(const SeenFile&) = delete;
  ~SeenFile() {
    if (file_->pMethods != nullptr) file_->pMethods->xClose(file_);
    ::operator delete(file_);
    ::sqlite3_free_filename(name_);
  }

  [[nodiscard]] bool is_open() const { return is_open_; }
  /// 0 when that cannot be told.
  [[nodiscard]] std::uint64_t size() const {
    sqlite3_int64 size = 0;
    if (!is_open_ || file_->pMethods->xFileSize(file_, &size) != SQLITE_OK) size = 0;
    return static_cast<std::uint64_t>(size);
  }
  /// The first bytes; what is missing is 0.
  [[nodiscard]] Result<std::string> head(std::size_t bytes) const {
    std::string head(bytes, '\0');
    const int done = file_->pMethods->xRead(file_, head.data(), static_cast<int>(bytes), 0);
    if (done == SQLITE_OK || done == SQLITE_IOERR_SHORT_READ) return head;
    return failure(ErrorCode::SystemError, "cannot be read");
  }

 private:
  sqlite3_filename name_;
  sqlite3_file* file_;
  bool is_open_ = false;
};

struct Place {
  sqlite3_vfs& vfs;
  std::string name;  // as SQLite calls it

  [[nodiscard]] bool exists(const std::string& suffix) const {
    int found = 0;
    const int done = vfs.xAccess(&vfs, (name + suffix).c_str(), SQLITE_ACCESS_EXISTS, &found);
    return done == SQLITE_OK && found != 0;
  }
};

Result<Place> place_of(const std::string& file, const std::string& vfs_name) {
  sqlite3_vfs* vfs = ::sqlite3_vfs_find(vfs_name.empty() ? nullptr : vfs_name.c_str());
  if (vfs == nullptr) return failure(ErrorCode::SystemError, "no such vfs: " + vfs_name);
  std::string name(static_cast<std::size_t>(vfs->mxPathname) + 1, '\0');
  const int done =
      vfs->xFullPathname(vfs, file.c_str(), static_cast<int>(name.size()), name.data());
  if ((done & 0xff) != SQLITE_OK) {
    return failure(ErrorCode::SystemError, file + ": no file can have this name");
  }
  return Place{*vfs, name.c_str()};
}

tl::unexpected<Error> no_journal(const std::string& file, std::string_view what) {
  return failure(ErrorCode::JournalBroken,
                 fmt::format("{}: {}. Nothing was changed; choose another file", file, what));
}

/// While a file is made, what was there before is noted beside it: nothing.
bool is_being_made(const Place& place) {
  const SeenFile rollback(place.vfs, place.name + "-journal", SQLITE_OPEN_MAIN_JOURNAL);
  if (!rollback.is_open()) return false;
  const auto head = rollback.head(kRollbackHeaderBytes);
  return head && head->starts_with(kRollbackMark) && number_at(*head, kPagesBeforeAt) == 0;
}

Result<JournalFile> judge(const std::string& file, const Place& place, std::string_view head) {
  const JournalFile journal{.has_wal = place.exists("-wal")};
  // Even if it looks whole: SQLite undoes what it finds half made.
  if (is_being_made(place)) return JournalFile{.is_new = true, .has_wal = journal.has_wal};
  if (head.starts_with(kSqliteMark) && number_at(head, kApplicationIdAt) == kApplicationId) {
    const std::uint32_t version = number_at(head, kUserVersionAt);
    if (version <= kFormatVersion && version > 0) return journal;
    return no_journal(
        file, fmt::format("written by a newer version of steelyard (journal format {}, this one "
                          "knows {}), which is needed to read it",
                          version, kFormatVersion));
  }
  if (head.starts_with(kSqliteMark)) {
    return no_journal(file, "a database of another program, not a journal");
  }
  return no_journal(file, "not a journal: it does not begin like one");
}

}  // namespace

Result<JournalFile> look_at(const std::string& file, const std::string& vfs) {
  std::error_code unknown;
  const auto status = std::filesystem::status(file, unknown);
  if (std::filesystem::is_directory(status)) return no_journal(file, "a folder, not a journal");
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    return no_journal(file, "a device or socket, not a journal");
  }
  const auto place = place_of(file, vfs);
  if (!place) return tl::unexpected(place.error());
  if (place->exists("")) {
    const SeenFile seen(place->vfs, place->name, SQLITE_OPEN_MAIN_DB);
    if (!seen.is_open()) {
      return failure(ErrorCode::SystemError, file + ": cannot be read; look at its permissions");
    }
    if (seen.size() > 0) {
      const auto head = seen.head(kHeaderBytes);
      if (!head) return failure(ErrorCode::SystemError, file + ": " + head.error().context);
      return judge(file, *place, *head);
    }
  }
  const SeenFile wal(place->vfs, place->name + "-wal", SQLITE_OPEN_WAL);
  if (wal.size() > 0) {
    return no_journal(file, "empty, but what belongs to it is in " + file +
                                "-wal: put both in their places, or move that one away");
  }
  return JournalFile{.is_new = true, .has_wal = wal.is_open()};
}

void remove_empty_wal(const std::string& file, const std::string& vfs) {
  const auto place = place_of(file, vfs);
  if (!place) return;
  const std::string name = place->name + "-wal";
  if (SeenFile(place->vfs, name, SQLITE_OPEN_WAL).size() > 0) return;
  place->vfs.xDelete(&place->vfs, name.c_str(), 0);
}

}  // namespace steelyard::store
