#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "steelyard/runtime/zmq/client.hpp"
#include "steelyard/runtime/zmq/client_session.hpp"
#include "steelyard/runtime/zmq/socket.hpp"

namespace steelyard {

/// The client's thread, which owns the socket and the session, and the door through which other
/// threads hand it work.
class Client::Engine {
 public:
  using Session = zmq_runtime::ClientSession;

  explicit Engine(ClientOptions options);
  ~Engine();

  /// Where the answers of jobs that were handed in together go: each to a promise, or all to a
  /// queue.
  struct Sink {
    std::vector<Promise<std::string>> promises;
    CompletionQueue* queue = nullptr;
    std::uint64_t first_tag = 0;
    std::size_t unanswered = 0;
  };
  struct Submission {
    Session::Kind kind;
    std::vector<std::string> payloads;
    Sink sink;
  };

  void submit(Submission submission);
  [[nodiscard]] Result<void> connect(std::chrono::milliseconds timeout);
  [[nodiscard]] Result<std::string> query(std::string_view what, std::chrono::milliseconds timeout);
  [[nodiscard]] Stats stats() const;

 private:
  // The thread.
  void run();
  void take_inbox();
  void exchange();
  void listen_for_results();
  void receive_results();
  void send_all();
  void wait();
  void publish();
  void publish_counts();
  [[nodiscard]] bool closing() const;
  void say_goodbye();
  [[nodiscard]] bool goodbye_is_over() const;
  [[nodiscard]] bool nothing_handed_in();
  [[nodiscard]] std::chrono::milliseconds time_to_wait() const;
  void on_answer(const Session::Answer& answer);
  void on_report(std::uint64_t request, Result<std::string> report);

  // Calling threads.
  void wake(std::unique_lock<std::mutex> lock);
  [[nodiscard]] Error not_connected(std::chrono::milliseconds timeout) const;
  static void refuse(Submission submission, const Error& error);

  const ClientOptions options_;
  const pid_t owner_;  // the process that may use the socket
  zmq_runtime::Wakeup wakeup_;

  mutable std::mutex mutex_;
  std::condition_variable room_;     // unfinished_ fell, or nothing can be submitted any more
  std::condition_variable changed_;  // welcomed_, failure_ or reports_
  // Guarded by mutex_:
  std::vector<Submission> inbox_;
  std::vector<std::pair<std::uint64_t, std::string>> queries_;
  std::map<std::uint64_t, std::optional<Result<std::string>>> reports_;  // by open request
  std::uint64_t next_request_ = 0;
  std::uint64_t unfinished_ = 0;
  std::optional<Error> failure_;  // for good
  Stats stats_;
  bool welcomed_ = false;
  bool closing_ = false;
  bool asleep_ = false;  // the thread waits, or is about to without looking at the inbox again

  // The thread's own:
  Session session_;
  const std::shared_ptr<Context> context_;
  zmq_runtime::Socket socket_;
  std::optional<zmq_runtime::Socket> direct_;  // where workers give results; empty: nowhere
  std::map<std::uint64_t, Sink> sinks_;        // by first sequence number
  // Not yet published:
  std::vector<std::pair<Promise<std::string>, Result<std::string>>> resolved_;
  std::unordered_map<CompletionQueue*, std::vector<Completion>> completions_;
  std::uint64_t answered_ = 0;
  std::optional<TimePoint> goodbye_until_;
  std::jthread thread_;  // last: it uses everything above
};

}  // namespace steelyard
