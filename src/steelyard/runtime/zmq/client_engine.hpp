#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include <sys/types.h>

#include "steelyard/runtime/zmq/client.hpp"
#include "steelyard/runtime/zmq/client_session.hpp"
#include "steelyard/runtime/zmq/socket.hpp"

namespace steelyard {

/// The client's session and sockets, and the threads that work them.
///
/// The sockets belong to whoever holds the mutex: a thread that submits sends at once, a thread
/// that waits for answers polls and receives them itself, without a hand-over. While no thread
/// waits, the client's own thread (the keeper) polls, so that beats go out and answers come in.
/// One thread at a time polls, without the mutex; it watches descriptors and touches no socket.
class Client::Engine final : public CompletionSource {
 public:
  using Session = zmq_runtime::ClientSession;

  explicit Engine(ClientOptions options);
  ~Engine() override;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Where the answers of jobs that were handed in together go: each to a promise, or all to a
  /// queue.
  struct Answers {
    std::vector<Future<std::string>>* futures = nullptr;  ///< to be filled in
    CompletionQueue* queue = nullptr;
    std::uint64_t first_tag = 0;
  };
  using Payloads = std::span<const std::string_view>;

  JobId submit(const Session::Kind& kind, Payloads payloads, const Answers& answers);
  [[nodiscard]] std::uint64_t session() const { return session_.key(); }
  [[nodiscard]] Result<void> connect(std::chrono::milliseconds timeout);
  [[nodiscard]] Result<std::string> query(std::string_view what, std::chrono::milliseconds timeout);
  [[nodiscard]] Result<std::vector<JobStatus>> ask(std::span<const JobId> jobs);
  [[nodiscard]] Result<std::vector<Cancellation>> cancel(std::span<const JobId> jobs,
                                                         std::chrono::milliseconds timeout);
  [[nodiscard]] Result<MatchingJobs> cancel_matching(std::string_view user, std::string_view queue,
                                                     bool dry_run);
  [[nodiscard]] Result<Standing> quarantine(const JobId& job, bool release);
  [[nodiscard]] Result<std::vector<JobId>> wait_acknowledged(std::span<const JobId> jobs,
                                                             std::chrono::milliseconds timeout);
  [[nodiscard]] const ClientOptions& options() const { return options_; }
  [[nodiscard]] Result<void> drain(std::string_view worker);
  [[nodiscard]] Result<PinStatus> pin(const Pin& pin);
  [[nodiscard]] Result<void> close(std::chrono::milliseconds timeout);
  void abort();
  [[nodiscard]] Stats stats() const;

  void work_until(const std::function<bool()>& done,
                  std::chrono::steady_clock::time_point deadline) override;
  void interrupt() noexcept override { wakeup_.signal(); }
  void forget(CompletionQueue& queue) override;
  void taken(std::span<const Completion> completions) override;

 private:
  using Lock = std::unique_lock<std::mutex>;
  struct Sink {
    std::vector<Promise<std::string>> promises;
    CompletionQueue* queue = nullptr;  // empty, with no promises: nobody wants them any more
    std::uint64_t first_tag = 0;
    std::size_t unanswered = 0;
  };
  /// What is known of jobs that are to be cancelled.
  struct Cancelling {
    std::vector<Cancellation> told;
    std::vector<std::uint64_t> requests;  // that are open
  };
  struct OpenCancel {
    Cancelling* into = nullptr;
    std::vector<std::size_t> places;  // in `into->told`, by place in the request
  };
  using Reply =
      std::variant<std::monostate, Result<std::string>, std::vector<JobStatus>, PinStatus>;

  [[nodiscard]] Session::Sinks sinks();
  [[nodiscard]] static Session::Patience patience(const ClientOptions& options);

  // The keeper.
  void keep();
  void say_goodbye();
  [[nodiscard]] bool goodbye_is_over() const;

