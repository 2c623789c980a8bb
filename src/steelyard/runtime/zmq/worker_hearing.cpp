#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "steelyard/runtime/zmq/worker_session.hpp"

/// What a worker hears from its broker.
namespace steelyard::zmq_runtime {

void WorkerSession::receive(std::string_view bytes, TimePoint now) {
  const auto envelope = wire::open(bytes);
  if (!envelope) return conversation_.on_unreadable(envelope.error());
  conversation_.heard(now);
  hear(*envelope, now);
}

void WorkerSession::hear(const wire::Envelope& envelope, TimePoint now) {
  switch (envelope.kind) {
    case wire::Kind::Part:
      return on_part(envelope, now);
    case wire::Kind::PartsTaken: {
      wire::PartsTaken message;
      if (wire::read(envelope, message)) sender_.taken(message);
      return;
    }
    case wire::Kind::Welcome:
      return on_welcome(envelope, now);
    case wire::Kind::HelloRequired:
      return conversation_.greet_again(now);
    case wire::Kind::Assign:
      return on_assign(envelope, now);
    case wire::Kind::Stop:
      return on_stop(envelope, now);
    case wire::Kind::PartialCredit: {
      wire::PartialCredit message;
      if (wire::read(envelope, message)) talk_.hear(message);
      return;
    }
    case wire::Kind::Stale:
      return on_stale(envelope, now);
    case wire::Kind::Fetch:
      return on_fetch(envelope, now);
    case wire::Kind::Released:
      return on_released(envelope, now);
    case wire::Kind::LoadState:
      return on_load_state(envelope);
    case wire::Kind::Beat:
      return returns_.beat_answered();
    case wire::Kind::Farewell:
      return on_farewell(envelope, now);
    case wire::Kind::Refused:
    case wire::Kind::Fault:
      return conversation_.on_refusal(envelope);
    default:
      return;  // of a later version
  }
}

void WorkerSession::on_part(const wire::Envelope& envelope, TimePoint now) {
  auto added = receiver_.add(envelope, kMaxPartedBytes);
  if (!added) return;
  if (added->answer) parts_taken_ = std::move(added->answer);
  const auto whole = wire::open(added->whole);
  if (whole && whole->kind != wire::Kind::Part) hear(*whole, now);
}

void WorkerSession::on_welcome(const wire::Envelope& envelope, TimePoint now) {
  wire::Welcome message;
  if (!wire::read(envelope, message)) return;
  const bool same = message.resumed() && message.incarnation() == conversation_.incarnation();
  conversation_.on_welcome(message, now);
  sender_.clear();
  receiver_.clear();
  parts_taken_.reset();
  max_result_bytes_ = message.limits().max_payload_bytes();
  if (leaving_ == Leaving::Asked) leaving_ = Leaving::Wanted;
  look_for_broker(now);
  if (same) {
    talk_.resumed();
    return announce_kept();
  }
  ++era_;
  talk_.begin_era();
  gather_until_.reset();
  returns_.begin_era(now);
  returns_.broker_found();
  fetch_.clear();
  waiting_.clear();
  preloads_.clear();
  evict_.clear();
  loaded_.clear();
  leases_.clear();
  handed_back_.Clear();
  done_.clear();
  done_jobs_.clear();
  full_.clear();
  tally_.Clear();
}

void WorkerSession::on_farewell(const wire::Envelope& envelope, TimePoint now) {
  wire::Farewell message;
  const bool is_drained = wire::read(envelope, message) && message.reason() == kDrained;
  dismissed_ = is_drained || leaving_ != Leaving::No;
  conversation_.on_farewell(now);
}

void WorkerSession::on_assign(const wire::Envelope& envelope, TimePoint now) {
  wire::Assign message;
  if (!wire::read(envelope, message)) return;
  for (const std::uint64_t lease : message.released()) returns_.release(lease, now);
  std::string_view block = envelope.block;
  for (const wire::AssignRun& run : message.runs()) {
    const auto column = wire::Column::take(run.lengths(), block);
    if (!column || static_cast<int>(column->count()) != run.leases_size() ||
        run.sequences_size() != run.leases_size() || run.waited_us_size() != run.leases_size()) {
      return;
    }
    add_jobs(run, *column);
  }
}

void WorkerSession::add_jobs(const wire::AssignRun& run, const wire::Column& column) {
  AssignedRun common{run.queue(),
                     run.state(),
                     run.user(),
                     run.session(),
                     run.attempt(),
                     run.unit(),
                     fmt::format("{:016x}-", run.session()),
                     {},
                     run.stream_window_bytes()};
  if (run.has_reply_to()) common.reply_to = run.reply_to();
  const auto shared = std::make_shared<const AssignedRun>(std::move(common));
  const auto payloads = std::make_shared<const std::string>(column.bytes());
  std::vector<std::string> evict(run.evict().begin(), run.evict().end());
  for (int i = 0; i < run.leases_size(); ++i) {
    // One that came before and is still held was assigned once, whatever the wire did.
    if (!leases_.insert(run.leases(i))) continue;
    const auto place = static_cast<std::uint32_t>(i);
    waiting_.push_back({run.leases(i), run.sequences(i), era_, shared,
                        std::string_view(*payloads).substr(
                            column.offset(place), column.offset(place + 1) - column.offset(place)),
                        payloads, std::chrono::microseconds(run.waited_us(i)),
                        std::exchange(evict, {})});
  }
}

void WorkerSession::on_load_state(const wire::Envelope& envelope) {
  wire::LoadState message;
  if (!wire::read(envelope, message)) return;
  preloads_.push_back(
      {message.state(), message.queue(), {message.evict().begin(), message.evict().end()}, era_});
}

void WorkerSession::on_stale(const wire::Envelope& envelope, TimePoint now) {
  wire::Stale message;
  if (!wire::read(envelope, message)) return;
  for (const std::uint64_t lease : message.leases()) {
    // Should it run, its result is of no use to anybody.
    if (leases_.contains(lease)) talk_.stop(lease, core::StopReason::Unwanted);
    leases_.erase(lease);
    returns_.release(lease, now);
    forget_waiting([lease](const AssignedJob& job) { return job.lease == lease; });
  }
}

void WorkerSession::on_stop(const wire::Envelope& envelope, TimePoint now) {
  wire::Stop message;
  if (!wire::read(envelope, message)) return;
  for (int i = 0; i < message.leases_size(); ++i) {
    const std::uint64_t lease = message.leases(i);
    const std::uint32_t why = i < message.why_size() ? message.why(i) : 0;
    const auto waits = std::ranges::find(waiting_, lease, &AssignedJob::lease);
    if (waits != waiting_.end()) {
      stop_before_it_begins(*waits, now);
    } else if (leases_.contains(lease)) {
      talk_.stop(lease, why == 1   ? core::StopReason::TimeLimit
                        : why == 2 ? core::StopReason::Unwanted
                                   : core::StopReason::Cancelled);
    }
  }
}

void WorkerSession::stop_before_it_begins(const AssignedJob& job, TimePoint now) {
  const std::uint64_t lease = job.lease;
  gather_until_ = now;
  report(lease, {job.run->session, job.sequence}, {kDoneStopped, {}, {}, {}}, false);
  forget_waiting([lease](const AssignedJob& other) { return other.lease == lease; });
}

void WorkerSession::on_fetch(const wire::Envelope& envelope, TimePoint now) {
  wire::Fetch message;
  if (!wire::read(envelope, message)) return;
  for (const std::uint64_t lease : message.leases()) {
    // A slow link is given time; sent through the broker too, it would only become slower.
    if (const auto notice = returns_.on_its_way(lease, now)) {
      report(lease, notice->job, notice->report, true);
    } else {
      fetch_.push_back(lease);
    }
  }
}

void WorkerSession::on_released(const wire::Envelope& envelope, TimePoint now) {
  wire::Released message;
  if (!wire::read(envelope, message)) return;
  for (const std::uint64_t lease : message.leases()) returns_.release(lease, now);
}

}  // namespace steelyard::zmq_runtime
