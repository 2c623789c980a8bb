#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "steelyard/base/time.hpp"
#include "steelyard/runtime/zmq/assigned_job.hpp"
#include "steelyard/runtime/zmq/job_id.hpp"
#include "steelyard/runtime/zmq/recycled.hpp"
#include "steelyard/wire/envelope.hpp"

namespace steelyard::zmq_runtime {

/// The results that a worker gives to their requesters itself: which, on which links, and for how
/// long they are kept.
///
/// A link is a connection to one client:
///
///     Closed ──several results, a large one, or no broker──► Greeting ──welcome──► Ready
///        ▲                                                      │ no answer          │ cut
///        └──────────────────────────────────────────────────────┴────────────────────┘
///
/// A result is kept until the broker releases it, which it does when the requester has it. One that
/// goes through the broker is kept too, until the broker is known to have it: should the broker be
/// lost with it, it goes directly.
/// Bounds: `max_kept_bytes` and `max_kept_results`; beyond them results go through the broker.
/// Thread safety: none. It reads no clock and does no I/O.
class DirectReturns {
 public:
  struct Options {
    std::uint64_t max_kept_bytes = 256ULL << 20;
    std::uint32_t max_kept_results = 100'000;
    /// Sent on one link and not yet released; what is more waits.
    std::uint64_t max_link_bytes = 32ULL << 20;
    std::uint32_t max_links = 64;
  };
  explicit DirectReturns(const Options& options) : options_(options) {}

  /// Takes over the report of a job, whose text is moved. False: it is to go through the broker,
  /// and the report is unchanged.
  [[nodiscard]] bool take(const AssignedJob& job, JobReport& report, TimePoint now);
  /// Keeps a copy of what goes through the broker.
  void insure(const AssignedJob& job, const JobReport& report, TimePoint now);
  /// What was insured before a beat was sent is with the broker once that beat is answered.
  /// Without `after_everything` it has overtaken something, and tells nothing about that.
  void beat_sent(bool after_everything = true);
  void beat_answered();

  /// The result need not be kept.
  void release(std::uint64_t lease, TimePoint now);
  /// The text of a result that goes through the broker from now on; nullptr: it is not kept.
  [[nodiscard]] const std::string* give_to_broker(std::uint64_t lease);
  struct Notice {
    std::uint64_t lease = 0;
    JobId job;
    JobReport report;  ///< without its text
  };
  /// Of a result that waits for its turn on a link which moves; nullopt: it is no use to wait.
  [[nodiscard]] std::optional<Notice> on_its_way(std::uint64_t lease, TimePoint now) const;
  /// Everything that is kept for the broker of this era.
  [[nodiscard]] std::vector<Notice> kept() const;
  /// Leases of results that cannot reach their requesters, to be given to the broker.
  [[nodiscard]] std::vector<std::uint64_t> take_unreachable();

  /// The broker is there (again).
  void broker_found();
  /// The broker is gone: what it may not have goes directly.
  void broker_lost(TimePoint now);
  /// Another broker is there, to which these results mean nothing.
  void begin_era(TimePoint now);

  // The links.
  struct Wish {
    std::uint64_t session = 0;
    std::string address;  ///< empty: close the link
  };
  [[nodiscard]] std::vector<Wish> take_wishes();
  struct Message {
    std::uint64_t session = 0;
    std::string bytes;
  };
  [[nodiscard]] std::optional<Message> next_message();
  void receive(std::uint64_t session, std::string_view bytes, TimePoint now);
  /// Whether the link waits for its welcome.
  [[nodiscard]] bool is_greeting(std::uint64_t session) const;
  /// The message just taken could not be handed over, or the link could not be opened.
  void cannot_send(std::uint64_t session, TimePoint now);
  void pass_time(TimePoint now);
  [[nodiscard]] std::optional<TimePoint> next_deadline() const;
  /// Nothing waits for a link.
  [[nodiscard]] bool nothing_pending() const { return pending_ == 0; }
  [[nodiscard]] bool keeps_nothing() const { return kept_.empty(); }

 private:
  enum class Place : std::uint8_t { Pending, Sent, Insured };
  struct Kept {
    [[nodiscard]] Notice notice(std::uint64_t lease) const;

    std::shared_ptr<const AssignedRun> run;
    std::uint64_t sequence = 0;
    std::string text;
    std::chrono::microseconds waited{};
    std::chrono::microseconds run_time{};
    std::chrono::microseconds load_time{};
    TimePoint since;
    std::uint64_t link_opening = 0;  ///< on which it was sent
    std::uint32_t outcome = 0;
    Place place = Place::Pending;
    bool is_orphan = false;  ///< of a former era: nobody will ask for it
  };
  struct Draft {
    wire::Results header;
    std::string block;
    std::vector<std::uint64_t> keys;
  };
  using KeptMap = Recycled<std::unordered_map<std::uint64_t, Kept>>;
  struct Link {
    enum class State : std::uint8_t { Closed, Greeting, Ready };
    State state = State::Closed;
    wire::ReplyTo to;
    std::uint64_t opening = 0;  ///< how often it was opened
    std::uint64_t in_flight_bytes = 0;
    std::deque<std::uint64_t> pending;  // keys into kept_
    std::deque<Draft> drafts;
    std::vector<std::uint64_t> taken;  // keys of the message taken last
    bool must_greet = false;
    bool is_dirty = false;
    std::uint32_t recent_results = 0;
    TimePoint recent_since;
    TimePoint last_used;
    TimePoint last_progress;  // a welcome, or a release
    TimePoint give_up;        // when Greeting
    TimePoint not_before;     // when Closed
    Duration pause{};         // doubled with each failure
  };

  Link& link_for(const AssignedRun& run, TimePoint now);
  void forget_idle_links();
  void count_result(Link& link, TimePoint now);
  [[nodiscard]] bool has_room(std::size_t bytes) const;
  std::uint64_t keep(const AssignedJob& job, std::string text, const JobReport& report,
                     TimePoint now);
  void open(std::uint64_t session, Link& link, TimePoint now);
  void close_least_recently_used();
  void fail(std::uint64_t session, Link& link, TimePoint now);
  void send_pending(std::uint64_t session, Link& link);
  void add_to_draft(Link& link, std::uint64_t key, const Kept& kept);
  void mark_dirty(std::uint64_t session, Link& link);
  void wait_for_link(std::uint64_t key, Kept& kept, TimePoint now);
  void redirect_pending(Link& link);
  void insure(std::uint64_t key, Kept& kept);
  void drop(KeptMap::iterator place);

  const Options options_;
  KeptMap kept_;                                   // by lease; orphans by a number of their own
  std::unordered_map<std::uint64_t, Link> links_;  // by session
  std::deque<std::pair<std::uint64_t, std::uint64_t>> insured_;  // the beat that tells, lease
  std::vector<std::uint64_t> unreachable_;
  std::vector<Wish> wishes_;
  std::deque<std::uint64_t> dirty_;  // sessions whose links have something to send
  std::uint64_t kept_bytes_ = 0;
  std::uint64_t beats_sent_ = 0;
  std::uint64_t beats_answered_ = 0;
  std::uint64_t orphans_ = 0;
  std::uint64_t pending_ = 0;
  std::uint32_t open_links_ = 0;
  bool has_broker_ = false;
  bool may_wait_ = false;  ///< a link may have something to wait for
};

}  // namespace steelyard::zmq_runtime