  // Whoever holds the mutex.
  void wait_until(Lock& lock, const std::function<bool()>& done, TimePoint deadline);
  void poll(Lock& lock, const std::function<bool()>& done, TimePoint deadline);
  void exchange();
  void listen_for_results();
  void receive_all();
  void receive_results();
  void send_all();
  void hurry_poller();
  void publish();
  [[nodiscard]] TimePoint due() const;
  void on_answer(const Session::Answer& answer);
  template <class Content>
  void on_reply(std::uint64_t request, Content content);
  template <class Say>
  [[nodiscard]] Result<Reply> request(Lock& lock, std::chrono::milliseconds timeout, Say&& say);
  template <class Say>
  [[nodiscard]] Result<Reply> request_again(Lock& lock, Say&& say);
  template <class Say>
  [[nodiscard]] Result<std::string> report_on(Say&& say);
  [[nodiscard]] Result<std::vector<JobStatus>> ask_some(std::span<const JobId> jobs);
  [[nodiscard]] std::vector<JobId> names_at_broker(std::span<const JobId> jobs,
                                                   std::vector<bool>& held) const;
  void cancel_until(Lock& lock, std::span<const JobId> jobs, Cancelling& cancelling,
                    TimePoint deadline);
  void cancel_held(std::span<const JobId> jobs, Cancelling& cancelling);
  void say_cancel(std::span<const JobId> jobs, Cancelling& cancelling);
  void end_cancel(Cancelling& cancelling);
  void on_cancelled(std::uint64_t request, std::uint32_t place, Cancellation cancelled);
  [[nodiscard]] Result<void> look_at_rest(std::span<const JobId> jobs, Cancelling& cancelling);
  [[nodiscard]] static std::optional<Error> misuse(const Session::Kind& kind, std::size_t count,
                                                   const Answers& answers);
  [[nodiscard]] ErrorCode code_of(const Session::Answer& answer);
  void on_news(const Session::News& news);
  [[nodiscard]] std::optional<Error> make_room(Lock& lock, std::size_t count);
  [[nodiscard]] std::optional<Error> over() const;
  [[nodiscard]] Error not_connected(std::chrono::milliseconds timeout) const;
  static void refuse(Sink sink, std::size_t count, const Error& error);

  const ClientOptions options_;
  const pid_t owner_;  // the process that may use the sockets
  zmq_runtime::Wakeup wakeup_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;  // something that a waiting thread waits for, or nobody polls
  std::condition_variable keeper_;   // it is closing
  // Guarded by mutex_:
  Session session_;
  const std::shared_ptr<Context> context_;
  zmq_runtime::Socket socket_;
  std::optional<zmq_runtime::Socket> direct_;    // where workers give results; empty: nowhere
  std::map<std::uint64_t, Sink> sinks_;          // by first sequence number
  std::set<CompletionQueue*> queues_;            // those that were ever used
  std::map<std::uint64_t, Reply> replies_;       // by open request
  std::map<std::uint64_t, OpenCancel> cancels_;  // by open request
  std::uint64_t next_request_ = 0;
  std::uint64_t unfinished_ = 0;
  std::optional<Error> failure_;  // for good
  Stats stats_;
  std::uint32_t waiting_ = 0;  // threads that wait for something
  std::uint32_t takers_ = 0;   // of these: those that wait for answers at a queue
  std::uint64_t takes_ = 0;    // how often one did
  TimePoint poll_until_;       // of the one who polls
  bool polling_ = false;
  bool closing_ = false;
  bool ended_ = false;  // no more jobs are taken
  // Not yet published:
  std::vector<std::pair<Promise<std::string>, Result<std::string>>> resolved_;
  std::unordered_map<CompletionQueue*, std::vector<Completion>> completions_;
  std::uint64_t answered_ = 0;
  std::optional<TimePoint> goodbye_until_;

  std::jthread thread_;  // last: it uses everything above
};

}  // namespace steelyard
