#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "steelyard/base/result.hpp"
#include "steelyard/base/time.hpp"
#include "steelyard/runtime/zmq/protocol.hpp"
#include "steelyard/wire/envelope.hpp"

namespace steelyard::zmq_runtime {

/// When a client or worker greets, beats, and holds its broker for lost. What both ends of a
/// conversation with a broker have in common; it knows nothing of jobs.
///
///     Greeting ──Welcome──► Welcomed ──silence, HelloRequired, cannot send──► Greeting
///        └──Refused──► Refused (for good)
class Conversation {
 public:
  enum class State { Greeting, Welcomed, Refused };

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] bool welcomed() const { return state_ == State::Welcomed; }
  [[nodiscard]] const Error& refusal() const { return refusal_; }
  /// Of the broker that welcomed last; 0: none has.
  [[nodiscard]] std::uint64_t incarnation() const { return incarnation_; }
  [[nodiscard]] std::uint64_t welcomes() const { return welcomes_; }

  /// Whether a hello is due; the caller sends one and says so.
  [[nodiscard]] bool hello_due(TimePoint now) const {
    return state_ == State::Greeting && now >= next_hello_;
  }
  void hello_sent(TimePoint now) { next_hello_ = now + kHelloAgain; }
  [[nodiscard]] bool beat_due(TimePoint now) const { return welcomed() && now >= next_beat_; }
  void hurry_beat() { next_beat_ = last_heard_; }
  void beat_sent(TimePoint now) { next_beat_ = now + beat_; }

  /// Any message came.
  void heard(TimePoint now) { last_heard_ = now; }
  void on_welcome(const wire::Welcome& message, TimePoint now) {
    state_ = State::Welcomed;
    incarnation_ = message.incarnation();
    ++welcomes_;
    connect_pause_ = kFirstConnectPause;
    // Values a broker has no reason to send must not make a peer spin or wait for ever.
    beat_ = std::chrono::milliseconds(std::clamp(message.beat_ms(), 10U, 60'000U));
    lost_after_ = std::chrono::milliseconds(std::clamp(message.lost_after_ms(), 50U, 600'000U));
    last_heard_ = now;
    next_beat_ = now + beat_;
  }
  /// Refused, or a Fault: for good, unless it is about a single message.
  void on_refusal(const wire::Envelope& envelope) {
    wire::Fault message;  // both have the same fields
    if (!wire::read(envelope, message)) return;
    const ErrorCode code = error_code_from(message.code());
    const bool is_final =
        envelope.kind == wire::Kind::Refused || code == ErrorCode::VersionMismatch;
    if (is_final) refuse({code, "the broker says: " + message.text()});
  }
  /// A message that could not be opened: with a broker of another version nothing can be done.
  void on_unreadable(const Error& error) {
    if (error.code == ErrorCode::VersionMismatch) refuse(error);
  }
  void refuse(Error error) {
    state_ = State::Refused;
    refusal_ = std::move(error);
  }
  /// The broker does not know this peer (any more).
  void greet_again(TimePoint now) {
    if (state_ == State::Refused) return;
    state_ = State::Greeting;
    next_hello_ = now;
  }
  /// A message could not be handed over: there is no connection.
  void cannot_send(TimePoint now) {
    if (state_ == State::Refused) return;
    state_ = State::Greeting;
    next_hello_ = now + connect_pause_;
    connect_pause_ = std::min(2 * connect_pause_, kLongestConnectPause);
  }
  /// The broker said farewell: it is ending, another may come.
  void on_farewell(TimePoint now) {
    greet_again(now);
    next_hello_ = now + kHelloAfterFarewell;
  }
  /// Looks whether the broker has been silent for too long.
  void pass_time(TimePoint now) {
    if (welcomed() && now - last_heard_ > lost_after_) greet_again(now);
  }

  [[nodiscard]] std::optional<TimePoint> next_deadline() const {
    if (state_ == State::Refused) return std::nullopt;
    return state_ == State::Greeting ? next_hello_ : next_beat_;
  }

 private:
  static constexpr Duration kHelloAgain = std::chrono::seconds(1);
  static constexpr Duration kHelloAfterFarewell = std::chrono::milliseconds(200);
  static constexpr Duration kFirstConnectPause = std::chrono::milliseconds(1);
  static constexpr Duration kLongestConnectPause = std::chrono::milliseconds(64);

  State state_ = State::Greeting;
  Error refusal_;
  std::uint64_t incarnation_ = 0;
  std::uint64_t welcomes_ = 0;
  Duration connect_pause_ = kFirstConnectPause;
  Duration beat_ = kBeat;
  Duration lost_after_ = std::chrono::seconds(5);
  TimePoint next_hello_;
  TimePoint next_beat_;
  TimePoint last_heard_;
};

}  // namespace steelyard::zmq_runtime
