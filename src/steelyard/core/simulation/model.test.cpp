#include "steelyard/core/simulation/model.test.hpp"

#include <algorithm>
#include <limits>

#include "steelyard/core/sentence.test.hpp"

/// The model's record of what was done, and its comparison with the scheduler's own figures.
namespace steelyard::core {
void require(bool holds, const std::string& promise) {
  if (!holds) throw Violation(promise);
}

Model::Model(const Options& options, std::string_view strategy)
    : options_(options), strategy_(strategy) {}

std::size_t Model::unsettled() const {
  std::size_t sum = 0;
  each_job([&](SessionId, std::uint64_t, const Job& job) { sum += job.is_settled() ? 0 : 1; });
  return sum;
}

void Model::check(TimePoint now, const Event& event, const Actions& actions,
                  const Scheduler& scheduler) {
  now_ = now;
  ++steps_;
  scheduler_ = &scheduler;
  appended_before_ = appended_;
  expected_.clear();
  settled_.clear();
  ended_.clear();
  orders_before_ = orders_;
  const std::set<QueueId> served_before = served();
  std::visit([this](const auto& e) { on(e); }, event);
  expel(actions);
  expire_noticed();
  const bool submitted = std::holds_alternative<JobsSubmitted>(event);
  for (const Action& action : actions) {
    if (const auto* assign = std::get_if<Assign>(&action)) {
      take(*assign, submitted);
    } else if (const auto* evict = std::get_if<Evict>(&action)) {
      take(*evict);
    } else {
      take(action);
    }
  }
  if (!expected_.empty()) throw Violation("not done: " + sentence(expected_.front()));
  for (const auto& [id, sequence] : settled_) {
    const Session& session = sessions_.at(id);
    require(session.closing || session.away || session.jobs.contains(sequence) ||
                session.answers.contains(sequence) || session.received.contains(sequence),
            "settled without an answer");
  }
  for (const SessionId id : ended_) sessions_.erase(id);
  std::erase_if(workers_, [](const auto& entry) { return entry.second.leaving; });
  note_unserved(served_before);
  check_payloads();
}

/// Room is made only where there is none, and at nobody's expense.
void Model::take(const Evict& evict) {
  Worker& worker = workers_.at(evict.worker);
  require(worker.held.size() >= worker.max_states, sentence(evict) + ": there is room");
  require(!uses(evict.worker, evict.state), sentence(evict) + ": a job needs it");
  require(worker.held.erase(evict.state) == 1, sentence(evict) + ": it is not held");
  ++evictions_;
  ++reached_["evicted"];
}

/// Every action but assignments and what they need is foreseen exactly.
void Model::take(Action action) {
  if (auto* const reject = std::get_if<Reject>(&action)) check_retry_after(*reject);
  if (auto* const appended = std::get_if<Append>(&action)) note_position(*appended);
  const auto found = std::ranges::find(expected_, action);
  if (found == expected_.end()) throw Violation("not wanted: " + sentence(action));
  expected_.erase(found);
  if (const auto* deliver = std::get_if<Deliver>(&action)) delivered(*deliver);
  if (const auto* forget = std::get_if<Forget>(&action)) forgotten(*forget);
}

/// What is refused for now may be tried again within 10 s; what is refused for good need not.
void Model::check_retry_after(Reject& reject) {
  static const std::set<ErrorCode> kForNow{ErrorCode::QueueFull,     ErrorCode::QueueOverLimit,
                                           ErrorCode::UserOverLimit, ErrorCode::SessionFull,
                                           ErrorCode::TooManyLanes,  ErrorCode::JournalFull,
                                           ErrorCode::JournalBroken, ErrorCode::JournalBehind};
  const Duration wait = std::exchange(reject.retry_after, Duration());
  const bool is_bounded =
      wait >= std::chrono::milliseconds(100) && wait <= std::chrono::seconds(10);
  require(kForNow.contains(reject.reason) ? is_bounded : wait == Duration(),
          sentence(reject) + ": to be tried again at a wrong time");
}

/// The log's order is that of the actions.
void Model::note_position(Append& append) {
  append.slot = 0;
  appended_before_ += append.count;
  if (append.what != Append::What::Answered) return;
  if (Job* const job = find(append.session, append.sequence)) {
    job->answer_position = appended_before_;
  }
}

void Model::delivered(const Deliver& deliver) {
  for (const PayloadRef ref : {deliver.result, deliver.payload}) {
    require(!ref.valid() || kept_.contains(ref.value), "delivered bytes that were forgotten");
  }
  Session& session = sessions_.at(deliver.session);
  const Answer answer{deliver.error, deliver.result};
  const auto [known, is_new] = session.answers.emplace(deliver.sequence, answer);
  require(known->second == answer, "a job was answered in two ways");
}

void Model::forgotten(const Forget& forget) {
  for (std::uint32_t i = 0; i < forget.count; ++i) {
    require(kept_.erase(forget.first.value + i) == 1, "bytes were forgotten twice");
  }
}

void Model::take(const Assign& assign, bool submitted) {
  const std::string text = sentence(assign);
  Session& session = sessions_.at(assign.session);
  const auto found = session.jobs.find(assign.sequence);
  require(found != session.jobs.end(), text + ": there is no such job");
  Job& job = found->second;
  require(job.place == JobState::Queued, text + ": it does not wait");
  require(!stopping_ && (!session.closing || job.outlives_session()),
          text + ": nobody waits for it");
  require(job.start_by > now_, text + ": it is too late");
  require(assign.to_store == (session.closing || session.away || job.keep || job.detached),
          text + ": it says otherwise about who waits");
  require(may_take(assign.worker, job), text + ": the worker may not have it");
  require(granted_.insert(assign.lease).second, text + ": the lease was granted before");
  require(assign.payload == job.payload && assign.queue == job.queue && assign.state == job.state &&
              assign.tenant == job.tenant && assign.priority == job.priority,
          text + ": that is another job's");
  require(assign.attempt == job.number() + 1, text + ": the attempt is miscounted");
  job.waited =
      job.waited_before + std::chrono::duration_cast<std::chrono::microseconds>(now_ - job.arrival);
  job.run_time = job.run_time_before;
  require(assign.waited == job.waited, text + ": that is not how long it waited");
  check_choice(assign, job);
  // A worker that is woken for new work may be given older work, for which it is not the best.
  const bool is_new = submitted && job.order > orders_before_;
  if (is_new && strategy_ == "least-loaded") check_placement(assign);
  Worker& worker = workers_.at(assign.worker);
  job.is_ahead = !has_free_slot(assign.worker);
  if (job.is_ahead) ++reached_["given beyond its slots"];
  job.progress = 0;
  if (job.time_limit > Duration()) job.overdue_at = now_ + job.time_limit;
  job.expected = expected(job.queue);
  job.grant = ++grants_;
  const bool loads = job.state.valid() && worker.held.insert(job.state).second;
  require(assign.loads == loads, text + ": it says otherwise about the load");
  require(worker.held.size() <= worker.max_states, text + ": that is one state too many");
  if (loads) ++switches_;
  job.place = JobState::Running;
  job.worker = assign.worker;
  job.lease = assign.lease;
  job.renewed = now_;
  ++job.attempts;
  ++tally(job).attempts.dispatched;
  if (job.attempts > 1) ++reached_["another attempt"];
  if (job.attempts > 1 && job.hop > 0) ++reached_["another attempt of a later stage"];
}

void Model::compare_with(const Scheduler& scheduler) {
  compare_jobs(scheduler);
  compare_offences(scheduler);
  compare_ledgers(scheduler.book());
  compare_workers(scheduler);
  require(scheduler.open_sessions() == sessions_.size(), "the number of sessions differs");
  for (const auto& [id, session] : sessions_) {
    require(scheduler.is_open(id) != session.closing, "a session is open that is closed");
    require(scheduler.watermark(id) == session.watermark, "a watermark differs");
  }
  require(scheduler.stopping() == stopping_, "it forgot that it stops");
  require(scheduler.switches() == switches_, "the count of switches differs");
  require(scheduler.evictions() == evictions_, "the count of evictions differs");
  require(scheduler.stale_reports() == stale_reports_, "the count of stale reports differs");
  require(scheduler.unfounded_receipts() == unfounded_receipts_, "unfounded receipts differ");
  std::size_t stored = 0;
  each_job([&](SessionId, std::uint64_t, const Job& job) {
    stored += job.place == JobState::Stored ? 1 : 0;
  });
  require(scheduler.stored() == stored, "the number of stored answers differs");
  require(scheduler.returns() == returns_, "the ways in which results returned differ");
  check_timers(scheduler);
  // The others let workers wait, each for reasons of its own.
  const bool waits = strategy_ == "hesitant" || strategy_ == "groups-by-state-exclusive" ||
                     strategy_.starts_with("amortised") || strategy_ == "fewest-busy-user";
  if (!waits && !stopping_) check_nobody_idles();
}

template <class Includes>
Model::Tally Model::ledger(Includes&& includes) const {
  Tally sum;
  for (const auto& [group, part] : tallies_) {
    if (!includes(group.queue, group.tenant)) continue;
    sum.jobs.accepted += part.jobs.accepted;
    sum.jobs.forwarded_in += part.jobs.forwarded_in;
    sum.jobs.forwarded_out += part.jobs.forwarded_out;
    sum.jobs.finished += part.jobs.finished;
    sum.jobs.failed += part.jobs.failed;
    sum.jobs.cancelled += part.jobs.cancelled;
    sum.jobs.expired += part.jobs.expired;
    sum.attempts.dispatched += part.attempts.dispatched;
    sum.attempts.completed += part.attempts.completed;
    sum.attempts.failed += part.attempts.failed;
    sum.attempts.lost += part.attempts.lost;
    sum.attempts.stopped += part.attempts.stopped;
    sum.attempts.handed_back += part.attempts.handed_back;
  }
  each_job([&](SessionId, std::uint64_t, const Job& job) {
    if (!includes(job.queue, job.tenant)) return;
    sum.jobs.delayed += job.place == JobState::Delayed ? 1 : 0;
    sum.jobs.quarantined += job.place == JobState::Quarantined ? 1 : 0;
    sum.jobs.queued += job.place == JobState::Queued ? 1 : 0;
    sum.jobs.running += job.place == JobState::Running ? 1 : 0;
    sum.jobs.returning += job.place == JobState::Returning ? 1 : 0;
    sum.attempts.running += job.place == JobState::Running ? 1 : 0;
  });
  return sum;
}

/// Every job is where it should be, and there are no others.
void Model::compare_jobs(const Scheduler& scheduler) {
  std::uint32_t jobs = 0;
  each_job([&](SessionId id, std::uint64_t sequence, const Job& job) {
    ++jobs;
    const std::string text = "job " + std::to_string(id.value) + "#" + std::to_string(sequence);
    const std::uint32_t slot = scheduler.find(id, sequence);
    require(slot != kNoJob, text + " is missing");
    const core::Job& its = scheduler.jobs()[slot];
    require(its.state == job.place, text + " is elsewhere");
    require(its.attempt == job.attempts && its.deaths == job.deaths, text + ": attempts differ");
    require(its.hop == job.hop, text + " is at another stage");
    require(its.journal == job.journal && its.key == job.key, text + " is another");
    const std::uint8_t stopping =
        job.stopping ? static_cast<std::uint8_t>(1 + static_cast<int>(*job.stopping)) : 0;
    require(its.stopping == stopping, text + ": stops for another reason");
    compare_time(job_at({id, sequence}), scheduler.delayed_until(slot));
  });
  require(jobs == scheduler.jobs().live(), "the number of jobs differs");
  require(scheduler.appended() == appended_ && scheduler.persisted() == persisted_,
          "the places in the log differ");
  require(scheduler.log_failing() == log_failing_, "it forgot that the log fails");
  const Troubles& its = scheduler.troubles();
  require(its.hung == troubles_.hung && its.ignored_stops == troubles_.ignored_stops &&
              its.deaths == troubles_.deaths && its.expelled == troubles_.expelled &&
              its.dropped_from_quarantine == troubles_.dropped_from_quarantine,
          "the counts of troubles differ");
}

/// What was left to chance is within its bounds, and does not change.
void Model::compare_time(Job& job, std::optional<TimePoint> delayed_until) {
  require(delayed_until.has_value() == (job.place == JobState::Delayed), "a job has a wrong timer");
  if (!delayed_until) return;
  require(job.due_from <= *delayed_until && *delayed_until <= job.due_by,
          "a job waits for too long or too short a time");
  job.due_from = job.due_by = *delayed_until;
}

void Model::compare_ledgers(const Book& book) const {
  const auto same = [](const Tally& mine, const Counters& its, const std::string& whose) {
    require(mine.jobs.balanced() && its.jobs.balanced(), "jobs got lost " + whose);
    require(mine.attempts.balanced() && its.attempts.balanced(), "attempts got lost " + whose);
    require(mine.jobs == its.jobs, "the job ledger differs " + whose);
    require(mine.attempts == its.attempts, "the attempt ledger differs " + whose);
  };
  same(ledger([](QueueId, TenantId) { return true; }), book.total(), "in total");
  for (std::uint32_t i = 0; i < book.by_queue().size(); ++i) {
    same(ledger([i](QueueId queue, TenantId) { return queue.value == i; }), book.by_queue()[i],
         "for queue " + std::to_string(i));
  }
  for (std::uint32_t i = 0; i < book.by_tenant().size(); ++i) {
    same(ledger([i](QueueId, TenantId tenant) { return tenant.value == i; }), book.by_tenant()[i],
         "for user " + std::to_string(i));
  }
}

void Model::compare_workers(const Scheduler& scheduler) const {
  require(scheduler.workers().joined_count() == workers_.size(), "the number of workers differs");
  for (const auto& [id, worker] : workers_) {
    require(scheduler.workers().joined(id), "a worker is missing");
    const strategy::Worker& info = scheduler.workers().info(id);
    require(info.assigned == assigned(id), "a worker's jobs are miscounted");
    require(unstarted(id) <= options_.max_unstarted_work, "too much waits at a worker");
    std::set<StateId> held;
    for (const strategy::Held& one : info.held) held.insert(one.state);
    require(held == worker.held, "a worker holds other states");
    require(info.accepting != worker.draining, "a worker's draining is forgotten");
  }
}

/// Nobody's silence goes unnoticed because no timer is set.
void Model::check_timers(const Scheduler& scheduler) const {
  const TimePoint deadline = scheduler.next_deadline().value_or(
      TimePoint(Duration(std::numeric_limits<Duration::rep>::max())));
  for (const auto& [id, worker] : workers_) {
    require(deadline <= worker.last_heard + options_.worker_lost_after, "a worker has no timer");
  }
  require(deadline <= next_sweep_, "nobody looks for old jobs");
  require(deadline <= next_unserved_look_, "nobody looks for jobs that nobody serves");
  each_job([&](SessionId, std::uint64_t, const Job& job) {
    require(job.place != JobState::Stored || deadline <= job.expires,
            "a stored answer has no timer");
    require(!job.waits() || deadline <= job.start_by, "a job that may come too late has no timer");
    require(job.place != JobState::Delayed || deadline <= job.due_by, "a delayed job has no timer");
    require(!job.overdue_at || deadline <= *job.overdue_at, "an attempt has no timer");
    if (!job.kept) return;
    require(deadline <= job.renewed + options_.return_timeout, "a kept result has no timer");
  });
  for (const auto& [state, blocked] : blocked_) {
    require(blocked.is_over || deadline <= blocked.until, "a blocked state has no timer");
  }
  for (const auto& [id, session] : sessions_) {
    if (!session.receipts || session.closing) continue;
    require(deadline <= session.last_heard + options_.session_gone_after, "a session has no timer");
  }
}

/// A worker with a free slot has nothing that it could begin, or waits for running jobs to let go
/// of their state, so that it can begin what the strategy wants.
void Model::check_nobody_idles() const {
  for (const auto& [id, worker] : workers_) {
    if (!has_free_slot(id)) continue;
    std::vector<const Job*> jobs = waiting_for(id);
    std::erase_if(jobs, [&, who = id](const Job* job) {
      const auto found = blocked_.find(job->state);
      return found != blocked_.end() && !found->second.is_over &&
             !workers_.at(who).held.contains(job->state);
    });
    if (jobs.empty()) continue;
    // Nonsense may have wanted something else that was not to be had at the time.
    const auto needs_state = [](const Job* job) { return job->state.valid(); };
    const bool waits = strategy_ == "nonsense" ? std::ranges::any_of(jobs, needs_state)
                                               : !can_have(id, preferred(id)->state);
    require(waits, "a job waits although worker " + std::to_string(id.value) + " could have it");
  }
}

/// The runtime keeps exactly the bytes of jobs that are not settled.
void Model::check_payloads() const {
  std::size_t needed = 0;
  each_job([&](SessionId, std::uint64_t, const Job& job) {
    for (const PayloadRef ref : {job.payload, job.result}) {
      if (!ref.valid()) continue;
      ++needed;
      require(kept_.contains(ref.value), "bytes of an unsettled job were forgotten");
    }
  });
  require(needed == kept_.size(), "bytes are kept that nobody needs");
}

}  // namespace steelyard::core
