#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "steelyard/runtime/zmq/client_streams.hpp"
#include "steelyard/runtime/zmq/completions.hpp"
#include "steelyard/runtime/zmq/conversation.hpp"
#include "steelyard/runtime/zmq/held_jobs.hpp"
#include "steelyard/runtime/zmq/job_id.hpp"
#include "steelyard/runtime/zmq/job_kind.hpp"
#include "steelyard/runtime/zmq/job_names.hpp"
#include "steelyard/runtime/zmq/large_messages.hpp"
#include "steelyard/runtime/zmq/pin.hpp"
#include "steelyard/runtime/zmq/receipts.hpp"
#include "steelyard/wire/columns.hpp"
#include "steelyard/wire/envelope.hpp"

namespace steelyard::zmq_runtime {

/// A client's side of the protocol without its socket: numbers the jobs, keeps them until they are
/// answered, and submits again what a broker does not know.
///
/// Methods: what is asked for (`submit`, `query`, … `leave`) in client_session.cpp and
/// client_questions.cpp; jobs that are refused and handed in again in client_refusals.cpp.
/// Order of calls: `receive` for everything that came, `pass_time`, then `next_message` until there
/// is none. Invariant: each job is answered to the sink exactly once.
/// Thread safety: none. It reads no clock and does no I/O.
class ClientSession {
 public:
  /// An answer: without `code` the text is the result.
  struct Answer {
    std::uint64_t sequence = 0;
    std::optional<ErrorCode> code;
    std::string_view text;
    JobTimes times;
    bool no_room = false;  ///< refused, and worth trying again
  };
  /// News of a job that streams.
  struct News {
    std::uint64_t sequence = 0;
    Completion::Kind kind = Completion::Kind::Progress;
    std::uint8_t progress = 0;
    std::uint32_t attempt = 0;
    std::string_view partial;
  };
  using AnswerSink = std::function<void(const Answer& answer)>;
  using ReportSink = std::function<void(std::uint64_t request, Result<std::string> report)>;
  using ToldSink = std::function<void(std::uint64_t request, std::vector<JobStatus> told)>;
  using PinnedSink = std::function<void(std::uint64_t request, PinStatus pinned)>;
  /// What became of the job at `place` of those that were to be cancelled.
  using CancelledSink =
      std::function<void(std::uint64_t request, std::uint32_t place, Cancellation cancelled)>;
  using NewsSink = std::function<void(const News& news)>;
  /// Where everything goes that comes; all of them are set.
  struct Sinks {
    AnswerSink answers;
    ReportSink reports;
    ToldSink told;
    PinnedSink pinned;
    CancelledSink cancelled = [](std::uint64_t, std::uint32_t, Cancellation) {};
    NewsSink news = [](const News&) {};
  };
  /// Jobs that are refused for want of room are handed in again, so often and for so long.
  struct Patience {
    std::uint32_t max_tries = 1;
    Duration time{};
  };

  ClientSession(std::uint64_t key, std::string name, Sinks sinks, Patience patience);
  /// Refusals are final.
  ClientSession(std::uint64_t key, std::string name, Sinks sinks);

  /// Names the session in the ids of its jobs.
  [[nodiscard]] std::uint64_t key() const { return key_; }

  using Kind = JobKind;
  /// Takes jobs in; returns the first one's sequence number, the others follow. They keep these
  /// numbers here, also when they have to be handed in again under others (`name_at_broker`).
  /// Requires: not empty; one job, if it has a key.
  std::uint64_t submit(const Kind& kind, std::span<const std::string_view> payloads, TimePoint now);

  /// Results may come straight from workers, to this address. Said in the next greeting.
  void offer_direct(const std::string& address);

  /// Asks for a report; the answer comes to the report sink, or is lost with the connection.
  void query(std::uint64_t request, std::string_view what);
  /// Asks how jobs stand; as query.
  void ask(std::uint64_t request, std::span<const JobId> jobs);
  /// Has jobs cancelled; the sink is told of each, of those that run when they have ended.
  void cancel(std::uint64_t request, std::span<const JobId> jobs);
  void cancel_matching(std::uint64_t request, std::string_view user, std::string_view queue,
                       bool dry_run);
  void quarantine(std::uint64_t request, const JobId& job, bool release);
  void drain(std::uint64_t request, std::string_view worker);
  /// Has workers hold a state.
  void pin(std::uint64_t request, const Pin& pin);
  /// Says how this part is, now and whenever a broker has welcomed it, until it says something
  /// else. Requires: what monitor::Announcement::parse takes.
  void announce(std::string_view kind, std::string_view name, std::string_view json);
  /// Why the broker did not take what was announced last; nullopt: it did, or has not answered.
  [[nodiscard]] const std::optional<Error>& announcement_refusal() const {
    return announcement_refusal_;
  }
  /// Nobody waits for this request any more: it is not made if it was not yet.
  void give_up(std::uint64_t request);
  /// Says goodbye; nothing is to be submitted after it. What is queued is cancelled.
  void leave();
  /// Says that no more jobs come; the broker says goodbye after the last answer.
  void leave_when_done();
  /// The same, and what was handed in is wanted no more: what the broker does not have yet is
  /// answered with Cancelled at once, the rest by the broker.
  void abort(TimePoint now);

