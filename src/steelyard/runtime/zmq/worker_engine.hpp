#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "steelyard/runtime/zmq/link_sockets.hpp"
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
  struct Task {
    TaskFunction function;
    TaskOptions options;
  };

  void work();
  void keep_watch();
  void poll(Lock& lock);
  void exchange();
  void send_all();
  void obey_stop();
  void hand_back_what_waits();
  [[nodiscard]] bool is_keeping() const;
  [[nodiscard]] bool ended() const;
  void report(const zmq_runtime::AssignedJob& job, zmq_runtime::JobReport report, TimePoint now);
  [[nodiscard]] TimePoint due() const;

  [[nodiscard]] zmq_runtime::JobReport perform(const zmq_runtime::AssignedJob& job);
  [[nodiscard]] zmq_runtime::JobReport call(const Task& task, const zmq_runtime::AssignedJob& job);
  [[nodiscard]] std::string call_unit(const Task& task, Work work);

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
  TimePoint last_begin_;     // of a job
  TimePoint last_exchange_;  // of messages
  TimePoint poll_until_;     // of the one who polls
  bool polling_ = false;
  bool keeper_sleeps_ = false;
  std::optional<TimePoint> leave_until_;
  Stats stats_;

  std::mutex state_mutex_;  // a state-using function runs alone
  WorkerState state_;       // guarded by state_mutex_
};

}  // namespace steelyard
