#include <algorithm>

#include <fmt/format.h>

#include "steelyard/base/assert.hpp"
#include "steelyard/runtime/zmq/broker_port.hpp"
#include "steelyard/runtime/zmq/job_id.hpp"
#include "steelyard/runtime/zmq/protocol.hpp"

/// What the scheduler wants done, said to the peers it concerns.
namespace steelyard::zmq_runtime {
namespace {

/// A peer that has not taken so much of what was said to it is let go.
constexpr std::uint64_t kMaxWaitingBytes = 256ULL << 20;

/// The text of an answer that the scheduler itself gives.
std::string_view explain(ErrorCode code) {
  switch (code) {
    case ErrorCode::AttemptsExhausted:
      return "every attempt was lost with its worker";
    case ErrorCode::TooManyHops:
      return "it was forwarded more often than max_hops allows: does its pipeline ever end?";
    case ErrorCode::Stopped:
      return "the broker stopped before the job was started";
    case ErrorCode::Cancelled:
      return "cancelled";
    case ErrorCode::Expired:
      return "it could not begin in time";
    case ErrorCode::NoSuchTask:
      return "no such task: for unserved_ttl_s no worker served its queue; is its name right, "
             "and is a worker for it started?";
    case ErrorCode::OverTimeLimit:
      return "every attempt went on for longer than its time limit without progress";
    case ErrorCode::Quarantined:
      return "its workers died one after another; see `steelyard quarantine ls`";
    default:
      return "";
  }
}

/// The name of the limit behind a refusal, as the command line spells it.
std::string_view limit_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::QueueFull:
      return "max_queued_jobs";
    case ErrorCode::UserOverLimit:
      return "max_queued_jobs_per_user";
    case ErrorCode::QueueOverLimit:
      return "max_queued_jobs_per_queue";
    case ErrorCode::SessionFull:
      return "max_unfinished_jobs_per_session";
    case ErrorCode::TooManyLanes:
      return "max_lanes";
    default:
      return "";
  }
}

/// Rounded up, so that 0 stays what it means.
std::uint32_t in_milliseconds(Duration time) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(
      std::chrono::ceil<std::chrono::milliseconds>(time).count(), 0, UINT32_MAX));
}

}  // namespace

void BrokerPort::count_refusal(ErrorCode code, std::uint32_t count) {
  refusals_[static_cast<std::size_t>(code)] += count;
}

std::string_view BrokerPort::answer_text(PayloadRef result, std::optional<ErrorCode> error) const {
  if (result.valid()) return payloads_.get(result);
  return error ? explain(*error) : std::string_view();
}

void BrokerPort::step(const core::Event& event) {
  actions_.clear();
  lost_before_step_ = scheduler_.book().total().attempts.lost;
  scheduler_.step(now_, event, actions_);
  if (recorder_) recorder_->note(now_, event, actions_, {queues_, states_, users_, tags_});
  for (const core::Action& action : actions_) {
    std::visit([this](const auto& a) { carry_out(a); }, action);
  }
}

void BrokerPort::carry_out(const core::Acknowledge& action) {
  Peer* peer = peer_of(action.session);
  if (peer == nullptr) return;
  peer->outbox.acknowledge(action.through);
  if (action.journalled_through > 0) {
    outbox(*peer).acknowledge_journalled(action.journalled_through);
  }
  if (action.unserved.valid()) {
    // It may be served, and only not by a worker with the job's tags or priority.
    if (!scheduler_.workers().serves(action.unserved)) tell_unserved(action.unserved);
    outbox(*peer).acknowledge_unserved(std::string(queues_.name(action.unserved)));
  } else {
    let_ride(*peer);
  }
}

void BrokerPort::carry_out(const core::Reject& action) {
  count_refusal(action.reason, action.count);
  Peer* peer = peer_of(action.session);
  tell_rejected(peer == nullptr ? "unnamed" : peer->name, action.reason, action.count,
                [&] { return refusal_text(action); });
  if (peer == nullptr) return;
  wire::Rejected message;
  message.set_first_sequence(action.first_sequence);
  message.set_count(action.count);
  message.set_code(std::string(to_string(action.reason)));
  message.set_limit(action.limit);
  message.set_text(refusal_text(action));
  message.set_retry_after_ms(in_milliseconds(action.retry_after));
  if (action.original_session.valid()) {
    message.mutable_original()->set_session(sessions_.key(action.original_session));
    message.mutable_original()->set_sequence(action.original_sequence);
  }
  outbox(*peer).say(message);
}