  /// What the job is called there; nullopt: it waits to be handed in again. Sequence 0: it was
  /// refused.
  [[nodiscard]] std::optional<JobId> name_at_broker(const JobId& job) const;
  /// Whether the broker has acknowledged the job of this session at the durability that it asked
  /// for, or it was answered.
  [[nodiscard]] bool is_decided(std::uint64_t sequence) const;
  /// Grows whenever more may be decided than before.
  [[nodiscard]] std::uint64_t acknowledgements() const { return acknowledgements_; }
  /// Queues of acknowledged jobs that nobody served, since this was last asked.
  [[nodiscard]] std::vector<std::string> take_unserved() { return std::exchange(unserved_, {}); }
  /// Answers a job of this session that waits to be handed in again with Cancelled. False: it does
  /// not.
  bool cancel_held(std::uint64_t sequence);
  /// Answers a job of this session that was sent to no broker, while there is none, with Cancelled.
  /// False: it may be at one, or is answered.
  bool cancel_unsent(std::uint64_t sequence);

  /// News were taken.
  void partial_taken(std::uint64_t sequence, std::uint32_t attempt, std::size_t bytes);
  void progress_taken(std::uint64_t sequence);

  void receive(std::string_view bytes, TimePoint now);
  /// A message on a direct link, and what is to be answered there.
  [[nodiscard]] std::optional<std::string> receive_direct(std::string_view bytes, TimePoint now);
  void pass_time(TimePoint now);
  /// The message just taken could not be handed over.
  void cannot_send(TimePoint now) { conversation_.cannot_send(now); }
  /// The next message to send; nullopt: nothing is to be said now.
  [[nodiscard]] std::optional<std::string> next_message(TimePoint now);
  [[nodiscard]] std::optional<TimePoint> next_deadline() const;

  [[nodiscard]] const Conversation& conversation() const { return conversation_; }
  [[nodiscard]] std::uint64_t unanswered() const { return unanswered_; }
  [[nodiscard]] std::uint64_t repeated() const { return repeated_; }
  /// Results that came straight from workers and were the first of their jobs.
  [[nodiscard]] std::uint64_t direct() const { return direct_; }
  /// Messages on direct links that were none, or did not know the secret, and were dropped.
  [[nodiscard]] std::uint64_t forged() const { return forged_; }
  /// Refusals that were heard, of jobs that were handed in again too.
  [[nodiscard]] std::uint64_t refused() const { return refused_; }
  /// Jobs that were handed in again because they were refused.
  [[nodiscard]] std::uint64_t retried() const { return retried_; }
  /// Partial results that came beyond their credit and were dropped.
  [[nodiscard]] std::uint64_t partials_dropped() const { return partials_dropped_; }
  /// The broker has said goodbye because it was asked to: there is nothing more to say.
  [[nodiscard]] bool has_left() const {
    return over_ &&
           (leaving_ == Leaving::Now || (leaving_ == Leaving::WhenDone && unanswered_ == 0));
  }
  /// The broker has confirmed the goodbye, or has itself said it.
  [[nodiscard]] bool over() const { return over_; }
  /// Answers everything that is unanswered with this error.
  void answer_all(ErrorCode code, std::string_view text, TimePoint now);

 private:
  /// Jobs that were handed in together, alike in kind.
  struct Run {
    std::shared_ptr<const Kind> kind;
    std::string block;
    std::vector<std::uint64_t> ends;  // where each payload ends in the block
    std::vector<bool> answered;
    std::uint32_t unanswered = 0;
    TimePoint handed_in;

    [[nodiscard]] std::string_view payload(std::size_t i) const;
  };
  using Runs = std::map<std::uint64_t, Run>;  // by first sequence number

  using Place = std::pair<Runs::iterator, std::size_t>;  // a job's run, and where it is in it

