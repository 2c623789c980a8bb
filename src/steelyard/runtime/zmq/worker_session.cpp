#include "steelyard/runtime/zmq/worker_session.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "steelyard/runtime/zmq/peer_name.hpp"

namespace steelyard::zmq_runtime {

namespace {

/// Notices about jobs as short as this gather for a moment.
constexpr std::chrono::microseconds kShortJob{100};
constexpr std::chrono::milliseconds kGatherNotices{1};
constexpr int kManyNotices = 256;

std::uint32_t in_32_bits(std::chrono::microseconds time) {
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(time.count(), 0, std::numeric_limits<std::uint32_t>::max()));
}

/// One entry stands for all of the forwarded jobs of a message, whose states are none if it has no
/// entry.
bool goes_along(const wire::Done& header, const JobReport& report) {
  if (header.forward_queues_size() == 0) return true;
  const std::string none;
  const std::string& state = header.forward_states_size() == 0 ? none : header.forward_states(0);
  return header.forward_queues(0) == report.forward_queue && state == report.forward_state;
}

/// Writes a column from the first value on that is not 0; `before` values came before.
template <class Column, class Value>
void add_to_column(Column& column, int before, Value value) {
  if (value == Value{} && column.empty()) return;
  while (column.size() < before) column.Add(Value{});
  column.Add(value);
}

}  // namespace

WorkerSession::WorkerSession(Options options) : options_(std::move(options)) {}

std::optional<AssignedJob> WorkerSession::take() {
  if (waiting_.empty()) return std::nullopt;
  AssignedJob job = std::move(waiting_.front());
  waiting_.pop_front();
  if (!evict_.empty()) {
    std::ranges::move(job.evict, std::back_inserter(evict_));
    job.evict = std::exchange(evict_, {});
  }
  return job;
}

std::optional<Preload> WorkerSession::take_preload() {
  if (preloads_.empty()) return std::nullopt;
  Preload preload = std::move(preloads_.front());
  preloads_.pop_front();
  return preload;
}

void WorkerSession::finish(const Preload& preload, const PreloadReport& report) {
  if (preload.era != era_) return;
  wire::StateLoaded& message = loaded_.emplace_back();
  message.set_state(preload.state);
  message.set_load_us(in_32_bits(report.load_time));
  message.set_state_bytes(report.bytes);
  message.set_failed(report.failed);
}

/// What these jobs were to make room for is thought to be here all the same.
void WorkerSession::forget_waiting(const std::function<bool(const AssignedJob&)>& is_gone) {
  for (AssignedJob& job : waiting_) {
    if (is_gone(job)) std::ranges::move(std::exchange(job.evict, {}), std::back_inserter(evict_));
  }
  std::erase_if(waiting_, is_gone);
}

void WorkerSession::hand_back() {
  if (!conversation_.welcomed()) return;
  for (const AssignedJob& job : waiting_) handed_back_.add_leases(job.lease);
  forget_waiting([](const AssignedJob&) { return true; });
}

void WorkerSession::finish(const AssignedJob& job, JobReport report, TimePoint now) {
  if (job.era != era_) {
    // Nobody waits for the report, but somebody for the result, and there is room for work again.
    AssignedJob orphan = job;
    orphan.lease = 0;
    static_cast<void>(returns_.take(orphan, report, now));
    return conversation_.hurry_beat();
  }
  talk_.ended(job.lease);
  if (!leases_.contains(job.lease)) return;
  if (report.text.size() > max_result_bytes_) {
    const bool is_forward = std::exchange(report.outcome, kDoneFailed) == kDoneForwarded;
    report.text = (is_forward ? "the payload that it was forwarded with has " : "the result has ") +
                  std::to_string(report.text.size()) +
                  " bytes, over max_payload_bytes = " + std::to_string(max_result_bytes_);
  }
  const bool kept = returns_.take(job, report, now);
  if (!kept) returns_.insure(job, report, now);
  const bool is_plain = !report.states.holds && !report.states.load_failed;
  const bool may_gather = kept && is_plain && report.total_time() <= kShortJob;
  if (!may_gather) {
    gather_until_ = now;
  } else if (done_.empty) {
    gather_until_ = now + kGatherNotices;
  }
  this->report(job.lease, {job.run->session, job.sequence}, report, kept);
}