/// What is wrong, and what to do about it.
std::string BrokerPort::refusal_text(const core::Reject& action) const {
  switch (action.reason) {
    case ErrorCode::Stopped:
      return "the broker is stopping";
    case ErrorCode::StateTooLarge:
      return too_large(action);
    case ErrorCode::SessionEnded:
      return "the client has said that no more jobs come";
    case ErrorCode::DuplicateKey:
      return fmt::format("a job with this key was handed in before: {}", original_of(action));
    case ErrorCode::KeyConflict:
      return fmt::format("another job was handed in under this key: {}; use another key",
                         original_of(action));
    case ErrorCode::NotJournalled:
      return "the broker keeps no journal: start it with --journal FILE, or hand the job in with "
             "durability memory";
    case ErrorCode::JournalFull:
    case ErrorCode::JournalBroken:
      return fmt::format(
          "the journal takes nothing at present ({}); jobs with durability memory "
          "are taken",
          journal_error_);
    default:
      return fmt::format("the limit is {} = {}", limit_name(action.reason), action.limit);
  }
}

std::string BrokerPort::original_of(const core::Reject& action) const {
  return JobId{sessions_.key(action.original_session), action.original_sequence}.text();
}

void BrokerPort::carry_out(const core::Assign& action) {
  Peer* peer = peer_of(action.worker);
  // Its connection was cut: the lease is lost when it greets again without it.
  if (peer == nullptr) return;
  const Outbox::RunKey key{action.queue,
                           action.state,
                           action.tenant,
                           action.priority,
                           action.session,
                           action.attempt,
                           payloads_.note(action.payload),
                           action.loads,
                           action.to_store};
  if (key.note.stream_window_bytes > 0) open_stream(action, key.note.stream_window_bytes);
  outbox(*peer).assign(key, action, payloads_.get(action.payload), [&](wire::AssignRun& run) {
    run.set_queue(std::string(queues_.name(action.queue)));
    run.set_state(std::string(states_.name(action.state)));
    run.set_user(std::string(users_.name(action.tenant)));
    run.set_priority(action.priority);
    run.set_unit(key.note.unit);
    run.set_stream_window_bytes(key.note.stream_window_bytes);
    run.set_session(sessions_.key(action.session));
    run.set_attempt(action.attempt);
    run.set_loads(action.loads);
    if (const auto* to = reply_to(action)) *run.mutable_reply_to() = *to;
  });
}

/// Where the worker gives the job's result itself; null: nowhere.
const wire::ReplyTo* BrokerPort::reply_to(const core::Assign& action) const {
  const wire::ReplyTo& to = reply_to_[action.session.index()];
  const bool via_broker = action.to_store || payloads_.note(action.payload).via_broker;
  return via_broker || to.address().empty() ? nullptr : &to;
}

void BrokerPort::carry_out(const core::Deliver& action) {
  Peer* peer = peer_of(action.session);
  // It is told when it greets again.
  if (peer == nullptr) return;
  const std::string_view code = action.error ? to_string(*action.error) : std::string_view();
  outbox(*peer).answer(action, code, answer_text(action.result, action.error));
}

void BrokerPort::carry_out(const core::Forget& action) {
  payloads_.forget(action.first, action.count);
}

void BrokerPort::carry_out(const core::RefuseWorker& action) {
  Peer* peer = peer_of(action.worker);
  STEELYARD_ASSERT(peer != nullptr);
  const std::string_view limit =
      action.reason == ErrorCode::TooManyPools ? "max_pools" : "max_workers";
  refuse(*peer, {action.reason, fmt::format("{} is reached", limit)});
  workers_.take_back(action.worker);
}

void BrokerPort::carry_out(const core::DeclareLost& action) {
  tell_lost(action.worker);
  forget_worker(action.worker);
}

void BrokerPort::carry_out(const core::Dismiss& action) {
  tell_worker(Happening::Kind::WorkerLeft, action.worker, "has finished what it had, and left");
  if (Peer* peer = peer_of(action.worker); peer != nullptr) {
    wire::Farewell message;
    message.set_reason(kDrained);
    outbox(*peer).say(message);
  }
  forget_worker(action.worker);
}

void BrokerPort::carry_out(const core::RefuseStale& action) {
  if (Peer* peer = peer_of(action.worker); peer != nullptr) outbox(*peer).stale(action.lease);
}

void BrokerPort::carry_out(const core::StopOnWorker& action) {
  if (Peer* peer = peer_of(action.worker); peer != nullptr) outbox(*peer).stale(action.lease);
}

void BrokerPort::carry_out(const core::FetchResult& action) {
  if (Peer* peer = peer_of(action.worker); peer != nullptr) outbox(*peer).fetch(action.lease);
}

void BrokerPort::carry_out(const core::ReleaseResult& action) {
  Peer* peer = peer_of(action.worker);
  if (peer == nullptr) return;
  peer->outbox.release(action.lease);
  let_ride(*peer);
}

void BrokerPort::carry_out(const core::EndSession& action) {
  announcements_.forget(action.session);
  audit_.end_complete(sessions_.key(action.session));
  Peer* peer = peer_of(action.session);
  if (peer == nullptr) return;
  tell_client(Happening::Kind::ClientLeft, *peer, "left");
  wire::Farewell message;
  message.set_reason("complete");
  outbox(*peer).say(message);
  part(*peer);
}

