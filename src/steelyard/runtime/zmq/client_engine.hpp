#pragma once

#include <array>
#include <condition_variable>
#include <deque>
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
/// waits, the client's own thread (the keeper) polls, so that beats go out and answers come in; or
/// there is none, and a loop of the program's own calls `work`.
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
    std::span<const std::uint64_t> tags{};  ///< instead, one for each
    bool tell_acknowledged = false;         ///< to the queue
  };
  template <class T>
  using Then = Client::Then<T>;
  using Payloads = std::span<const std::string_view>;

  JobId submit(const Session::Kind& kind, Payloads payloads, const Answers& answers);
  [[nodiscard]] std::uint64_t session() const { return session_.key(); }
  [[nodiscard]] Result<void> connect(std::chrono::milliseconds timeout);
  [[nodiscard]] Result<void> announce(std::string_view kind, std::string_view name,
                                      std::string_view json);
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

  [[nodiscard]] std::vector<int> descriptors() const;
  [[nodiscard]] TimePoint work();
  void get_then(std::vector<JobId> jobs, Then<std::vector<JobStatus>> then);
  void cancel_then(std::vector<JobId> jobs, std::chrono::milliseconds timeout,
                   Then<std::vector<Cancellation>> then);
  void query_then(std::string what, std::chrono::milliseconds timeout, Then<std::string> then);
  void drain_then(std::string worker, Then<void> then);
  void quarantine_then(const JobId& job, bool release, Then<Standing> then);

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
    std::vector<std::uint64_t> tags{};  // instead of first_tag, if there are any
    std::vector<bool> acknowledged{};   // told or answered; empty: nobody is told
    std::string job_queue{};            // if somebody is

    [[nodiscard]] std::uint64_t tag(std::uint64_t i) const {
      return tags.empty() ? first_tag + i : tags[i];
    }
  };
  using Reply = std::variant<std::string, std::vector<JobStatus>, PinStatus>;
  using OnReply = std::function<void(Result<Reply>)>;  // called with the mutex held
  using Say = std::function<void(std::uint64_t request)>;
  /// How long an answer is waited for, and how often that is done.
  struct Tries {
    std::chrono::milliseconds timeout{};
    std::uint32_t count = 1;
  };
  /// What was asked, until it is answered.
  struct Question {
    Say say;
    OnReply then;
    Tries left;
    TimePoint due;
  };
  struct Asking {
    std::vector<JobId> jobs;
    std::vector<JobStatus> all;  // of the first so many
    Then<std::vector<JobStatus>> then;
  };
  /// What is known of jobs that are to be cancelled.
  struct Cancelling {
    std::vector<JobId> jobs;
    std::vector<Cancellation> told;
    std::size_t open = 0;                 // of these: those that are not told
    std::vector<std::uint64_t> requests;  // that are open
    TimePoint again;                      // when it is said again
    Duration pause{};                     // from then until it is said once more
    std::uint64_t said_to = 0;            // the broker of so many welcomes
    TimePoint deadline;
    bool looking = false;  // at how the rest stands
    Then<std::vector<Cancellation>> then;
  };
  struct OpenCancel {
    std::shared_ptr<Cancelling> into;
    std::vector<std::size_t> places;  // in `into->told`, by place in the request
  };

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

  // Questions.
  template <class T, class Begin>
  [[nodiscard]] Result<T> wait_for(Lock& lock, Begin&& begin);
  void begin_question(Tries tries, Say say, OnReply then);
  void begin_report(Tries tries, Say say, Then<std::string> then);
  void answer_question(std::uint64_t request, Result<Reply> reply);
  void pass_questions(TimePoint now);
  void ask_again(std::uint64_t request, TimePoint now);
  [[nodiscard]] std::optional<Error> no_more_questions() const;
  [[nodiscard]] Tries usual_tries() const {
    return {options_.request_timeout, options_.request_tries};
  }
  [[nodiscard]] Result<std::string> report_on(Say say);
  void begin_asking(std::vector<JobId> jobs, Then<std::vector<JobStatus>> then);
  void ask_rest(const std::shared_ptr<Asking>& asking);
  void on_told(const std::shared_ptr<Asking>& asking, const std::vector<bool>& held,
               Result<Reply> reply);
  [[nodiscard]] std::vector<JobId> names_at_broker(std::span<const JobId> jobs,
                                                   std::vector<bool>& held) const;
  /// The `then` of a client without a thread is called by `work`.
  template <class T>
  [[nodiscard]] Then<T> at_work(Then<T> then);

  // Cancels.
  void begin_cancel(std::vector<JobId> jobs, std::chrono::milliseconds timeout,
                    Then<std::vector<Cancellation>> then);
  void cancel_held(Cancelling& cancelling);
  void say_cancel(const std::shared_ptr<Cancelling>& cancelling);
  void forget_requests(Cancelling& cancelling);
  void on_cancelled(std::uint64_t request, std::uint32_t place, Cancellation cancelled);
  void pass_cancels(TimePoint now);
  void look_at_rest(const std::shared_ptr<Cancelling>& cancelling);
  void end_cancel(const std::shared_ptr<Cancelling>& cancelling, std::optional<Error> error);

  // Acknowledgements.
  void tell_acknowledged();
  [[nodiscard]] bool tell_acknowledged(std::uint64_t sequence,
                                       const std::vector<std::string>& unserved);
  [[nodiscard]] std::uint64_t number_at_broker(const Session::Answer& answer) const;
  void acknowledge_answered(Sink& sink, std::uint64_t first, const Session::Answer& answer);
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
  std::map<std::uint64_t, Question> questions_;  // by open request
  TimePoint questions_due_ = TimePoint::max();   // not later than any of them
  std::map<std::uint64_t, OpenCancel> cancels_;  // by open request
  std::vector<std::shared_ptr<Cancelling>> cancellings_;
  std::vector<std::function<void()>> calls_;  // due at the next `work`
  /// Jobs whose acknowledgement is to be told, by number, those for the journal apart; those that
  /// had to be handed in again, in any order.
  std::array<std::deque<std::uint64_t>, 2> unacknowledged_;
  std::vector<std::uint64_t> unacknowledged_again_;
  std::uint64_t acknowledgements_ = 0;  // that were looked at
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

  std::jthread thread_;  // last: it uses everything above; none, if a loop works the connection
};

/// Begins something that is answered with a T later, and waits for that.
template <class T, class Begin>
Result<T> Client::Engine::wait_for(Lock& lock, Begin&& begin) {
  // Who was waited for in vain may still answer.
  const auto answer = std::make_shared<std::optional<Result<T>>>();
  begin([answer](Result<T> came) { *answer = std::move(came); });
  exchange();
  wait_until(
      lock, [&] { return answer->has_value(); }, TimePoint::max());
  if (*answer) return std::move(**answer);
  return failure(ErrorCode::Stopped, "the client is closing");
}

}  // namespace steelyard
