#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <boost/json.hpp>

#include "steelyard/base/interner.hpp"
#include "steelyard/core/scheduler.hpp"
#include "steelyard/monitor/report.hpp"
#include "steelyard/monitor/snapshot.hpp"
#include "steelyard/runtime/journal/records.hpp"
#include "steelyard/runtime/zmq/audit.hpp"
#include "steelyard/runtime/zmq/evidence.hpp"
#include "steelyard/runtime/zmq/happenings.hpp"
#include "steelyard/runtime/zmq/journal_sink.hpp"
#include "steelyard/runtime/zmq/key_table.hpp"
#include "steelyard/runtime/zmq/numbers.hpp"
#include "steelyard/runtime/zmq/payload_store.hpp"
#include "steelyard/runtime/zmq/peer.hpp"
#include "steelyard/runtime/zmq/streams.hpp"
#include "steelyard/runtime/zmq/tickets.hpp"
#include "steelyard/store/record.hpp"
#include "steelyard/trace/recorder.hpp"

namespace steelyard::zmq_runtime {

/// Turns messages into the scheduler's events and its actions into messages: the broker without its
/// socket.
///
/// Order of calls, each cycle: `note_calendar`, `receive` for everything that has arrived, then
/// `pass_time`, then `flush`. Thread safety: none. It reads no clock and does no I/O.
/// Hostile input never stops it: what cannot be understood is answered with a Fault, dropped and
/// counted.
class BrokerPort {
 public:
  struct Options {
    core::Options limits;
    std::uint64_t max_payload_bytes = 0;
    std::uint64_t max_kept_bytes = 0;
    std::uint32_t max_names = 0;
    std::uint64_t incarnation = 0;                               ///< random, never 0
    std::string strategy;                                        ///< its name, for reports
    std::vector<std::pair<std::string, double>> user_weights{};  ///< of names that are valid
    Happenings::Tell happened{};                                 ///< empty: nobody wants to know
  };

  /// With a `journal`, which must outlive the port, jobs that ask for it are written there before
  /// they are acknowledged.
  BrokerPort(const Options& options, std::unique_ptr<strategy::Strategy> strategy,
             TimePoint started, JournalSink* journal = nullptr);

  /// Has every step written down from now on; the calendar's time is for people who read it.
  /// Requires: nothing was received yet.
  void record(std::shared_ptr<trace::Sink> into, std::int64_t unix_ms);

  /// What the journal knows, in its order; then `restored`, which returns how many jobs that were.
  /// Before anything is received, and after `note_calendar`.
  /// Errors: Malformed for a record that cannot be read, TooManyNames. The port is of no use then.
  [[nodiscard]] Result<void> restore(const store::Record& record);
  [[nodiscard]] Result<std::uint64_t> restored();

  /// All records of the journal up to this one are on disk.
  void persisted(TimePoint now, std::uint64_t through);
  /// The journal takes nothing at present; the next `persisted` says that it does again.
  void journal_failing(TimePoint now, const Error& error);

  void receive(std::string_view route, std::string_view bytes, TimePoint now);
  /// Whether `bytes` greet, so that the next is worth while.
  [[nodiscard]] static bool is_greeting(std::string_view bytes);
  /// As `receive`, for a greeting: it came from the machine with this address.
  void receive_greeting(std::string_view route, std::string_view bytes, std::string_view address,
                        TimePoint now);
  /// What people's clocks show now; to be said once per cycle, before the others.
  void note_calendar(TimePoint now, std::int64_t unix_ms);
  void pass_time(TimePoint now);
  /// The driver did not run for this long.
  void stalled(TimePoint now, Duration stalled_for);
  [[nodiscard]] std::optional<TimePoint> next_deadline() const;

  /// `send(route, bytes)` returns whether the message could be handed over; a peer that takes
  /// nothing more is let go and has to greet again.
  void flush(const std::function<bool(std::string_view, std::string)>& send);

