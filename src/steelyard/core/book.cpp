#include "steelyard/core/book.hpp"

namespace steelyard::core {
namespace {

Counters& at(std::vector<Counters>& counters, std::size_t index) {
  if (index >= counters.size()) counters.resize(index + 1);
  return counters[index];
}

}  // namespace

template <class Change>
void Book::each(const strategy::Lane& lane, Change&& change) {
  change(total_);
  change(at(by_queue_, lane.queue.index()));
  if (lane.tenant.valid()) change(at(by_tenant_, lane.tenant.index()));
}

void Book::accepted(const strategy::Lane& lane) {
  each(lane, [](Counters& c) {
    ++c.jobs.accepted;
    ++c.jobs.queued;
  });
}

void Book::assigned(const strategy::Lane& lane, Duration waited) {
  each(lane, [waited](Counters& c) {
    --c.jobs.queued;
    ++c.jobs.running;
    ++c.attempts.dispatched;
    ++c.attempts.running;
    c.time.waiting += waited;
  });
}

void Book::returned_to_queue(const strategy::Lane& lane, std::uint64_t AttemptLedger::*how) {
  each(lane, [how](Counters& c) {
    --c.jobs.running;
    ++c.jobs.queued;
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

void Book::answered_unstarted(const strategy::Lane& lane) {
  each(lane, [](Counters& c) {
    --c.jobs.queued;
    ++c.jobs.returning;
  });
}

void Book::result_lost(const strategy::Lane& lane) {
  each(lane, [](Counters& c) {
    --c.jobs.returning;
    ++c.jobs.queued;
  });
}

void Book::settled(const strategy::Lane& lane, Outcome outcome) {
  each(lane, [outcome](Counters& c) {
    --c.jobs.returning;
    switch (outcome) {
      case Outcome::Finished:
        ++c.jobs.finished;
        break;
      case Outcome::Failed:
        ++c.jobs.failed;
        break;
      case Outcome::Cancelled:
        ++c.jobs.cancelled;
        break;
    }
  });
}

void Book::measured(const strategy::Lane& lane, Duration run_time) {
  each(lane, [run_time](Counters& c) {
    c.time.running += run_time;
    ++c.time.measured;
  });
}

}  // namespace steelyard::core
