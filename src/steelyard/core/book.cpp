#include "steelyard/core/book.hpp"

#include <algorithm>

#include "steelyard/base/assert.hpp"

namespace steelyard::core {
namespace {

using Place = std::uint64_t JobLedger::*;

template <class Group>
Group& at(std::vector<Group>& groups, std::size_t index) {
  if (index >= groups.size()) groups.resize(index + 1);
  return groups[index];
}

/// Where a job that waits is counted.
Place waiting_place(JobState state) {
  STEELYARD_ASSERT(is_waiting(state));
  return state == JobState::Queued ? &JobLedger::queued : &JobLedger::delayed;
}

Place final_place(Outcome outcome) {
  switch (outcome) {
    case Outcome::Finished:
      return &JobLedger::finished;
    case Outcome::Failed:
      return &JobLedger::failed;
    case Outcome::Cancelled:
      return &JobLedger::cancelled;
    case Outcome::Expired:
      return &JobLedger::expired;
    case Outcome::Quarantined:
      break;
  }
  return &JobLedger::quarantined;
}

}  // namespace

template <class Change>
void Book::each(const strategy::Lane& lane, Change&& change) {
  change(total_);
  change(at(by_queue_, lane.queue.index()));
  if (lane.tenant.valid()) change(at(by_tenant_, lane.tenant.index()));
}

void Book::move(const strategy::Lane& lane, Place from, Place to) {
  each(lane, [=](Counters& c) {
    --(c.jobs.*from);
    ++(c.jobs.*to);
  });
}

void Book::accepted(const strategy::Lane& lane, JobState as) {
  each(lane, [to = waiting_place(as)](Counters& c) {
    ++c.jobs.accepted;
    ++(c.jobs.*to);
  });
}

void Book::restored(const strategy::Lane& lane, JobState as, Outcome outcome) {
  each(lane, [to = is_waiting(as) ? waiting_place(as) : final_place(outcome)](Counters& c) {
    ++c.jobs.accepted;
    ++(c.jobs.*to);
  });
}

void Book::taken_back(const strategy::Lane& lane, JobState from) {
  each(lane, [place = waiting_place(from)](Counters& c) {
    --c.jobs.accepted;
    --(c.jobs.*place);
  });
}

void Book::due(const strategy::Lane& lane) {
  move(lane, &JobLedger::delayed, &JobLedger::queued);
}

void Book::assigned(const strategy::Lane& lane, Duration waited) {
  each(lane, [waited](Counters& c) {
    --c.jobs.queued;
    ++c.jobs.running;
    ++c.attempts.dispatched;
    ++c.attempts.running;
    c.time.waiting += waited;
    c.time.longest_wait = std::max(c.time.longest_wait, waited);
  });
  at(spread_by_queue_, lane.queue.index()).waited(waited);
}

void Book::returned(const strategy::Lane& lane, std::uint64_t AttemptLedger::*how, JobState to) {
  each(lane, [how, place = waiting_place(to)](Counters& c) {
    --c.jobs.running;
    ++(c.jobs.*place);
    --c.attempts.running;
    ++(c.attempts.*how);
  });
}

void Book::answered(const strategy::Lane& lane, std::uint64_t AttemptLedger::*how) {
  each(lane, [how](Counters& c) {
    --c.jobs.running;
    ++c.jobs.returning;
    --c.attempts.running;
    ++(c.attempts.*how);
  });
}

void Book::forwarded(const strategy::Lane& from, const strategy::Lane& to) {
  each(from, [](Counters& c) {
    --c.jobs.running;
    ++c.jobs.forwarded_out;
    --c.attempts.running;
    ++c.attempts.completed;
  });
  each(to, [](Counters& c) {
    ++c.jobs.queued;
    ++c.jobs.forwarded_in;
  });
}

void Book::answered_unstarted(const strategy::Lane& lane, JobState from) {
  move(lane, waiting_place(from), &JobLedger::returning);
}

void Book::result_lost(const strategy::Lane& lane) {
  move(lane, &JobLedger::returning, &JobLedger::queued);
}

void Book::settled(const strategy::Lane& lane, Outcome outcome) {
  move(lane, &JobLedger::returning, final_place(outcome));
}

void Book::released(const strategy::Lane& lane) {
  move(lane, &JobLedger::quarantined, &JobLedger::queued);
}

void Book::dropped(const strategy::Lane& lane) {
  move(lane, &JobLedger::quarantined, &JobLedger::cancelled);
}

void Book::measured(const strategy::Lane& lane, Duration run_time) {
  each(lane, [run_time](Counters& c) {
    c.time.running += run_time;
    ++c.time.measured;
  });
  at(spread_by_queue_, lane.queue.index()).ran(run_time);
}

}  // namespace steelyard::core