  template <class Message>
  void say(std::uint64_t request, const Message& message) {
    to_say_.emplace_back(request, wire::encode(message));
  }
  [[nodiscard]] std::string hello() const;
  void number(std::shared_ptr<const Kind> kind, std::span<const std::string_view> payloads,
              TimePoint handed_in);
  [[nodiscard]] std::optional<Place> find_unanswered(std::uint64_t current);
  void hold_new(const std::shared_ptr<const Kind>& kind, std::span<const std::string_view> payloads,
                TimePoint now);
  void hold_refused(Place place, const HeldJobs::Refusal& refusal, JobNames::Tries tries,
                    TimePoint now);
  void hand_in_again(TimePoint now);
  void refuse_overdue(TimePoint now);
  void refuse(const HeldJobs::Refusal& refusal, TimePoint now);
  [[nodiscard]] static std::string told_again(const Error& refusal, const JobNames::Tries& tries);
  [[nodiscard]] bool may_try_again(JobNames::Tries& tries, TimePoint now) const;
  void forget_job(Place place);
  void settle(const Answer& answer);
  void answer_unsent(TimePoint now);
  void say_goodbye();
  void answer_held(const HeldJobs::Job& job, Answer answer);
  [[nodiscard]] bool goodbye_is_due() const;
  void on_acknowledged(const wire::Envelope& envelope, TimePoint now);
  void acknowledged(std::uint64_t through, TimePoint now);
  void on_cancelled(const wire::Envelope& envelope);
  void on_progressed(const wire::Envelope& envelope);
  void on_partial(const wire::Envelope& envelope);
  [[nodiscard]] std::optional<std::string> next_credit();
  [[nodiscard]] std::optional<std::string> next_submission(TimePoint now);
  void add_unanswered(std::uint64_t first, const Run& run, wire::Submit& message,
                      std::string& block, TimePoint now);
  void hear(const wire::Envelope& envelope, TimePoint now);
  void on_part(const wire::Envelope& envelope, TimePoint now);
  void on_welcome(const wire::Envelope& envelope, TimePoint now);
  void on_answers(const wire::Envelope& envelope, TimePoint now);
  void on_results(const wire::Envelope& envelope, TimePoint now);
  void on_rejected(const wire::Envelope& envelope, TimePoint now);
  void on_report(const wire::Envelope& envelope);
  void on_told(const wire::Envelope& envelope, TimePoint now);
  void on_pinned(const wire::Envelope& envelope);
  void look_after(std::uint64_t watermark);
  void refuse_large(TimePoint now);
  bool answer(Answer answer, TimePoint now);

  const std::uint64_t key_;
  const std::string name_;
  const Sinks sinks_;
  const Patience patience_;
  Conversation conversation_;
  LargeSender sender_;
  LargeReceiver receiver_;
  std::optional<std::string> parts_taken_;  // to be said at once

  Runs runs_;  // by their numbers at the broker
  JobNames names_;
  HeldJobs held_;
  ClientStreams streams_;
  std::uint64_t next_sequence_ = 1;
  std::uint64_t unsent_from_ = 1;      // runs from here on have not been sent to this broker
  std::uint64_t never_sent_from_ = 1;  // nor those from here on to any
  std::uint64_t highest_sent_ = 0;     // to this broker
  std::uint64_t acknowledged_through_ = 0;
  std::uint64_t journalled_through_ = 0;
  std::uint64_t acknowledgements_ = 0;
  std::vector<std::string> unserved_;
  std::uint64_t unanswered_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t retried_ = 0;
  std::uint64_t partials_dropped_ = 0;
  std::uint64_t repeated_ = 0;
  std::uint64_t direct_ = 0;
  std::uint64_t forged_ = 0;
  wire::ReplyTo reply_to_;
  Receipts receipts_;
  /// Questions and the goodbye, said when welcomed; by the request that they belong to.
  std::deque<std::pair<std::uint64_t, std::string>> to_say_;
  std::map<std::uint64_t, std::vector<std::uint64_t>> doubtful_;  // by request: unanswered jobs
  std::string announcement_;  // as a message; empty: there is none
  bool announcement_due_ = false;
  std::optional<Error> announcement_refusal_;
  std::uint64_t max_payload_bytes_ = UINT64_MAX;
  enum class Leaving { No, WhenDone, Now };
  Leaving leaving_ = Leaving::No;
  bool aborting_ = false;     // with WhenDone
  bool goodbye_due_ = false;  // WhenDone is to be said
  bool over_ = false;
};

}  // namespace steelyard::zmq_runtime