  /// Begins to stop: nothing more is accepted, what is queued is answered as not done.
  void stop(TimePoint now);
  /// Nothing runs and every answer was received.
  [[nodiscard]] bool at_rest() const;
  /// Bytes that jobs, payloads and results take, roughly.
  [[nodiscard]] std::uint64_t used_bytes() const;
  /// Gives back the room of a peak. Cost: O(payloads at the peak).
  void shrink() { payloads_.shrink(); }
  /// Tells every peer that the broker is going.
  void bid_farewell();

  [[nodiscard]] const core::Scheduler& scheduler() const { return scheduler_; }
  [[nodiscard]] std::uint64_t malformed() const { return malformed_; }
  [[nodiscard]] std::uint64_t refused() const { return refused_; }
  /// Jobs and peers that were refused with this code.
  [[nodiscard]] std::uint64_t refused(ErrorCode code) const {
    return refusals_[static_cast<std::size_t>(code)];
  }
  [[nodiscard]] std::uint64_t former_reports() const { return former_reports_; }
  [[nodiscard]] std::uint64_t dropped_partials() const { return dropped_partials_; }
  /// The largest message a peer may send.
  [[nodiscard]] std::uint64_t max_message_bytes() const {
    return options_.max_payload_bytes + 2 * kFlushBytes;
  }

 private:
  // Greetings (broker_hello.cpp)
  void greet(std::string_view route, const wire::Envelope& envelope);
  void greet_client(Peer& peer, const wire::Hello& hello);
  void greet_worker(Peer& peer, const wire::Hello& hello, bool has_all);
  [[nodiscard]] Result<core::WorkerProfile> read_offer(const wire::WorkerOffer& offer,
                                                       std::vector<QueueId>& queues,
                                                       std::vector<TagId>& tags);
  [[nodiscard]] wire::Welcome welcome(bool resumed) const;
  void refuse(Peer& peer, const Error& error);
  Peer& meet(std::string_view route);
  void part(Peer& peer);

  // Messages of peers that have greeted (broker_port.cpp)
  void hear(Peer& peer, const wire::Envelope& envelope);
  void hear_part(Peer& peer, const wire::Envelope& envelope);
  void refuse_part(Peer& peer, const Error& error);
  void forget_parts(Peer& peer);
  void hear_client(Peer& peer, const wire::Envelope& envelope);
  void hear_worker(Peer& peer, const wire::Envelope& envelope);
  void hear_received(Peer& peer, const wire::Envelope& envelope);
  void hear_beat(Peer& peer, const wire::Envelope& envelope);
  void add_leases_of(WorkerId worker, std::vector<Lease>& leases) const;
  void hear_leave(Peer& peer, const wire::Envelope& envelope);
  void hear_query(Peer& peer, const wire::Envelope& envelope);
  [[nodiscard]] monitor::Sources sources() const;

  // Jobs that are handed in (broker_submissions.cpp)
  void hear_submit(Peer& peer, const wire::Envelope& envelope);
  void submit_run(Peer& peer, const wire::SubmitRun& run, const wire::Column& column);
  void set_times(const wire::SubmitRun& run, core::JobsSubmitted& event) const;
  [[nodiscard]] std::optional<Error> condition_refusal(const wire::SubmitRun& run,
                                                       const wire::Column& column) const;
  [[nodiscard]] Error too_many_names() const;
  [[nodiscard]] std::optional<Error> refusal(const wire::SubmitRun& run,
                                             const wire::Column& column) const;
  [[nodiscard]] std::optional<Error> name(const wire::SubmitRun& run, core::JobsSubmitted& event);
  void reject(Peer& peer, const wire::SubmitRun& run, std::uint32_t count, const Error& error);
  using Receipts = google::protobuf::RepeatedPtrField<wire::ReceiptRun>;
  void hear_receipts(Peer& peer, const Receipts& receipts);