void WorkerSession::report(std::uint64_t lease, const JobId& job, const JobReport& report,
                           bool kept) {
  // A message says one thing about what is held and kept, so a change closes the one before.
  const StateReport& states = report.states;
  if (!done_.empty && (states.holds || done_.header.kept() != kept)) roll_over();
  const bool is_forwarded = report.outcome == kDoneForwarded;
  if (is_forwarded && !goes_along(done_.header, report)) roll_over();
  wire::Done& header = done_.header;
  if (is_forwarded && header.forward_queues_size() == 0) {
    header.add_forward_queues(report.forward_queue);
    if (!report.forward_state.empty()) header.add_forward_states(report.forward_state);
  }
  if (report.outcome != kDoneFinished || header.outcomes_size() > 0) {
    while (header.outcomes_size() < header.leases_size()) header.add_outcomes(kDoneFinished);
    header.add_outcomes(report.outcome);
  }
  const int before = header.leases_size();
  add_to_column(*header.mutable_load_us(), before, in_32_bits(states.load_time));
  add_to_column(*header.mutable_load_failed(), before, states.load_failed);
  add_to_column(*header.mutable_state_bytes(), before, states.bytes);
  header.add_leases(lease);
  done_jobs_.push_back(job);
  header.add_run_us(in_32_bits(report.run_time));
  header.set_kept(kept);
  if (!kept) {
    wire::LengthsWriter(*header.mutable_lengths()).add(report.text.size());
    done_.block.append(report.text);
  }
  done_.empty = false;
  if (states.holds) {
    header.set_holds_changed(true);
    for (const std::string& name : *states.holds) header.add_holds(name);
  }
  if (states.holds || done_.block.size() > kFlushBytes) roll_over();
}

void WorkerSession::roll_over() {
  if (done_.empty) return;
  full_.push_back({std::move(done_), std::exchange(done_jobs_, {})});
  done_.clear();
}

void WorkerSession::progress(const AssignedJob& job, std::uint8_t percent) {
  if (is_live(job)) talk_.progress(job.lease, percent);
}

void WorkerSession::partial(const AssignedJob& job, std::string_view bytes) {
  if (is_live(job)) talk_.partial(job.lease, bytes);
}

void WorkerSession::stop_ignored(const AssignedJob& job) {
  if (is_live(job)) talk_.stop_ignored(job.lease);
}

void WorkerSession::leave() {
  if (leaving_ == Leaving::No) leaving_ = Leaving::Wanted;
}

void WorkerSession::leave_at_once() {
  leaving_ = Leaving::AtOnce;
}

/// The connection was replaced, and notices on it may have been lost.
void WorkerSession::announce_kept() {
  for (const DirectReturns::Notice& notice : returns_.kept()) {
    report(notice.lease, notice.job, notice.report, true);
  }
}

void WorkerSession::look_for_broker(TimePoint now) {
  const bool has_broker = conversation_.welcomed();
  if (has_broker == std::exchange(had_broker_, has_broker)) return;
  if (has_broker) {
    returns_.broker_found();
  } else {
    returns_.broker_lost(now);
  }
}

void WorkerSession::pass_time(TimePoint now) {
  conversation_.pass_time(now);
  look_for_broker(now);
  returns_.pass_time(now);
  for (const std::uint64_t lease : returns_.take_unreachable()) fetch_.push_back(lease);
}

void WorkerSession::cannot_send(TimePoint now) {
  conversation_.cannot_send(now);
  look_for_broker(now);
}

std::optional<TimePoint> WorkerSession::next_deadline() const {
  std::optional<TimePoint> due = conversation_.next_deadline();
  if (!done_.empty && gather_until_ && conversation_.welcomed() && sender_.idle()) {
    due = std::min(due.value_or(*gather_until_), *gather_until_);
  }
  if (const auto links = returns_.next_deadline()) due = std::min(due.value_or(*links), *links);
  return due;
}

/// Whether the notices that were gathered leave now. Those of short jobs whose results have left
/// already may wait for company: the broker knows that the worker is about to be free.
bool WorkerSession::notices_due(TimePoint now) const {
  return leaving_ != Leaving::No || done_.header.leases_size() >= kManyNotices ||
         now >= gather_until_.value_or(now);
}

