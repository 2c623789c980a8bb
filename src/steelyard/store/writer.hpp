#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "steelyard/store/log.hpp"

namespace steelyard::store {

struct WriterOptions {
  std::uint32_t retry_ms = 1'000;  ///< after a failure, until it tries again
  std::uint64_t max_unwritten_bytes = 256ULL << 20;
  std::uint32_t max_group_records = 4'096;  ///< written in one go
};

/// How far a Writer has come.
struct Written {
  std::uint64_t position = 0;      ///< all records up to this one are durable, or had no need to be
  std::optional<Error> failing{};  ///< why it cannot write at present

  friend bool operator==(const Written&, const Written&) = default;
};

/// The thread that writes to a log: it takes all records that there are and writes them as one
/// group, while their owner goes on.
///
/// What cannot be written is kept, in order, and tried again. A job whose Submitted and Forgotten
/// both wait is dropped unwritten.
///
/// Thread safety: `append`, `flush` and `close` belong to one thread, the owner; the rest may be
/// called by any. Invariants:
/// 1. Records reach the log in the order of their positions, each once, unless they are dropped.
/// 2. A position is told as written only after all records up to it are in the log or dropped.
/// 3. The log is touched by the writer's thread only, until it has ended.
class Writer {
 public:
  /// Called on the writer's thread after `written()` has changed; must not call the writer's
  /// `append`, `flush` or `close`.
  using Notify = std::function<void()>;

  Writer(std::unique_ptr<Log> log, const WriterOptions& options, Notify notify);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  /// Closes.
  ~Writer();

  /// Adds a record to the next group. Returns its position: 1, 2, 3 …
  /// Beyond the limit of unwritten bytes it is taken as well: see `is_behind`.
  std::uint64_t append(Record record);
  /// Hands what was appended to the writer's thread. Cost: no system call when it is writing.
  void flush();

  /// Flushes, tries once more at once, and ends the thread. What can be written is written; at the
  /// first failure from now on it gives up. Returns how far it came.
  Written close();

  [[nodiscard]] Written written() const;
  /// Whether unwritten records take more than the limit: take nothing new then.
  [[nodiscard]] bool is_behind() const;
  [[nodiscard]] std::uint64_t unwritten_bytes() const;
  /// Records that were dropped because their job ended before it was written.
  [[nodiscard]] std::uint64_t dropped_records() const;
  /// The log's figures after the latest group.
  [[nodiscard]] Figures figures() const;

 private:
  struct Waiting {
    Record record;
    std::uint64_t position = 0;
  };
  using Queue = std::deque<Waiting>;

  void run();
  /// Takes what was handed over. Returns false when there is nothing left to do.
  [[nodiscard]] bool wait_for_work(bool is_failing);
  void drop_short_lives();
  [[nodiscard]] Result<void> write_group();
  void tell(const Result<void>& done, std::uint64_t position, std::uint64_t bytes);

  // Constant after construction.
  const WriterOptions options_;
  const Notify notify_;

  // The owner's alone.
  std::vector<Waiting> appended_;
  std::uint64_t next_position_ = 1;

  // The writer's thread's alone, until it has ended.
  std::unique_ptr<Log> log_;
  Queue waiting_;

  // Guarded by the mutex.
  mutable std::mutex mutex_;
  std::condition_variable work_;
  std::vector<Waiting> handed_over_;
  Written written_;
  Figures figures_;
  std::uint64_t unwritten_bytes_ = 0;
  std::uint64_t dropped_records_ = 0;
  bool closing_ = false;
  bool is_idle_ = false;

  std::jthread thread_;  // last: it uses all of them
};

}  // namespace steelyard::store