  // Attempts (broker_attempts.cpp)
  [[nodiscard]] bool is_former(std::uint64_t incarnation);
  void hear_stop_ignored(Peer& peer, const wire::Envelope& envelope);
  void hear_done(Peer& peer, const wire::Envelope& envelope);
  void end_attempt(Peer& peer, const wire::Done& message, int place, PayloadRef result,
                   int forwarded);
  [[nodiscard]] std::optional<Error> result_refusal(const wire::Column& column) const;
  void hear_hand_back(Peer& peer, const wire::Envelope& envelope);
  void hear_fetched(Peer& peer, const wire::Envelope& envelope);

  // Progress and partial results (broker_streams.cpp)
  void hear_progress(Peer& peer, const wire::Envelope& envelope);
  void hear_partial(Peer& peer, const wire::Envelope& envelope);
  void hear_credit(Peer& peer, const wire::Envelope& envelope);
  void open_stream(const core::Assign& action, std::uint32_t window_bytes);
  void pass_on(Streams::Stream& stream, const wire::Partial& message, std::string_view bytes);
  void fail_stream(Peer& peer, Lease lease);
  void give_credit(const Streams::Stream& stream, std::uint64_t bytes);
  void renew_streams(WorkerId worker);
  void renew_streams(SessionId session);
  [[nodiscard]] const core::Job* running(Lease lease) const;

  // Stopping jobs, and jobs in quarantine (broker_cancels.cpp)
  void hear_cancel(Peer& peer, const wire::Envelope& envelope);
  void hear_cancel_matching(Peer& peer, const wire::Envelope& envelope);
  void hear_quarantine(Peer& peer, const wire::Envelope& envelope);
  void answer(Peer& peer, std::uint64_t request, const Result<std::string>& report);
  void carry_out(const core::AnswerCancel& action);
  void carry_out(const core::AnswerMatching& action);
  void carry_out(const core::AnswerQuarantine& action);
  void carry_out(const core::RequestStop& action);
  void repeat_stops(WorkerId worker);
  void carry_out(const core::Expel& action);
  void carry_out(const core::NoteDeath& action);
  void carry_out(const core::NoteFailure& action);
  void carry_out(const core::ForgetDeaths& action);
  void carry_out(const core::ForgetKey& action);
  [[nodiscard]] std::string quarantine_report() const;
  [[nodiscard]] boost::json::object quarantine_row(const core::Job& job) const;

  // What is appended to the journal (broker_append.cpp), and what it knows (broker_recovery.cpp)
  struct Restoring {
    store::JobKey key;
    std::optional<journal::JournalledJob> job{};
    std::optional<journal::JobChange> change{};
    std::optional<journal::JournalledAnswer> answer{};
  };
  void carry_out(const core::Append& action);
  void append(const core::Append& action, store::RecordKind kind, std::string bytes);
  void append_submitted(const core::Append& action);
  [[nodiscard]] bool is_over(const core::Append& action) const;
  [[nodiscard]] journal::JobChange change_of(const core::Append& action) const;
  [[nodiscard]] journal::JournalledAnswer answer_of(const core::Append& action) const;
  [[nodiscard]] std::uint64_t unix_ms(TimePoint time) const;
  [[nodiscard]] TimePoint time_of(std::uint64_t unix_ms) const;
  [[nodiscard]] Result<void> finish_restoring();
  [[nodiscard]] Result<void> name_restored(const Restoring& known,
                                           const journal::JournalledJob& job,
                                           core::JobsSubmitted& event);
  void restore_waiting(const Restoring& known, core::JobRestored& event);
  void restore_evidence(const core::JobsSubmitted& job, const journal::JobChange& change);
  void restore_answer(const journal::JournalledAnswer& answer, core::JobRestored& event);

  // Jobs that go on in another queue (broker_forwards.cpp)
  struct ForwardedJob {
    const wire::Done& message;
    int place = 0;  ///< among the forwarded ones
    const core::AttemptReport& report;
    PayloadRef payload;
  };
  [[nodiscard]] static bool is_forwarded(const wire::Done& message, int place);
  [[nodiscard]] static bool are_forwards_complete(const wire::Done& message);
  [[nodiscard]] JobNote note_for_next_stage(Lease lease) const;
  [[nodiscard]] JobNote note_of_first_forward(const wire::Done& message) const;
  void forward(WorkerId worker, Lease lease, const ForwardedJob& job);
  [[nodiscard]] Result<core::JobForwarded> read_forward(const ForwardedJob& job);

