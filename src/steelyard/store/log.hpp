#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "steelyard/base/result.hpp"
#include "steelyard/store/record.hpp"

namespace steelyard::store {

/// How much a log holds.
struct Figures {
  std::uint64_t living_jobs = 0;
  std::uint64_t living_bytes = 0;     ///< their records, each with its few bytes of head
  std::uint64_t rows = 0;             ///< of the file; 0 in memory
  std::uint64_t row_bytes = 0;        ///< of what lives and of what does not yet give room back
  std::uint64_t file_bytes = 0;       ///< on disk, free pages included
  std::uint64_t wal_bytes = 0;        ///< on disk beside it, until they are taken over
  std::uint64_t rewritten_bytes = 0;  ///< written anew since it was opened, to give room back

  friend bool operator==(const Figures&, const Figures&) = default;
};

/// What must outlive the program: an ordered log of records about jobs, which forgets what is over.
///
/// Append before you tell anybody; after a restart `recover` says what lives.
/// Thread safety: none, but it may move between threads.
class Log {
 public:
  virtual ~Log() = default;

  /// Adds `records` in this order, all or none. When it returns they are durable.
  /// Errors: JournalFull, and a later call works once there is room; JournalBroken; SystemError;
  /// PayloadTooLarge for a record over kMaxRecordBytes. The log is unchanged then.
  /// Cost: one synchronised write; some room of what died is given back, bounded by what this call
  /// adds and ends.
  [[nodiscard]] virtual Result<void> append(std::span<const Record> records) = 0;

  /// Visits the records of all living jobs, in the order in which these were submitted: for each
  /// Submitted or Answered, then the latest Changed since, if any.
  /// Errors: JournalBroken, SystemError; some may have been visited by then.
  /// Cost: reads everything; memory for at most 128 MiB of records, or one that is larger.
  [[nodiscard]] virtual Result<void> recover(const std::function<void(const Record&)>& visit) = 0;

  /// Gives back all room that what died still takes. Errors: those of `append`.
  /// Cost: may write everything anew.
  [[nodiscard]] virtual Result<void> compact() = 0;

  [[nodiscard]] virtual Figures figures() const = 0;
};

struct LogOptions {
  /// Whether an absent or empty file becomes a journal; otherwise that is JournalBroken.
  bool create = true;
  /// A row of the file holds at most so much, or one larger record.
  std::uint32_t max_row_bytes = 1U << 20;
  /// Pages of 4 KiB that may wait beside the file until they are taken over into it.
  std::uint32_t checkpoint_pages = 4096;
  /// The operating system's part of SQLite, as it is registered there; empty: the usual one.
  std::string vfs{};
};

/// Opens the log that is kept in `file`, or a new one when there is none; "memory:" is one that
/// lives as long as the object. Errors: JournalBroken, and nothing was changed; JournalInUse;
/// JournalFull; SystemError. Cost: reads everything.
[[nodiscard]] Result<std::unique_ptr<Log>> open_log(const std::string& file,
                                                    const LogOptions& options = {});

}  // namespace steelyard::store
