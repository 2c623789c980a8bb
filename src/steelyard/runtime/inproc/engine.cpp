#include "steelyard/runtime/inproc/engine.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "steelyard/base/assert.hpp"
#include "steelyard/runtime/inproc/engine_turn.hpp"

namespace steelyard::inproc {
namespace {

// Rounds of one turn after which whoever has it is relieved.
constexpr std::uint32_t kLongTurnRounds = 16;

// Deadlines farther off are the beats that threads of the same program need not send.
constexpr Duration kNever = std::chrono::hours(24 * 365);

std::uint64_t left(std::uint64_t limit, std::uint64_t used) {
  return limit > used ? limit - used : 0;
}

core::Options without_beats(core::Options limits) {
  limits.worker_lost_after = 50 * kNever;
  limits.session_gone_after = 50 * kNever;
  limits.max_job_age = 200 * kNever;
  limits.max_unstarted_work = Duration::zero();
  limits.max_sessions = 1;
  return limits;
}

}  // namespace

Engine::Engine(const BalancerOptions& options, std::unique_ptr<strategy::Strategy> strategy)
    : options_(options),
      names_(options.max_names),
      scheduler_(without_beats(options.limits), std::move(strategy)) {
  turn([this](Aftermath& after) {
    step(read_clock(), core::SessionOpened{kSession, kPrincipal, false}, after);
  });
}

Engine::~Engine() {
  stop();
}

void Engine::submit(std::span<JobNode* const> jobs) {
  const TimePoint now = read_coarse_clock();
  const JobKey& key = jobs.front()->key;
  const bool may_be_refused =
      key.tenant.valid() || key.tags != 0 || (key.state.valid() && room_is_limited_.load());
  Arrival* newest = nullptr;
  for (JobNode* const job : jobs) {
    job->submitted = now;
    tell_observer([job](Observer& observer) { observer.submitted(job->number); });
    job->next = newest;
    newest = job;
  }
  const std::uint32_t waiting = submissions_.push(*static_cast<JobNode*>(newest), *jobs.front(),
                                                  static_cast<std::uint32_t>(jobs.size()));
  // What may be refused is looked at now, so that its requester need not wait to hear of it.
  if (waiting > room_.load() || may_be_refused || turn_is_long_.load() ||
      stop_phase_.load() != kRunning) {
    turn([](Aftermath&) {});
  } else if (idle_seats_.load() > 0) {
    try_turn();
  }
}

void Engine::refuse(std::span<JobNode* const> jobs, const Error& error) {
  refused_.fetch_add(jobs.size());
  for (JobNode* const job : jobs) {
    const JobNumber number = job->number;
    tell_observer([number](Observer& observer) { observer.submitted(number); });
    job->refuse(error);
    tell_observer([&](Observer& observer) { observer.returned(number, error.code); });
  }
}

/// What all kinds of report have in common. What is held is copied: the seat goes on with another
/// job before the report is looked at.
template <class Ended>
void Engine::describe(const Seat& seat, Ended& event) {
  const SeatReport& report = seat.report;
  event.worker = seat.place->id;
  event.lease = seat.assignment.lease;
  event.report.run_time = report.run_time;
  event.report.load_time = report.load_time;
  event.report.load_failed = report.load_failed;
  event.report.state_bytes = report.state_bytes;
  if (!report.used_state) return;
  holdings_ = seat.place->held;
  // What it is about to let go of counts as gone.
  for (const StateId state : seat.place->evictions) std::erase(holdings_, state);
  event.report.holds = holdings_;
}

bool Engine::try_turn() {
  if (!lock_.try_lock()) return false;
  Aftermath after;
  take_in(after);
  finish_turns(after);
  return true;
}

/// Leaves the turn, unless something arrived meanwhile whose bringer relies on this thread.
void Engine::finish_turns(Aftermath& after) {
  for (std::uint32_t rounds = 1;; ++rounds) {
    publish(rounds, after);
    const bool relieved = lock_.unlock();
    after.wake_all();
    if (relieved || !anything_to_take_in() || !lock_.try_lock()) break;
    take_in(after);
  }
  settle(after);
}

bool Engine::anything_to_take_in() const {
  return !reports_.empty() || (idle_seats_.load() > 0 && !submissions_.empty());
}

void Engine::take_in(Aftermath& after) {
  // Jobs first: a seat that reports chooses among all that were submitted before.
  for (JobNode* job = submissions_.take_all(); job != nullptr;) job = take_run(*job, after);
  for (Seat* seat = reports_.take_all(); seat != nullptr;) {
    Seat* const next = Inbox<Seat>::after(*seat);
    take_report(*seat, after);
    seat = next;
  }
}

/// Submits `first` and those after it that are alike as one event; returns the next one.
JobNode* Engine::take_run(JobNode& first, Aftermath& after) {
  const JobKey key = first.key;
  const TimePoint submitted = first.submitted;
  const std::uint64_t sequence = jobs_.next();
  JobNode* next = &first;
  while (next != nullptr && next->key == key && next->submitted == submitted) {
    jobs_.append(*next);
    next = Inbox<JobNode>::after(*next);
  }
  auto& event = event_.emplace<core::JobsSubmitted>();
  event.session = kSession;
  event.first_sequence = sequence;
  event.count = static_cast<std::uint32_t>(jobs_.next() - sequence);
  event.queue = key.queue;
  event.state = key.state;
  event.tenant = key.tenant;
  event.priority = key.priority;
  event.tags = names_.tags(key.tags);
  event.state_bytes = key.state_bytes;
  event.first_payload = PayloadRef{sequence};
  step(submitted, after);
  return next;
}

void Engine::take_report(Seat& seat, Aftermath& after) {
  const SeatReport& report = seat.report;
  const std::uint64_t sequence = seat.assignment.sequence;
  const bool is_over =
      report.ending == AttemptEnding::Finished || report.ending == AttemptEnding::Failed;
  if (is_over) {
    jobs_.take(sequence);
    if (options_.record_numbers) books_.completed.insert(report.number);
  }
  const TimePoint ended = report.ended;
  if (report.ending == AttemptEnding::Finished) {
    auto& event = event_.emplace<core::JobFinished>();
    event.delivered = true;
    describe(seat, event);
  } else if (report.ending == AttemptEnding::Forwarded) {
    const JobKey& key = seat.assignment.job->key;
    auto& event = event_.emplace<core::JobForwarded>();
    event.queue = key.queue;
    event.state = key.state;
    event.payload = PayloadRef{sequence};
    describe(seat, event);
  } else {
    auto& event = event_.emplace<core::JobFailed>();
    event.retry = report.ending == AttemptEnding::Retry;
    event.delivered = !event.retry;
    describe(seat, event);
  }
  seat_is_idle(seat, after);
  step(ended, after);
}

/// The seat may be given work again; first what was waiting for the state that it used.
void Engine::seat_is_idle(Seat& seat, Aftermath& after) {
  WorkerPlace& place = *seat.place;
  place.idle.push_back(&seat);
  ++idle_count_;
  if (!seat.report.used_state) return;
  place.state_in_use = false;
  if (place.waiting_for_state.empty()) return;
  const Assignment next = place.waiting_for_state.front();
  place.waiting_for_state.pop_front();
  hand_to_seat(place, next, after);
}

/// Says what others need to know to decide whether this turn was enough for them.
void Engine::publish(std::uint32_t rounds, Aftermath& after) {
  look_after_time(after);
  const core::JobLedger& jobs = scheduler_.book().total().jobs;
  const core::Options& limits = options_.limits;
  // Each submission might need a lane of its own.
  const std::uint64_t room =
      std::min({std::uint64_t{options_.max_inbox_jobs}, left(limits.max_queued_jobs, jobs.queued),
                left(limits.max_unfinished_jobs_per_session, jobs.unfinished()),
                left(limits.max_lanes, scheduler_.lanes().size())});
  set_if_changed(room_, static_cast<std::uint32_t>(room));
  set_if_changed(idle_seats_, idle_count_);
  set_if_changed(turn_is_long_, rounds >= kLongTurnRounds);
  if (jobs.unfinished() == 0 && !all_is_finished_) after.changed = true;
  all_is_finished_ = jobs.unfinished() == 0;
}

void Engine::look_after_time(Aftermath& after) {
  // Only a worker that has room is kept waiting by its strategy until some time.
  if (idle_count_ == 0) return;
  auto deadline = scheduler_.next_deadline();
  if (!deadline || *deadline - now_ > kNever) return;
  const TimePoint now = read_clock();
  if (*deadline <= now) {
    step(now, core::TimePassed{}, after);
    deadline = scheduler_.next_deadline();
  }
  if (deadline && *deadline - now_ <= kNever) set_alarm(*deadline, after);
}

/// The scheduler asks to be called at `at`: an idle seat will.
void Engine::set_alarm(TimePoint at, Aftermath& after) {
  if (timekeeper_ != nullptr && alarm_ <= at) return;
  for (const auto& place : places_) {
    if (!place || place->idle.empty()) continue;
    timekeeper_ = place->idle.front();
    alarm_ = at;
    if (timekeeper_->give_alarm(at)) after.wake_later(*timekeeper_);
    return;
  }
}

void Engine::step(TimePoint at, const core::Event& event, Aftermath& after) {
  event_ = event;
  step(at, after);
}

void Engine::step(TimePoint at, Aftermath& after) {
  // Clocks were read before this turn, by several threads.
  now_ = std::max(now_, at);
  actions_.clear();
  scheduler_.step(now_, event_, actions_);
  for (const core::Action& action : actions_) {
    std::visit([this, &after](const auto& alternative) { on(alternative, after); }, action);
  }
}

/// After a turn: answers those that will not be done, and tells those who wait for a change.
void Engine::settle(Aftermath& after) {
  while (JobNode* const job = after.take_refused()) {
    const JobNumber number = job->number;
    const ErrorCode code = job->refusal;
    job->refuse(refusal(code));
    tell_observer([&](Observer& observer) { observer.returned(number, code); });
    refusing_.fetch_sub(1);
    after.changed = true;
  }
  if (!after.changed || watchers_.load() == 0) return;
  changes_.fetch_add(1);
  wake_all(&changes_);
}

}  // namespace steelyard::inproc
