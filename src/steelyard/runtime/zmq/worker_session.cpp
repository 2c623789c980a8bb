#include "steelyard/runtime/zmq/worker_session.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "steelyard/runtime/zmq/peer_name.hpp"

namespace steelyard::zmq_runtime {

WorkerSession::WorkerSession(Options options) : options_(std::move(options)) {}

std::optional<AssignedJob> WorkerSession::take() {
  if (waiting_.empty()) return std::nullopt;
  AssignedJob job = std::move(waiting_.front());
  waiting_.pop_front();
  return job;
}

void WorkerSession::hand_back() {
  if (!conversation_.welcomed()) return;
  for (const AssignedJob& job : waiting_) handed_back_.add_leases(job.lease);
  waiting_.clear();
}

void WorkerSession::finish(const AssignedJob& job, JobReport report) {
  // Nobody waits for the report, but there is room for work again.
  if (job.era != era_) return conversation_.hurry_beat();
  if (!leases_.contains(job.lease)) return;
  if (report.text.size() > max_result_bytes_) {
    report.outcome = kDoneFailed;
    report.text = "the result has " + std::to_string(report.text.size()) +
                  " bytes, over max_payload_bytes = " + std::to_string(max_result_bytes_);
  }
  // A message says one thing about what is held, so a change closes the one before.
  if (report.holds && !done_.empty) roll_over();
  wire::Done& header = done_.header;
  if (report.outcome != kDoneFinished || header.outcomes_size() > 0) {
    while (header.outcomes_size() < header.leases_size()) header.add_outcomes(kDoneFinished);
    header.add_outcomes(report.outcome);
  }
  header.add_leases(job.lease);
  header.add_run_us(static_cast<std::uint32_t>(std::clamp<std::int64_t>(
      report.run_time.count(), 0, std::numeric_limits<std::uint32_t>::max())));
  wire::LengthsWriter(*header.mutable_lengths()).add(report.text.size());
  done_.block.append(report.text);
  done_.empty = false;
  if (report.holds) {
    header.set_holds_changed(true);
    header.set_holds(*report.holds);
  }
  if (report.holds || done_.block.size() > kFlushBytes) roll_over();
}

void WorkerSession::roll_over() {
  if (done_.empty) return;
  full_.push_back(std::move(done_));
  done_.clear();
}

void WorkerSession::leave() {
  if (leaving_ == Leaving::No) leaving_ = Leaving::Wanted;
}

void WorkerSession::leave_at_once() {
  leaving_ = Leaving::AtOnce;
}

void WorkerSession::receive(std::string_view bytes, TimePoint now) {
  const auto envelope = wire::open(bytes);
  if (!envelope) return conversation_.on_unreadable(envelope.error());
  conversation_.heard(now);
  switch (envelope->kind) {
    case wire::Kind::Welcome:
      return on_welcome(*envelope, now);
    case wire::Kind::HelloRequired:
      return conversation_.greet_again(now);
    case wire::Kind::Assign:
      return on_assign(*envelope);
    case wire::Kind::Stale:
      return on_stale(*envelope);
    case wire::Kind::Farewell:
      dismissed_ = leaving_ != Leaving::No;
      return conversation_.on_farewell(now);
    case wire::Kind::Refused:
    case wire::Kind::Fault:
      return conversation_.on_refusal(*envelope);
    default:
      return;  // a beat: being heard is all it is for
  }
}

void WorkerSession::on_welcome(const wire::Envelope& envelope, TimePoint now) {
  wire::Welcome message;
  if (!wire::read(envelope, message)) return;
  const bool same = message.resumed() && message.incarnation() == conversation_.incarnation();
  conversation_.on_welcome(message, now);
  max_result_bytes_ = message.limits().max_payload_bytes();
  if (leaving_ == Leaving::Asked) leaving_ = Leaving::Wanted;
  if (same) return;
  ++era_;
  waiting_.clear();
  leases_.clear();
  handed_back_.Clear();
  done_.clear();
  full_.clear();
}

void WorkerSession::on_assign(const wire::Envelope& envelope) {
  wire::Assign message;
  if (!wire::read(envelope, message)) return;
  std::string_view block = envelope.block;
  for (const wire::AssignRun& run : message.runs()) {
    const auto column = wire::Column::take(run.lengths(), block);
    if (!column || static_cast<int>(column->count()) != run.leases_size() ||
        run.sequences_size() != run.leases_size()) {
      return;
    }
    const auto shared = std::make_shared<const AssignedRun>(AssignedRun{
        run.queue(), run.state(), run.user(), run.session(), run.attempt(), run.unit()});
    for (int i = 0; i < run.leases_size(); ++i) {
      // One that came before and is still held was assigned once, whatever the wire did.
      if (!leases_.insert(run.leases(i)).second) continue;
      waiting_.push_back({run.leases(i), run.sequences(i), era_, shared,
                          std::string((*column)[static_cast<std::uint32_t>(i)])});
    }
  }
}

void WorkerSession::on_stale(const wire::Envelope& envelope) {
  wire::Stale message;
  if (!wire::read(envelope, message)) return;
  for (const std::uint64_t lease : message.leases()) {
    leases_.erase(lease);
    std::erase_if(waiting_, [lease](const AssignedJob& job) { return job.lease == lease; });
  }
}

std::optional<std::string> WorkerSession::next_message(TimePoint now) {
  if (leaving_ == Leaving::AtOnce) {
    leaving_ = Leaving::Asked;
    dismissed_ = true;
    wire::Leave message;
    message.set_at_once(true);
    if (conversation_.welcomed()) return wire::encode(message);
  }
  if (dismissed_) return std::nullopt;
  if (conversation_.hello_due(now)) {
    conversation_.hello_sent(now);
    return hello();
  }
  if (!conversation_.welcomed()) return std::nullopt;
  // Before any report, or the broker would fill the room that the report makes.
  if (leaving_ == Leaving::Wanted) {
    leaving_ = Leaving::Asked;
    return wire::encode(wire::Leave());
  }
  if (full_.empty()) roll_over();
  if (!full_.empty()) {
    // Should it be lost with the connection, the next hello does not list these leases and their
    // jobs run again.
    for (const std::uint64_t lease : full_.front().header.leases()) leases_.erase(lease);
    std::string message = full_.front().encode();
    full_.pop_front();
    return message;
  }
  // After the reports: with them the broker would take it that the worker goes on.
  if (handed_back_.leases_size() > 0) {
    for (const std::uint64_t lease : handed_back_.leases()) leases_.erase(lease);
    std::string message = wire::encode(handed_back_);
    handed_back_.Clear();
    return message;
  }
  if (!conversation_.beat_due(now)) return std::nullopt;
  conversation_.beat_sent(now);
  return beat();
}

std::string WorkerSession::hello() const {
  wire::Hello message;
  message.set_role(wire::ROLE_WORKER);
  message.set_key(options_.key);
  message.set_incarnation(conversation_.incarnation());
  message.set_name(options_.name);
  message.set_program(program_name());
  wire::WorkerOffer& offer = *message.mutable_worker();
  for (const std::string& queue : options_.queues) offer.add_queues(queue);
  offer.set_slots(options_.slots);
  offer.set_weight(options_.weight);
  offer.set_priority_min(options_.priority_min);
  offer.set_priority_max(options_.priority_max);
  for (const std::uint64_t lease : leases_) offer.add_leases(lease);
  return wire::encode(message);
}

std::string WorkerSession::beat() const {
  wire::Beat message;
  for (const std::uint64_t lease : leases_) message.add_leases(lease);
  return wire::encode(message);
}

}  // namespace steelyard::zmq_runtime
