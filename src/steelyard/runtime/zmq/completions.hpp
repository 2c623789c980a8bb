#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "steelyard/base/result.hpp"
#include "steelyard/runtime/zmq/wakeup.hpp"

namespace steelyard {

class CompletionQueue;
class CompletionSource;

/// Where a job spent its time.
struct JobTimes {
  std::chrono::microseconds waiting{};    ///< queued at the broker, before its last attempt
  std::chrono::microseconds running{};    ///< in the work function
  std::chrono::microseconds returning{};  ///< everything else: on its way there and back
};

/// A job's answer, or news of it before its answer, with the tag it was handed in with.
struct Completion {
  // GCC takes a scoped enumerator for something that hides steelyard::Answer.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
  enum class Kind : std::uint8_t {
    Answer,        ///< the last there is of this job
    Progress,      ///< how far it is
    Partial,       ///< a partial result; those of a job come in their order
    Restarted,     ///< another attempt begins: the partial results of its stage so far are void
    Gap,           ///< partial results are missing here, because a connection was cut
    Acknowledged,  ///< the broker has the job, at the durability that it asked for
  };
#pragma GCC diagnostic pop
  std::uint64_t tag = 0;
  Result<std::string> result;  ///< or a partial one
  JobTimes times{};
  Kind kind = Kind::Answer;
  std::uint8_t progress = 0;  ///< in percent
  bool unserved = false;      ///< Acknowledged: at present no worker serves its queue
  /// Acknowledged, and an Answer that is an error: JobId::sequence at the broker; 0: it did not
  /// take the job in.
  std::uint64_t number = 0;

  /// For the client: whom to tell that this was taken; null: nobody.
  struct Origin {
    CompletionSource* source = nullptr;
    std::uint64_t sequence = 0;
    std::uint32_t attempt = 0;
  };
  Origin origin{};
};

/// For the client: the connection that the answers come from.
class CompletionSource {
 public:
  virtual ~CompletionSource() = default;
  /// Works until `done` or `deadline`, or until the client is closed.
  virtual void work_until(const std::function<bool()>& done,
                          std::chrono::steady_clock::time_point deadline) = 0;
  /// Makes a thread that works look at its `done` again.
  virtual void interrupt() noexcept = 0;
  /// The queue is about to go.
  virtual void forget(CompletionQueue& queue) = 0;
  /// These were taken from a queue; those of other origin among them are left alone.
  virtual void taken(std::span<const Completion> completions) = 0;
};

/// Collects answers as they are ready, for a thread that takes them when it likes: by waiting in
/// `take`, or by polling `descriptor` together with its other descriptors.
///
/// Bounded by what is handed in: a client has at most `max_unfinished_jobs` on their way, and of a
/// job that streams, partial results of one window wait here. Credit for more is given back when
/// they are taken, so that who takes slowly slows the job down.
/// Thread safety: any number of threads may push and take.
/// Cost: a thread that waits in `take` works the client's connection meanwhile, so that an answer
/// reaches it without passing through another thread.
class CompletionQueue {
 public:
  CompletionQueue() = default;
  /// Answers that are still to come are dropped. Requires: no thread is in `take`.
  ~CompletionQueue();
  CompletionQueue(const CompletionQueue&) = delete;
  CompletionQueue& operator=(const CompletionQueue&) = delete;

  /// Takes everything that is there, waiting up to `timeout` for the first.
  [[nodiscard]] std::vector<Completion> take(std::chrono::milliseconds timeout);
  /// Takes everything that is there, and works no connection.
  [[nodiscard]] std::vector<Completion> take_ready();

  /// A file descriptor that is readable while there is something to take. The queue owns it.
  [[nodiscard]] int descriptor();

  using Source = CompletionSource;
  void attach(Source& source);
  void detach(Source& source);
  /// Appends what has come and wakes a waiting taker.
  void push(std::vector<Completion>&& completions);

 private:
  [[nodiscard]] bool has_any();
  void append(Completion&& completion);
  [[nodiscard]] std::vector<Completion> take_all(std::unique_lock<std::mutex>& lock);
  void give_back(std::unique_lock<std::mutex>& lock, std::vector<Completion>& taken);

  std::mutex mutex_;
  std::condition_variable arrived_;
  // Guarded by mutex_:
  std::vector<Completion> completions_;
  std::vector<Source*> sources_;
  std::thread::id worker_;    // the taker that works the first source, if one does
  std::uint32_t givers_ = 0;  // takers that tell a source what they took
  std::optional<zmq_runtime::Wakeup> readable_;
};

}  // namespace steelyard
