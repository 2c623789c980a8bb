#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>

namespace steelyard::zmq_runtime {

/// Partial results and progress of a client's jobs on their way to who takes them: what may be on
/// its way, and what was taken.
///
/// Jobs are known by the numbers that were given out for them. Of each job, partial results of one
/// window (each with its overhead, partial_charge_bytes) are here that were not taken, some more
/// after the connection was cut, and one message about its progress.
/// Thread safety: none.
class ClientStreams {
 public:
  /// The job's partial results are wanted, a window ahead of who takes them.
  void open(std::uint64_t job, std::uint64_t window_bytes);
  /// The job was answered.
  void close(std::uint64_t job) { streams_.erase(job); }

  enum class Came : std::uint8_t {
    Stray,    ///< nobody wants it, or it is of a former attempt
    TooMuch,  ///< there was no credit for it, or too much waits to be taken
    More,
    First,  ///< of another attempt of the same stage: what came of the former one is void
    Later,  ///< something is missing before it
  };
  struct Part {
    std::uint32_t attempt = 0;
    std::uint64_t offset = 0;  ///< of its first byte
    std::size_t bytes = 0;
  };
  /// A partial result has come. Stray and TooMuch are to be dropped.
  [[nodiscard]] Came add(std::uint64_t job, const Part& part);
  /// A job has come so far; false: who takes it has not yet taken what was said before.
  [[nodiscard]] bool add_progress(std::uint64_t job, std::uint8_t percent);

  /// A partial result was taken, or thrown away.
  void taken(std::uint64_t job, std::uint32_t attempt, std::size_t bytes);
  /// What was said about progress was taken; what is to be said now, if that has changed.
  [[nodiscard]] std::optional<std::uint8_t> progress_taken(std::uint64_t job);

  struct Credit {
    std::uint64_t job = 0;
    std::uint32_t attempt = 0;
    std::uint64_t bytes = 0;  ///< of the window
  };
  /// What is to be said to the broker; nullopt: nothing.
  [[nodiscard]] std::optional<Credit> next_credit();
  [[nodiscard]] bool has_credit() const { return !due_.empty(); }

  /// A new conversation: what was under way is lost, and the broker takes all credit as given back.
  /// With `anew` it knows nothing of these jobs, which begin again.
  void connection_began(bool anew);

 private:
  /// What may wait from before the connection was cut, in windows.
  static constexpr std::uint64_t kMaxFormerWindows = 3;

  struct Stream {
    std::uint64_t window_bytes = 0;  // of this, the others count each part with its overhead
    std::uint32_t attempt = 0;       // 0: none has begun
    bool had_parts = false;          // that are not void
    std::uint64_t next_offset = 0;
    std::uint64_t former_bytes = 0;   // not taken, without credit to be given back
    std::uint64_t untaken_bytes = 0;  // the others
    std::uint64_t owed_bytes = 0;     // taken, and no credit given back
    bool due = false;
    bool progress_waits = false;
    std::optional<std::uint8_t> later_progress;
  };
  [[nodiscard]] static bool has_room(const Stream& stream, std::uint64_t charge);
  void owe(std::uint64_t job, Stream& stream, std::uint64_t charge);

  std::unordered_map<std::uint64_t, Stream> streams_;
  std::deque<std::uint64_t> due_;  // jobs with credit to be given back; each once
};

}  // namespace steelyard::zmq_runtime
