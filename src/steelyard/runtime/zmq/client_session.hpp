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

#include "steelyard/runtime/zmq/completions.hpp"
#include "steelyard/runtime/zmq/conversation.hpp"
#include "steelyard/runtime/zmq/job_id.hpp"
#include "steelyard/runtime/zmq/large_messages.hpp"
#include "steelyard/runtime/zmq/pin.hpp"
#include "steelyard/runtime/zmq/receipts.hpp"
#include "steelyard/wire/columns.hpp"
#include "steelyard/wire/envelope.hpp"

namespace steelyard::zmq_runtime {

/// A client's side of the protocol without its socket: numbers the jobs, keeps them until they are
/// answered, and submits again what a broker does not know.
///
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
  };
  using AnswerSink = std::function<void(const Answer& answer)>;
  using ReportSink = std::function<void(std::uint64_t request, Result<std::string> report)>;
  using ToldSink = std::function<void(std::uint64_t request, std::vector<JobStatus> told)>;
  using PinnedSink = std::function<void(std::uint64_t request, PinStatus pinned)>;
  /// Where everything goes that comes; all of them are set.
  struct Sinks {
    AnswerSink answers;
    ReportSink reports;
    ToldSink told;
    PinnedSink pinned;
  };

  ClientSession(std::uint64_t key, std::string name, Sinks sinks);

  /// Names the session in the ids of its jobs.
  [[nodiscard]] std::uint64_t key() const { return key_; }

  /// What a run's jobs have in common.
  struct Kind {
    std::string queue{};
    std::string state{};
    std::string user{};
    std::int32_t priority = 0;
    bool unit = false;
    bool via_broker = false;
    bool keep = false;
    std::vector<std::string> tags{};
    std::uint64_t state_bytes = 0;
  };
  /// Takes jobs in; returns the first one's sequence number, the others follow.
  /// Requires: not empty.
  std::uint64_t submit(const Kind& kind, std::span<const std::string_view> payloads, TimePoint now);

  /// Results may come straight from workers, to this address. Said in the next greeting.
  void offer_direct(const std::string& address);

  /// Asks for a report; the answer comes to the report sink, or is lost with the connection.
  void query(std::uint64_t request, std::string_view what);
  /// Asks how jobs stand, or cancels those that are queued; as query.
  void ask(std::uint64_t request, std::span<const JobId> jobs, bool cancel);
  void drain(std::uint64_t request, std::string_view worker);
  /// Has workers hold a state.
  void pin(std::uint64_t request, const Pin& pin);
  /// Nobody waits for this request any more: it is not made if it was not yet.
  void give_up(std::uint64_t request);
  /// Says goodbye; nothing is to be submitted after it. What is queued is cancelled.
  void leave();
  /// Says that no more jobs come; the broker says goodbye after the last answer.
  void leave_when_done();

  void receive(std::string_view bytes, TimePoint now);
  /// A message on a direct link, and what is to be answered there.
  [[nodiscard]] std::optional<std::string> receive_direct(std::string_view bytes, TimePoint now);
  void pass_time(TimePoint now) { conversation_.pass_time(now); }
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

  [[nodiscard]] std::string hello() const;
  [[nodiscard]] std::optional<std::string> next_submission();
  void add_unanswered(std::uint64_t first, const Run& run, wire::Submit& message,
                      std::string& block);
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
  Conversation conversation_;
  LargeSender sender_;
  LargeReceiver receiver_;
  std::optional<std::string> parts_taken_;  // to be said at once

  Runs runs_;
  std::uint64_t next_sequence_ = 1;
  std::uint64_t unsent_from_ = 1;   // runs from here on have not been sent to this broker
  std::uint64_t highest_sent_ = 0;  // to this broker
  std::uint64_t unanswered_ = 0;
  std::uint64_t repeated_ = 0;
  std::uint64_t direct_ = 0;
  std::uint64_t forged_ = 0;
  wire::ReplyTo reply_to_;
  Receipts receipts_;
  /// Questions and the goodbye, said when welcomed; by the request that they belong to.
  std::deque<std::pair<std::uint64_t, std::string>> to_say_;
  std::map<std::uint64_t, std::vector<std::uint64_t>> doubtful_;  // by request: unanswered jobs
  std::uint64_t max_payload_bytes_ = UINT64_MAX;
  enum class Leaving { No, WhenDone, Now };
  Leaving leaving_ = Leaving::No;
  bool over_ = false;
};

}  // namespace steelyard::zmq_runtime
