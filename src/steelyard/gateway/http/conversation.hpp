#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "steelyard/gateway/http/answer.hpp"
#include "steelyard/gateway/http/head_check.hpp"
#include "steelyard/gateway/http/parser.hpp"
#include "steelyard/gateway/http/surroundings.hpp"

namespace steelyard::http {

/// One connection without its socket: bytes in, requests to the handler, bytes out.
///
/// `receive`, `end_of_input`, `abandon`, `pass_time` and `drain` are events; after each of them,
/// and when the owner is told that output is ready, it sends what is `unsent`, says how much of it
/// was `sent`, and looks whether the conversation `is_over`.
///
/// Invariants: answers leave in the order of their requests; what it keeps is bounded by the
/// options (`kMaxUnsentBytes` and one answer per request owed; `kMaxReadAheadBytes`, or one head);
/// no request is taken while the bodies of those that are unanswered exceed `max_body_bytes`;
/// nothing is read after a refusal.
/// A client that ends its half of the connection while a request of it is unanswered has gone.
/// Thread safety: none; it belongs to one thread, with all its exchanges.
class Conversation {
 public:
  /// Whoever moves the bytes.
  class Owner {
   public:
    virtual ~Owner() = default;
    /// An exchange was answered outside of the events: there may be something to send.
    virtual void output_ready() = 0;
    /// `go_on` is to be called soon, not from within this call.
    virtual void wake() = 0;
  };

  static constexpr std::size_t kMaxUnsentBytes = 256 * 1024;  ///< more: nothing is read
  static constexpr std::size_t kMaxReadAheadBytes = 64 * 1024;

  Conversation(Surroundings& surroundings, std::string peer, Owner& owner);
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;
  ~Conversation();

  void receive(std::string_view bytes);
  void end_of_input();
  /// Nothing can be sent any more: whoever waited has gone.
  void abandon();
  void pass_time(TimePoint now);
  /// The request that has begun is the last one. When there is none `pass_time` ends the
  /// conversation: at once, or, when it never had any, after `first_request_timeout`.
  void drain();
  /// Instead of all else: there are too many connections.
  void refuse_connection();
  /// What `wake` was called for.
  void go_on();

  [[nodiscard]] std::string_view unsent() const;
  void sent(std::size_t bytes);

  /// Whether bytes would be taken now; the end of input is always of interest.
  [[nodiscard]] bool wants_input() const;
  /// A body is being read: there will be much of it.
  [[nodiscard]] bool reads_body() const { return parser_.has_value(); }
  /// All is said that will be.
  [[nodiscard]] bool is_over() const;
  /// The client may still be sending: it would lose the last answer if it was reset.
  [[nodiscard]] bool should_linger() const { return may_be_sending_ && !is_lost_; }
  /// Answers that are owed behind the first one, or input that waits: an answer is best sent
  /// together with others.
  [[nodiscard]] bool is_pipelined() const { return owed_count() > 0 || is_paused_; }

 private:
  class Turn;
  using Calls = std::vector<std::function<void()>>;

  /// In an event: its end looks at the output, whoever answers meanwhile need not.
  class Busy {
   public:
    explicit Busy(Conversation& conversation)
        : conversation_(conversation), was_(std::exchange(conversation.is_busy_, true)) {}
    ~Busy() { conversation_.is_busy_ = was_; }
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;

   private:
    Conversation& conversation_;
    const bool was_;
  };

  /// An answer that is owed, in the order of the requests.
  struct Owed {
    Turn* exchange = nullptr;  ///< while it is unanswered and lives
    std::string text{};        ///< said before its turn
    Framing framing{};
    std::size_t body_bytes = 0;  ///< of the request
    bool is_whole = false;
    AccessRecord record{};
    TimePoint began{};
  };

  // Input
  [[nodiscard]] bool may_read() const;
  void read_all(std::string_view bytes);
  [[nodiscard]] std::size_t read(std::string_view bytes);
  [[nodiscard]] std::size_t read_head(std::string_view bytes);
  [[nodiscard]] std::size_t read_whole_head(std::string_view head);
  [[nodiscard]] std::size_t read_body(std::string_view bytes);
  void hand_over();
  void answer_asterisk();
  void refuse(const Refusal& refusal);
  void time_out();
  void close_input();
  void say_continue();
  [[nodiscard]] bool has_had_request() const { return first_number_ + owed_count() > 0; }
  [[nodiscard]] TimePoint idle_until() const;

  // Output
  [[nodiscard]] std::size_t owed_count() const { return owed_.size() - first_owed_; }
  [[nodiscard]] Owed& owed(std::uint64_t number);
  [[nodiscard]] bool is_first(std::uint64_t number) const { return number == first_number_; }
  [[nodiscard]] std::string& sink(std::uint64_t number);
  std::uint64_t owe(const Framing& framing);
  void begin_answer(std::uint64_t number, const Response& response);
  void respond(std::uint64_t number, const Response& response);
  void begin_stream(std::uint64_t number, const Response& head);
  void send(std::uint64_t number, std::string_view bytes);
  void end(std::uint64_t number);
  /// The stream ends without its end: the client must see that it is not whole.
  void break_off(std::uint64_t number);
  void finish(std::uint64_t number);
  void count_answered(const Owed& owed);
  void take_turns();
  void drop_owed();
  void tell_output();
  void wake_if_due();
  void call_drained();
  [[nodiscard]] std::size_t unsent_of(std::uint64_t number);
  void report(Owed& owed);
  void leave_owed(Owed& owed, Calls& gone, Calls& never);

  Surroundings& around_;
  const std::string peer_;
  Owner& owner_;

  std::string input_;  ///< what was read ahead; begins where a head or a part of a body does
  HeadScanner scanner_;
  std::optional<Parser> parser_;  ///< while a body is read
  Framing framing_;               ///< of the answer to the request that is being read
  bool owes_continue_ = false;
  unsigned blank_lines_ = 0;

  std::string output_;
  std::size_t output_begin_ = 0;
  std::vector<Owed> owed_;  ///< from `first_owed_` on
  std::size_t first_owed_ = 0;
  std::uint64_t first_number_ = 0;  ///< of the first that is owed; they are counted
  std::size_t unanswered_body_bytes_ = 0;

  bool is_busy_ = false;
  bool is_paused_ = false;
  bool is_draining_ = false;
  bool input_is_closed_ = false;
  bool may_be_sending_ = false;
  bool is_lost_ = false;
  bool is_blocked_ = false;
  std::optional<TimePoint> head_began_;
  TimePoint request_began_{};
  TimePoint last_input_{};
  TimePoint last_sent_{};
  TimePoint drain_began_{};
};

}  // namespace steelyard::http
