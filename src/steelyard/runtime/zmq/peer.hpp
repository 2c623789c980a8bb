#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "steelyard/base/ids.hpp"
#include "steelyard/base/time.hpp"
#include "steelyard/core/actions.hpp"
#include "steelyard/runtime/zmq/large_messages.hpp"
#include "steelyard/runtime/zmq/payload_store.hpp"
#include "steelyard/wire/columns.hpp"
#include "steelyard/wire/envelope.hpp"

namespace steelyard::zmq_runtime {

/// A message larger than this is sent before more is added to it, so that only a message with a
/// large payload travels in parts.
inline constexpr std::size_t kFlushBytes = kPartBytes - (std::size_t{16} * 1024);

/// As the wire says times: 71 minutes at most.
[[nodiscard]] inline std::uint32_t in_microseconds(Duration time) {
  const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(whole, 0, UINT32_MAX));
}

/// Collects payloads and their column while a message is being written.
template <class Header>
struct Draft {
  Header header;
  std::string block;
  bool empty = true;

  void clear() {
    header.Clear();
    block.clear();
    empty = true;
  }
  [[nodiscard]] std::string encode() const { return wire::encode(header, block); }
};

/// What is to be said to one peer at the end of the cycle: one message of a kind where there would
/// be many.
class Outbox {
 public:
  /// A message that stands for itself. Messages leave in the order they were added.
  template <class Message>
  void say(const Message& message, std::string_view block = {}) {
    roll_over();
    messages_.push_back(wire::encode(message, block));
  }

  void say_encoded(std::string message) {
    roll_over();
    messages_.push_back(std::move(message));
  }

  /// An answer to a client; `code` is empty for a finished job.
  void answer(const core::Deliver& action, std::string_view code, std::string_view text);
  /// Everything up to `through` was taken in.
  void acknowledge(std::uint64_t through) { acknowledged_through_ = through; }
  /// Everything up to `through` that asked for the journal is on disk.
  /// Said with the next flush: somebody may wait for it.
  void acknowledge_journalled(std::uint64_t through) { journalled_through_ = through; }
  [[nodiscard]] bool owes_acknowledgement() const { return acknowledged_through_ > said_through_; }
  /// Says what is owed even if nothing else is to be said.
  void acknowledge_now();
  void acknowledge_unserved(const std::string& queue);

  /// What is alike for neighbouring jobs of an assignment.
  struct RunKey {
    QueueId queue;
    StateId state;
    TenantId tenant;
    std::int32_t priority = 0;
    SessionId session;
    core::AttemptNumber attempt = 1;
    JobNote note;
    bool loads = false;
    bool to_store = false;
    friend bool operator==(const RunKey&, const RunKey&) = default;
  };
  /// Adds a job to an assignment; `describe` fills in a new run's common part.
  template <class Describe>
  void assign(const RunKey& key, const core::Assign& action, std::string_view payload,
              Describe&& describe) {
    if (assign_.empty || evict_.size() > 0 || !(key == run_key_)) {
      wire::AssignRun& begun = *assign_.header.add_runs();
      describe(begun);
      begun.mutable_evict()->Swap(&evict_);
      evict_.Clear();
      run_key_ = key;
      assign_.empty = false;
    }
    wire::AssignRun& run = *assign_.header.mutable_runs(assign_.header.runs_size() - 1);
    run.add_leases(action.lease.bits());
    run.add_sequences(action.sequence);
    run.add_waited_us(in_microseconds(action.waited));
    wire::LengthsWriter(*run.mutable_lengths()).add(payload.size());
    assign_.block.append(payload);
    if (assign_.block.size() > kFlushBytes) roll_over();
  }
  /// Said with the next assignment or load, which there is one for.
  void evict(std::string_view state) { evict_.Add(std::string(state)); }
  void load(std::string_view state, std::string_view queue);
  void stale(Lease lease) { stale_.add_leases(lease.bits()); }
  void fetch(Lease lease) { fetch_.add_leases(lease.bits()); }
  void stop(Lease lease, core::StopReason why) {
    stop_.add_leases(lease.bits());
    stop_.add_why(static_cast<std::uint32_t>(why));
  }
  /// What became of the job at `place` of the request.
  void cancelled(std::uint64_t request, std::uint32_t place, const core::AnswerCancel& answer);
  void progressed(std::uint64_t sequence, std::uint8_t percent) {
    progressed_.add_sequences(sequence);
    progressed_.add_percents(percent);
  }
  /// Rides on the next assignment, or leaves with `release_now`.
  void release(Lease lease) { released_.add_leases(lease.bits()); }
  [[nodiscard]] bool owes_release() const { return released_.leases_size() > 0; }
  void release_now();

  /// Takes the messages to be sent now, in order.
  [[nodiscard]] std::vector<std::string> take();

 private:
  /// Turns what is being collected into messages.
  void roll_over();
  void roll_over_lists();
  [[nodiscard]] wire::Acknowledged acknowledgement();

  std::vector<std::string> messages_;
  Draft<wire::Answers> answers_;
  Draft<wire::Assign> assign_;
  wire::Stale stale_;
  wire::Fetch fetch_;
  wire::Stop stop_;
  wire::Cancelled cancelled_;
  wire::Progressed progressed_;
  wire::Released released_;
  RunKey run_key_;
  google::protobuf::RepeatedPtrField<std::string> evict_;
  std::uint64_t acknowledged_through_ = 0;
  std::uint64_t said_through_ = 0;
  std::uint64_t journalled_through_ = 0;
  std::uint64_t said_journalled_ = 0;
};

/// One connection, once it has greeted.
struct Peer {
  std::string route;
  std::string name;
  SessionId session;  ///< valid: a client
  WorkerId worker;    ///< valid: a worker
  PrincipalId principal{0};
  Outbox outbox;
  LargeSender sender;       ///< after the outbox
  LargeReceiver receiver;   ///< of messages in parts
  TimePoint ride_due;       ///< when what rides on other messages leaves alone
  bool has_riders = false;  ///< stands in the broker's list of those
  bool dirty = false;       ///< stands in the list of those with something to send
  bool leaves = false;      ///< it has said goodbye
  bool handed_in = false;   ///< its session has ever handed in a job
  bool gone = false;        ///< to be removed at the end of the cycle
};

}  // namespace steelyard::zmq_runtime
