#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace steelyard {

/// Why a running job is asked to stop.
enum class StopReason : std::uint8_t {
  None,           ///< nobody has asked
  Cancelled,      ///< its requester cancelled it
  TimedOut,       ///< it ran longer than it may
  RequesterGone,  ///< nobody waits for it any more
  WorkerStops,    ///< its worker ends, and does not wait for it
};

/// The reason for people: "it was cancelled".
[[nodiscard]] std::string_view to_string(StopReason reason);

/// The most clean-ups that one job may have waiting.
inline constexpr std::size_t kMaxCleanUps = 64;
/// A job's progress is reported at most once in this time, but for 100 % and the last one.
inline constexpr std::chrono::milliseconds kProgressInterval{100};
inline constexpr std::uint8_t kAllDone_percent = 100;

/// Where a job's progress and partial results go. Called on the thread that tells them, without a
/// lock held; by several at once when the work function tells from several threads.
class JobSink {
 public:
  virtual ~JobSink() = default;
  /// 0 to 100.
  virtual void on_progress(std::uint8_t percent) = 0;
  /// Never empty. The bytes are in flight until they are granted again.
  virtual void on_partial(std::string bytes) = 0;
};

/// What a running job can be told and can tell: shared by its work function and by what runs it.
///
/// Partial results flow by credit: at most `window_bytes` are in flight, which is what was told and
/// has not been granted again, each counted with its overhead (partial_charge_bytes). A partial
/// result larger than the window travels alone. A window of 0 means that nobody wants them; they
/// are dropped.
///
/// Invariants:
/// 1. The first stop request stands; none is taken back.
/// 2. A clean-up runs once, without a lock held.
///
/// Thread safety: all members may be called from any thread; it must outlive the calls. No lock is
/// held while the sink or a clean-up runs, so that both may take the runtime's locks; the function
/// of a Watch runs under the lock of this object and must not use it.
class JobControl {
 public:
  /// Nobody listens; stops and clean-ups work.
  JobControl() = default;
  /// `sink` must outlive this.
  JobControl(JobSink& sink, std::size_t window_bytes) : sink_(&sink), window_bytes_(window_bytes) {}
  /// Runs the clean-ups that are left.
  ~JobControl() { run_clean_ups(); }
  JobControl(const JobControl&) = delete;
  JobControl& operator=(const JobControl&) = delete;

  // For who runs the job.

  /// Asks the job to stop; calls of `partial` that wait return. False: it was asked before, and
  /// nothing changed. Requires: a reason (asserted).
  bool request_stop(StopReason reason);
  /// Partial results that take so many bytes of the window have arrived. More than are in flight
  /// count as all of them.
  void grant(std::size_t bytes);
  /// Another window from now on; 0: nobody wants partial results any more.
  void resize_window(std::size_t window_bytes);
  /// The progress that no report has told yet, for a beat in between; it counts as told then.
  [[nodiscard]] std::optional<std::uint8_t> take_unreported_progress();
  /// The work function has ended, in whatever way: runs the clean-ups, the last one first, and
  /// tells the last progress. Whatever a clean-up throws is counted. May be called once per call of
  /// the function, on the function's thread.
  void function_ended();
  /// How many clean-ups have thrown.
  [[nodiscard]] std::uint32_t failed_clean_ups() const { return failed_clean_ups_; }

  // For the work function; see Work.

  [[nodiscard]] bool stop_requested() const { return stop_reason() != StopReason::None; }
  [[nodiscard]] StopReason stop_reason() const { return stop_.load(std::memory_order_relaxed); }
  void on_clean_up(std::function<void()> clean_up);
  void progress(std::uint8_t percent);
  bool partial(std::string_view bytes);

  /// What became of a partial result that is not waited for.
  enum class Offered : std::uint8_t {
    Taken,     ///< told, or dropped because nobody wants it
    NoCredit,  ///< there is no room in the window; nothing happened
    Stopped,   ///< dropped: the job is to stop
  };
  /// As `partial`, without waiting: a Watch says when it is worth another try.
  [[nodiscard]] Offered offer(std::string_view bytes);

  /// Calls a function on every stop request and whenever there may be more credit, for a thread
  /// that waits for other things too. What happened before is not repeated: look after watching.
  /// When it has been destroyed no call is running. Requires: one at a time (asserted).
  class Watch {
   public:
    /// `control` may be null: then nothing ever happens. `changed` must not throw.
    Watch(JobControl* control, std::function<void()> changed);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    JobControl* const control_;
  };

 private:
  static constexpr std::uint8_t kNoProgress = 255;

  [[nodiscard]] bool claim_report();
  void report_progress();
  void run_clean_ups();
  [[nodiscard]] std::function<void()> take_clean_up();
  [[nodiscard]] bool has_room(std::size_t bytes) const;
  bool tell(std::unique_lock<std::mutex> lock, std::string_view bytes);
  void notify();

  JobSink* const sink_ = nullptr;

  // Synchronised by themselves.
  std::atomic<StopReason> stop_ = StopReason::None;  // changed under mutex_
  std::atomic<std::uint8_t> progress_ = kNoProgress;
  std::atomic<std::uint8_t> reported_ = kNoProgress;
  std::atomic<std::int64_t> next_report_ns_ = 0;  // of the steady clock
  std::atomic<std::uint32_t> failed_clean_ups_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  std::size_t window_bytes_ = 0;
  std::size_t in_flight_bytes_ = 0;
  std::vector<std::function<void()>> clean_ups_;
  std::function<void()> watch_;
};

}  // namespace steelyard