void BrokerPort::carry_out(const core::ForgetSession& action) {
  if (Peer* peer = peer_of(action.session); peer != nullptr) {
    // One that has left is no peer any more.
    if (!peer->leaves && peer->handed_in) {
      tell_client(Happening::Kind::ClientGone, *peer,
                  "was silent for too long; what it had waiting was dropped");
    } else if (!peer->leaves) {
      tell_client(Happening::Kind::ClientLeft, *peer, "is gone, and had handed in nothing");
    }
    part(*peer);
  }
  reply_to_[action.session.index()].Clear();
  tickets_.forget(action.session);
  announcements_.forget(action.session);
  sessions_.take_back(action.session);
}

void BrokerPort::forget_worker(WorkerId worker) {
  if (Peer* peer = peer_of(worker); peer != nullptr) part(*peer);
  audit_.end(worker);
  workers_.take_back(worker);
}

Peer* BrokerPort::peer_of(SessionId session) const {
  return session.index() < session_peers_.size() ? session_peers_[session.index()] : nullptr;
}

Peer* BrokerPort::peer_of(WorkerId worker) const {
  return worker.index() < worker_peers_.size() ? worker_peers_[worker.index()] : nullptr;
}

/// The peer's outbox, which will be sent at the end of the cycle.
Outbox& BrokerPort::outbox(Peer& peer) {
  if (!peer.dirty) dirty_.push_back(&peer);
  peer.dirty = true;
  return peer.outbox;
}

/// What the outbox owes rides on other messages, and leaves alone if none comes.
void BrokerPort::let_ride(Peer& peer) {
  if (peer.has_riders) return;
  peer.has_riders = true;
  peer.ride_due = now_ + kRideFor;
  with_riders_.push_back(&peer);
}

void BrokerPort::pass_time(TimePoint now) {
  now_ = now;
  happenings_.look(now);
  if (const auto due = scheduler_.next_deadline(); due && *due <= now) {
    step(core::TimePassed{});
    // A session that is closed may live on for the answers of its jobs, its client does not.
    announcements_.forget_if([this](SessionId id) { return !scheduler_.is_open(id); });
  }
  last_minute_.note(now, scheduler_);
  make_snapshot();
  while (!with_riders_.empty() && with_riders_.front()->ride_due <= now) {
    Peer& peer = *with_riders_.front();
    with_riders_.pop_front();
    peer.has_riders = false;
    if (peer.outbox.owes_acknowledgement()) outbox(peer).acknowledge_now();
    if (peer.outbox.owes_release()) outbox(peer).release_now();
  }
}

void BrokerPort::stalled(TimePoint now, Duration stalled_for) {
  now_ = now;
  step(core::DriverStalled{stalled_for});
}

std::optional<TimePoint> BrokerPort::next_deadline() const {
  // The next slice follows at once, after what has arrived meanwhile.
  if (makes_snapshot()) return now_;
  std::optional<TimePoint> due = scheduler_.next_deadline();
  if (!with_riders_.empty()) {
    const TimePoint ride = with_riders_.front()->ride_due;
    due = due ? std::min(*due, ride) : ride;
  }
  return due;
}

void BrokerPort::flush(const std::function<bool(std::string_view, std::string)>& send) {
  for (auto& [route, message] : std::exchange(to_strangers_, {})) send(route, std::move(message));
  std::vector<Peer*> parted;
  for (Peer* peer : std::exchange(dirty_, {})) {
    peer->dirty = false;
    if (!send_all(*peer, send) && !peer->gone) part(*peer);
    if (peer->gone) parted.push_back(peer);
  }
  dirty_.clear();
  for (Peer* peer : parted) {
    std::erase(with_riders_, peer);
    peers_.erase(std::string(peer->route));
  }
}

/// Returns whether the peer takes what is for it.
bool BrokerPort::send_all(Peer& peer,
                          const std::function<bool(std::string_view, std::string)>& send) {
  for (std::string& message : peer.outbox.take()) {
    const auto kind = static_cast<wire::Kind>(message[3]);
    const bool overtakes = kind == wire::Kind::Beat || kind == wire::Kind::PartsTaken;
    if (!overtakes) {
      peer.sender.add(std::move(message));
    } else if (!send(peer.route, std::move(message))) {
      return false;
    }
  }
  while (auto message = peer.sender.next()) {
    if (!send(peer.route, std::move(*message))) return false;
  }
  return peer.sender.waiting_bytes() <= kMaxWaitingBytes;
}

void BrokerPort::stop(TimePoint now) {
  now_ = now;
  step(core::StopRequested{});
}

bool BrokerPort::at_rest() const {
  return scheduler_.at_rest();
}

void BrokerPort::bid_farewell() {
  wire::Farewell message;
  message.set_reason("stopping");
  for (auto& [route, peer] : peers_) outbox(*peer).say(message);
}

}  // namespace steelyard::zmq_runtime