/// Gives up results, as many as fit in a message.
std::string WorkerSession::fetched() {
  wire::Fetched message;
  message.set_incarnation(conversation_.incarnation());
  std::string block;
  std::size_t taken = 0;
  for (; taken < fetch_.size() && block.size() < kFlushBytes; ++taken) {
    const std::string* text = returns_.give_to_broker(fetch_[taken]);
    if (text == nullptr) {
      message.add_missing(fetch_[taken]);
      continue;
    }
    message.add_leases(fetch_[taken]);
    wire::LengthsWriter(*message.mutable_lengths()).add(text->size());
    block.append(*text);
  }
  fetch_.erase(fetch_.begin(), fetch_.begin() + static_cast<std::ptrdiff_t>(taken));
  return wire::encode(message, block);
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
  if (parts_taken_) return std::exchange(parts_taken_, std::nullopt);
  if (auto message = sender_.next()) return message;
  if (!sender_.idle()) return next_beat(now);
  // What a job tells while it runs comes before its report.
  if (auto message = talk_.next_message()) {
    sender_.add(std::move(*message));
    return sender_.next();
  }
  // What is given to the broker must not come before the notice that it is kept.
  if (full_.empty() && (notices_due(now) || !fetch_.empty())) roll_over();
  if (!full_.empty()) {
    send_notices();
    return sender_.next();
  }
  if (!loaded_.empty()) {
    std::string message = wire::encode(loaded_.front());
    loaded_.pop_front();
    return message;
  }
  // After the reports: with them the broker would take it that the worker goes on.
  if (handed_back_.leases_size() > 0) {
    for (const std::uint64_t lease : handed_back_.leases()) leases_.erase(lease);
    handed_back_.set_incarnation(conversation_.incarnation());
    std::string message = wire::encode(handed_back_);
    handed_back_.Clear();
    return message;
  }
  if (!fetch_.empty()) {
    sender_.add(fetched());
    return sender_.next();
  }
  return next_beat(now);
}

/// Should they be lost with the connection, the next hello does not list these leases and their
/// jobs run again, unless their results are kept.
void WorkerSession::send_notices() {
  Notices& notices = full_.front();
  notices.draft.header.set_incarnation(conversation_.incarnation());
  const wire::Done& header = notices.draft.header;
  reported_.assign(header.leases().begin(), header.leases().end());
  for (const std::uint64_t lease : reported_) leases_.erase(lease);
  tally_.set_done(tally_.done() + notices.jobs.size());
  for (std::size_t i = 0; i < notices.jobs.size(); ++i) {
    if (tally_.recent_jobs_size() >= kMaxRecentJobs) break;
    wire::JobName& name = *tally_.add_recent_jobs();
    name.set_session(notices.jobs[i].session);
    name.set_sequence(notices.jobs[i].sequence);
    tally_.add_recent_leases(reported_[i]);
  }
  sender_.add(notices.draft.encode());
  full_.pop_front();
}

std::optional<std::string> WorkerSession::next_beat(TimePoint now) {
  if (!conversation_.beat_due(now)) return std::nullopt;
  conversation_.beat_sent(now);
  returns_.beat_sent(sender_.idle());
  std::string message = beat();
  if (sender_.idle()) {
    tally_.clear_recent_jobs();
    tally_.clear_recent_leases();
  }
  return message;
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
  for (const std::string& tag : options_.tags) offer.add_tags(tag);
  offer.set_max_states(options_.max_states);
  offer.set_state_memory_bytes(options_.state_memory_bytes);
  for (const std::uint64_t lease : leases_) offer.add_leases(lease);
  for (const DirectReturns::Notice& notice : returns_.kept()) offer.add_leases(notice.lease);
  return wire::encode(message);
}

std::string WorkerSession::beat() const {
  wire::Beat message;
  for (const std::uint64_t lease : leases_) message.add_leases(lease);
  message.set_machine_load(machine_load_);
  // Their report is on its way, and may take long.
  if (!sender_.idle()) {
    message.mutable_leases()->Add(reported_.begin(), reported_.end());
  } else {
    *message.mutable_tally() = tally_;
  }
  return wire::encode(message);
}

}  // namespace steelyard::zmq_runtime
