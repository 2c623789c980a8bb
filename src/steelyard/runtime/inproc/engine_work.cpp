#include <algorithm>

#include "steelyard/base/assert.hpp"
#include "steelyard/runtime/inproc/engine_turn.hpp"

/// What the workers' threads do.
namespace steelyard::inproc {
namespace {

// The engine whose worker this thread is.
thread_local const Engine* working_for = nullptr;

}  // namespace

void Engine::assert_not_a_worker() const {
  STEELYARD_ASSERT(working_for != this);
}

void Engine::work(Seat& seat) {
  working_for = this;
  bool report_is_left = false;  // with another thread, which is about to handle it
  bool just_reported = false;
  for (;;) {
    std::optional<Seat::Given> given = seat.look();
    // Then the next job begins when the last one ended, which saves looking at the clock.
    const bool at_once = given.has_value() && just_reported;
    if (!given) given = seat.wait(report_is_left ? Seat::Expect::Soon : Seat::Expect::Whenever);
    report_is_left = just_reported = false;
    switch (*given) {
      case Seat::Given::Leave:
        return;
      case Seat::Given::Alarm:
        alarm_rang(seat);
        break;
      case Seat::Given::Job:
        run_job(seat, at_once ? seat.report.ended : read_clock());
        just_reported = report(seat);
        report_is_left = !just_reported;
        break;
    }
  }
}

void Engine::run_job(Seat& seat, TimePoint began) {
  JobNode& job = *seat.assignment.job;
  WorkerPlace& place = *seat.place;
  const JobNumber number = job.number;
  const StateId needed = job.key.state;
  if (job.uses_state) evict(place);
  tell_observer([&](Observer& observer) { observer.started(number, place.id); });
  const bool used_state = job.uses_state;
  AttemptEnding ending = job.run(place.state);
  if (ending == AttemptEnding::Forwarded && !go_on(job)) ending = AttemptEnding::Failed;
  const TimePoint ended = read_clock();
  seat.attempts_run.store(seat.attempts_run.load(std::memory_order_relaxed) + 1,
                          std::memory_order_relaxed);
  seat.report = {number, ending, used_state, ended, ended - began};
  if (used_state) note_state(place, needed, seat.report);
  tell_observer([&](Observer& observer) { observer.finished(number, place.id, ending); });
  // An attempt that may be repeated is the scheduler's to decide on.
  if (ending == AttemptEnding::Retry || ending == AttemptEnding::Forwarded) return;
  job.deliver();
  tell_observer([&](Observer& observer) {
    observer.returned(number, ending == AttemptEnding::Failed ? std::optional(ErrorCode::WorkFailed)
                                                              : std::nullopt);
  });
}

/// Notes where the job goes on. False: it cannot, and has failed.
bool Engine::go_on(JobNode& job) {
  const JobOnward onward = job.onward();
  auto key = names_.key({.state = onward.state, .queue = onward.queue});
  if (!key) {
    job.fail(std::move(key.error()));
    return false;
  }
  job.key.queue = key->queue;
  job.key.state = key->state;
  job.key.state_bytes = 0;
  job.uses_state = onward.uses_state;
  return true;
}

/// Lets go of what the scheduler has given up for others.
void Engine::evict(WorkerPlace& place) {
  place.state.begin_job();
  for (const StateId state : place.evict_now) place.state.evict(names_.state_name(state));
  place.evict_now.clear();
}

/// A load that failed, or a function that loaded something else, is reported as it is.
void Engine::note_state(WorkerPlace& place, StateId needed, SeatReport& report) {
  if (place.state.revision() == place.held_revision && !place.state.has_notes()) return;
  place.held_revision = place.state.revision();
  place.held.clear();
  for (const std::string& name : place.state.names()) {
    const StateId state = names_.state(name);
    if (state.valid()) place.held.push_back(state);
  }
  if (!needed.valid()) return;
  const WorkerState::Notes notes = place.state.notes_about(names_.state_name(needed));
  report.load_time = std::min<Duration>(notes.load_time, report.run_time);
  report.load_failed = notes.load_failed;
  report.state_bytes = notes.bytes;
  report.run_time -= report.load_time;
}

/// Returns whether the report was handled; otherwise another thread is about to.
bool Engine::report(Seat& seat) {
  if (turn_is_long_.load()) {
    lock_.lock();
  } else if (!lock_.try_lock()) {
    reports_.push(seat, seat, 1);
    return try_turn();
  }
  Aftermath after;
  take_in(after);
  take_report(seat, after);
  finish_turns(after);
  return true;
}

void Engine::alarm_rang(Seat& seat) {
  turn([this, &seat](Aftermath&) {
    seat.clear_alarm();
    if (timekeeper_ == &seat) timekeeper_ = nullptr;
  });
}

}  // namespace steelyard::inproc