  // What is told to those who ask (broker_reports.cpp)
  [[nodiscard]] Result<std::string> report_about(std::string_view what, SessionId by) const;
  [[nodiscard]] Result<std::string> explain_job(std::string_view id, SessionId by) const;

  // Snapshots (broker_snapshot.cpp)
  struct SnapshotAsker {
    std::string route;
    std::uint64_t request = 0;
  };
  void ask_snapshot(Peer& peer, std::uint64_t request);
  void make_snapshot();
  void give_snapshot(std::string text);
  [[nodiscard]] bool makes_snapshot() const { return snapshot_ || !snapshot_next_.empty(); }

  // States, tags and pins (broker_states.cpp)
  using Names = google::protobuf::RepeatedPtrField<std::string>;
  [[nodiscard]] Result<std::vector<TagId>> tags_of(const Names& names, int limit);
  void read_holdings(const wire::Done& message);
  [[nodiscard]] core::AttemptReport attempt_of(const wire::Done& message, int place) const;
  void hear_state_loaded(Peer& peer, const wire::Envelope& envelope);
  void hear_pin(Peer& peer, const wire::Envelope& envelope);
  [[nodiscard]] Result<core::PinRequested> read_pin(const wire::Pin& message);
  void weigh_users();
  [[nodiscard]] std::string too_large(const core::Reject& action) const;

  // Questions about jobs, and requests about workers (broker_requests.cpp)
  void hear_ask(Peer& peer, const wire::Envelope& envelope);
  void hear_drain(Peer& peer, const wire::Envelope& envelope);
  void hear_announce(Peer& peer, const wire::Envelope& envelope);
  [[nodiscard]] std::string audit_report() const;
  void carry_out(const core::AnswerJob& action);
  void fault(Peer& peer, const Error& error);
  void answer_stranger(std::string_view route, const Error& error);

  // What those who run the broker are told (broker_happenings.cpp)
  [[nodiscard]] std::string name_of(WorkerId worker) const;
  [[nodiscard]] std::string address_of(WorkerId worker) const;
  [[nodiscard]] std::string id_of(SessionId session, std::uint64_t sequence) const;
  [[nodiscard]] std::string session_text(const Peer& peer) const;
  void tell_joined(WorkerId worker, const wire::WorkerOffer& offer,
                   const std::vector<QueueId>& queues);
  void tell_worker(Happening::Kind kind, WorkerId worker, std::string_view what);
  void tell_lost(WorkerId worker);
  void tell_client(Happening::Kind kind, const Peer& peer, std::string_view what);
  void tell_refused(const Peer& peer, const Error& error);
  void tell_unserved(QueueId queue);
  void tell_served(QueueId queue);
  void tell_decided(const wire::Quarantine& message);
  void tell_rejected(std::string_view client, ErrorCode reason, std::uint32_t count,
                     const std::function<std::string()>& text);
  void tell_load_failed(WorkerId worker, std::string_view state);
  void tell_load_failed(WorkerId worker, Lease lease);
  void tell_malformed(std::string_view name, const Error& error);
  void tell_journal(bool failing);

