#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "steelyard/runtime/task/believed_states.hpp"
#include "steelyard/runtime/zmq/link_sockets.hpp"
#include "steelyard/runtime/zmq/machine_load.hpp"
#include "steelyard/runtime/zmq/socket.hpp"
#include "steelyard/runtime/zmq/worker.hpp"
#include "steelyard/runtime/zmq/worker_session.hpp"

namespace steelyard {

/// The worker's threads around its session and socket.
///
/// The socket belongs to whoever waits: a slot's thread that has no job polls it, and runs the jobs
/// that come itself, without a hand-over. While every slot works, the thread that called `run` (the
/// keeper) polls in their place, so that beats go out and messages come in. The one who polls
/// watches descriptors without the mutex; whoever holds the mutex may use the sockets.
class Worker::Engine {
 public:
  explicit Engine(RemoteWorkerOptions options);

  [[nodiscard]] Result<void> serve(const std::string& queue, TaskFunction task,
                                   TaskOptions options);
  [[nodiscard]] Result<void> run();
  void stop() noexcept;
  void stop_now() noexcept;
  [[nodiscard]] Stats stats() const;

 private:
  using Session = zmq_runtime::WorkerSession;
  using Lock = std::unique_lock<std::mutex>;
  /// What came of a job, and what the worker holds after it, if that is known.
  struct Performed {
    zmq_runtime::JobReport report;
    std::optional<std::vector<std::string>> holds{};
  };

  [[nodiscard]] Session::Options offer() const;
  void work();
  [[nodiscard]] bool work_once(Lock& lock);
  void run_job(Lock& lock, const zmq_runtime::AssignedJob& job);
  void run_preload(Lock& lock, const zmq_runtime::Preload& preload);
  void begin(const std::string& state);
  void keep_watch();
  void poll(Lock& lock);
  void exchange();
  void send_all();
  void obey_stop();
  void hand_back_what_waits();
  void note_machine_load();
  [[nodiscard]] bool is_keeping() const;
  [[nodiscard]] bool ended() const;
  void report(const zmq_runtime::AssignedJob& job, Performed performed, TimePoint now);
  void tell(TimePoint now);
  void wake_poller();

  // Running jobs (worker_running.cpp)
  class Running;
  void obey_orders(TimePoint now);
  void ask_to_stop(Running& running, StopReason reason, TimePoint now);
  void drop_partials();
  void note_ignored_stops(TimePoint now);
  [[nodiscard]] std::optional<TimePoint> next_ignored_stop() const;
  void stop_running(TimePoint now);
  [[nodiscard]] TimePoint due() const;

  [[nodiscard]] Performed perform(Running& running);
  [[nodiscard]] Performed call(const Task& task, Running& running);
  [[nodiscard]] static zmq_runtime::JobReport answer(const Task& task, Running& running,
                                                     WorkerState& state);
  [[nodiscard]] static std::string call_unit(const Task& task, Work work, WorkerState& state);
  [[nodiscard]] Result<WorkerState::Notes> load(const zmq_runtime::Preload& preload);
  [[nodiscard]] const Task* task_that_loads(const std::string& queue) const;
  void evict(const std::vector<std::string>& states, bool is_alone);

  const RemoteWorkerOptions options_;
  std::map<std::string, Task, std::less<>> tasks_;  // constant once running
  zmq_runtime::Wakeup wakeup_;
  std::atomic<bool> stop_ = false;
  std::atomic<bool> stop_now_ = false;

  mutable std::mutex mutex_;
  std::condition_variable slots_;   // a job waits, or nobody polls, or it is over
  std::condition_variable keeper_;  // a job was begun while the keeper slept, or it is over
  // Guarded by mutex_:
  std::optional<Session> session_;
  std::optional<zmq_runtime::Socket> socket_;
  std::optional<zmq_runtime::LinkSockets> links_;
  std::uint32_t running_ = 0;
  std::vector<Running*> running_jobs_;  // on the stacks of their slots
  std::uint64_t obeyed_era_ = 0;
  BelievedStates believed_;
  zmq_runtime::MachineLoad machine_load_;
  std::uint64_t welcomes_ = 0;  // as of the last job
  TimePoint last_begin_;        // of a job
  TimePoint last_exchange_;     // of messages
  TimePoint poll_until_;        // of the one who polls
  bool polling_ = false;
  bool keeper_sleeps_ = false;
  std::optional<TimePoint> leave_until_;
  Stats stats_;

  std::mutex state_mutex_;  // a state-using function runs alone
  WorkerState state_;       // guarded by state_mutex_, but for functions that are concurrent
};

}  // namespace steelyard
