#pragma once

#include <cstdint>
#include <string>

#include "steelyard/base/result.hpp"

namespace steelyard::store {

/// Marks a file as a journal ("SYjl"), where SQLite keeps such marks.
inline constexpr std::uint32_t kApplicationId = 0x5359'6a6c;
/// The version of the format that is written, and the newest that is read.
inline constexpr std::uint32_t kFormatVersion = 1;

/// What there is before anything opens it.
struct JournalFile {
  bool is_new = false;   ///< absent, empty, or one whose making was cut short
  bool has_wal = false;  ///< pages wait beside it
};

/// Looks at `file` and at what lies beside it, and changes nothing.
/// `vfs`: the operating system's part of SQLite; empty: the usual one.
/// Errors: JournalBroken when it is no journal, or one of a newer version; SystemError.
[[nodiscard]] Result<JournalFile> look_at(const std::string& file, const std::string& vfs);

/// Removes the empty `-wal` that opening `file` has left beside it.
/// Requires: this program has the file's lock.
void remove_empty_wal(const std::string& file, const std::string& vfs);

}  // namespace steelyard::store