  // Actions (broker_actions.cpp)
  void step(const core::Event& event);
  void carry_out(const core::Acknowledge& action);
  void carry_out(const core::Reject& action);
  void carry_out(const core::Assign& action);
  void carry_out(const core::Deliver& action);
  void carry_out(const core::Forget& action);
  void carry_out(const core::RefuseWorker& action);
  void carry_out(const core::DeclareLost& action);
  void carry_out(const core::Dismiss& action);
  void carry_out(const core::RefuseStale& action);
  void carry_out(const core::StopOnWorker& action);
  void carry_out(const core::FetchResult& action);
  void carry_out(const core::ReleaseResult& action);
  void carry_out(const core::EndSession& action);
  void carry_out(const core::Evict& action);
  void carry_out(const core::LoadState& action);
  void carry_out(const core::AnswerPin& action);
  void carry_out(const core::ForgetSession& action);
  void count_refusal(ErrorCode code, std::uint32_t count);
  [[nodiscard]] std::string refusal_text(const core::Reject& action) const;
  [[nodiscard]] std::string original_of(const core::Reject& action) const;
  void forget_worker(WorkerId worker);
  [[nodiscard]] std::string_view answer_text(PayloadRef result,
                                             std::optional<ErrorCode> error) const;
  [[nodiscard]] Peer* peer_of(SessionId session) const;
  [[nodiscard]] Peer* peer_of(WorkerId worker) const;
  Outbox& outbox(Peer& peer);
  void let_ride(Peer& peer);
  [[nodiscard]] static bool send_all(
      Peer& peer, const std::function<bool(std::string_view, std::string)>& send);
  [[nodiscard]] const wire::ReplyTo* reply_to(const core::Assign& action) const;

  const Options options_;
  JournalSink* const journal_;  // null: there is none
  const TimePoint started_;
  core::Scheduler scheduler_;
  core::Actions actions_;
  std::optional<trace::Recorder> recorder_;
  TimePoint now_;

  KeyTable keys_;
  Tickets tickets_;  // of cancels
  Streams streams_;
  Evidence evidence_;
  std::vector<bool> is_restored_;  // by session: the journal knew it
  std::optional<Restoring> restoring_;
  std::uint64_t restored_jobs_ = 0;
  std::uint64_t appended_ = 0;         // records
  std::string journal_error_;          // the latest
  std::int64_t calendar_unix_ms_ = 0;  // as told last, …
  TimePoint calendar_at_;              // … and when that was

  base::Interner<QueueId> queues_;
  base::Interner<StateId> states_;
  base::Interner<TenantId> users_;
  base::Interner<TagId> tags_;
  std::vector<TagId> wanted_tags_;  // of the running submission
  std::vector<StateId> holdings_;   // of the running report
  core::JobsSubmitted submitted_;   // of the running submission
  const wire::Column* submitted_column_ = nullptr;
  PrincipalId submitter_;
  PayloadStore payloads_;

  std::unordered_map<std::string, std::unique_ptr<Peer>> peers_;  // by route
  std::vector<Peer*> dirty_;
  std::deque<Peer*> with_riders_;  // in the order in which they are due
  Numbers<SessionId> sessions_;
  Numbers<WorkerId> workers_;
  std::vector<Peer*> session_peers_;
  std::vector<wire::ReplyTo> reply_to_;  // by session
  std::vector<Peer*> worker_peers_;
  std::vector<std::string> worker_names_;
  std::vector<std::string> worker_addresses_;
  std::vector<std::pair<std::string, std::string>> to_strangers_;  // route, message

  Happenings happenings_;
  std::string_view greets_from_;        // address of the running greeting, if known
  std::vector<bool> is_unserved_;       // by queue: told, and no worker has come since
  std::uint64_t lost_before_step_ = 0;  // attempts
  bool journal_is_failing_ = false;

  monitor::Announcements announcements_;
  monitor::LastMinute last_minute_;
  std::unique_ptr<monitor::Snapshot> snapshot_;  // that is being made
  std::vector<SnapshotAsker> snapshot_for_;      // who asked for it
  std::vector<SnapshotAsker> snapshot_next_;     // who asked since
  std::size_t snapshot_bytes_ = 0;               // of the latest one

  Audit audit_;
  std::uint64_t arriving_bytes_ = 0;  // in parts of messages that are not complete
  Draft<wire::Told> told_;            // of the running Ask
  bool is_dry_run_ = false;           // of the running CancelMatching

  std::uint64_t malformed_ = 0;
  std::uint64_t refused_ = 0;
  std::array<std::uint64_t, 256> refusals_{};  // jobs and peers, by ErrorCode
  std::uint64_t former_reports_ = 0;           // about leases of a former broker
  std::uint64_t dropped_partials_ = 0;         // that could not reach anybody
};

}  // namespace steelyard::zmq_runtime
