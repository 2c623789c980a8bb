#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>

namespace steelyard::cli {

/// Keeps what is held in memory small: jobs that were read and whose answers have not been printed.
/// Reading waits for room.
///
/// Thread safety: all members may be called from any thread.
class Window {
 public:
  struct Limits {
    std::uint64_t jobs = 10'000;
    std::uint64_t bytes = std::uint64_t{64} << 20;
  };
  explicit Window(const Limits& limits) : limits_(limits) {}

  /// What was handed in together and comes back together, known by its tag.
  struct Entry {
    std::uint64_t tag = 0;
    std::uint64_t jobs = 1;
    std::uint64_t bytes = 0;
  };

  /// Waits until nothing is held or `more` jobs and bytes fit. Returns false once it is closed.
  [[nodiscard]] bool wait_for_room(const Entry& more);
  /// `entry` was handed in.
  void enter(const Entry& entry);
  /// Its answer of this size has come; its payload is needed no more. Returns its number of jobs.
  std::uint64_t answered(std::uint64_t tag, std::uint64_t answer_bytes);
  /// Its answer was printed.
  void leave(std::uint64_t tag);

  /// From now on nobody waits.
  void close();

 private:
  const Limits limits_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  std::unordered_map<std::uint64_t, Entry> entries_;
  std::uint64_t jobs_ = 0;
  std::uint64_t bytes_ = 0;
  bool closed_ = false;
};

}  // namespace steelyard::cli
