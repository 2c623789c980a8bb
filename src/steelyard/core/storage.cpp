#include "steelyard/base/assert.hpp"
#include "steelyard/core/scheduler.hpp"

/// Answers that are kept for those who ask, and how a job stands.
namespace steelyard::core {

/// The job is settled; its answer stays.
void Scheduler::store(std::uint32_t slot) {
  Job& job = jobs_[slot];
  job.state = JobState::Stored;
  ++session(job.session).stored;
  ++stored_;
  if (job.journal) {
    append(Append::What::Answered, slot);
    job.unpersisted = true;
    unwritten_answers_.push_back({{slot, job.stamp}, appended_});
  }
  const bool was_cancelled = job.outcome == Outcome::Cancelled;
  store_timers_.set(slot,
                    now_ + (was_cancelled ? options_.cancelled_job_ttl : options_.result_ttl));
}

/// Nothing is kept of the job any more.
void Scheduler::release(std::uint32_t slot) {
  Job& job = jobs_[slot];
  forget(job.session, job.result);
  if (job.key.valid()) {
    keys_.free(job.key);
    emit(ForgetKey{job.key});
  }
  if (job.was_lost) emit(ForgetDeaths{job.session, job.sequence});
  append_if_journalled(Append::What::Forgotten, slot);
  Session& requester = session(job.session);
  requester.restored -= job.restored ? 1 : 0;
  requester.jobs.erase(job.sequence);
  --requester.unfinished;
  jobs_.release(slot);
}

void Scheduler::expire_stored() {
  while (!store_timers_.empty() && store_timers_.top_key() <= now_) {
    const std::uint32_t slot = store_timers_.top();
    store_timers_.erase(slot);
    const SessionId id = jobs_[slot].session;
    STEELYARD_ASSERT(jobs_[slot].state == JobState::Stored);
    if (jobs_[slot].given && !session(id).closing) {
      // Its session may have to be given it once more.
      store_timers_.set(slot, now_ + options_.asked_result_ttl);
      continue;
    }
    --session(id).stored;
    --stored_;
    release(slot);
    forget_if_over(id);
  }
}

void Scheduler::on(const JobAsked& event) {
  AnswerJob answer;
  answer.session = event.by;
  answer.request = event.request;
  if (may_ask(event.by, event.session, event.sequence)) {
    const std::uint32_t slot = session(event.session).jobs.find(event.sequence);
    answer.standing = slot == kNoJob ? Standing::Gone : standing_of(jobs_[slot]);
    if (slot != kNoJob) describe(slot, answer);
  }
  emit(answer);
}

/// What there is to say about a job, whose stored answer is asked for.
void Scheduler::describe(std::uint32_t slot, AnswerJob& answer) {
  const Job& job = jobs_[slot];
  answer.waited = std::chrono::microseconds(job.waited_us);
  answer.run_time = std::chrono::microseconds(job.run_time_us);
  if (job.state == JobState::Running) answer.progress = job.progress;
  if (job.state == JobState::Quarantined) answer.error = ErrorCode::Quarantined;
  if (job.state != JobState::Stored || job.unpersisted) return;
  store_timers_.set(slot, now_ + options_.asked_result_ttl);
  answer.result = job.result;
  if (job.error != 0) answer.error = static_cast<ErrorCode>(job.error - 1);
}

}  // namespace steelyard::core
