#include "steelyard/sim/recorded/job_log.hpp"

#include <algorithm>

namespace steelyard::sim {

void JobLog::take(const trace::Step& step) {
  now_ = step.time;
  const core::Event& event = step.event;
  if (const auto* submitted = std::get_if<core::JobsSubmitted>(&event)) {
    submit(*submitted, step.decisions);
  } else if (const auto* spent = std::get_if<core::NumbersSpent>(&event)) {
    Session& session = sessions_[spent->session];
    session.watermark = std::max(session.watermark, spent->through);
  } else if (const auto* cancelled = std::get_if<core::CancelRequested>(&event)) {
    // Should it have been too late, the job's report comes later.
    Job* job = find(cancelled->session, cancelled->sequence);
    if (job != nullptr && !job->run) set_left_out(*job, true);
  } else if (const auto* received = std::get_if<core::ResultsReceived>(&event)) {
    receive(*received);
  } else if (const auto* finished = std::get_if<core::JobFinished>(&event)) {
    report(finished->lease, finished->report);
  } else if (const auto* failed = std::get_if<core::JobFailed>(&event)) {
    report(failed->lease, failed->report);
  } else if (const auto* forwarded = std::get_if<core::JobForwarded>(&event)) {
    report(forwarded->lease, forwarded->report);
  } else if (const auto* loaded = std::get_if<core::StateLoaded>(&event)) {
    if (!loaded->failed && loaded->load_time > Duration()) {
      times_.add_load(loaded->state, loaded->load_time);
    }
  }
  for (const core::Action& decision : step.decisions) {
    if (const auto* assign = std::get_if<core::Assign>(&decision)) {
      const Job* job = find(assign->session, assign->sequence);
      if (job == nullptr) continue;
      grants_[assign->lease.slot] = {assign->lease.stamp,
                                     static_cast<std::uint32_t>(job - jobs_.data()), assign->loads};
      loads_ += assign->loads ? 1 : 0;
    } else if (const auto* forgotten = std::get_if<core::ForgetSession>(&decision)) {
      forget(forgotten->session);
    }
  }
}

/// What was seen before comes again after a connection was cut; what was refused never was a job.
void JobLog::submit(const core::JobsSubmitted& event, const core::Actions& decisions) {
  const bool is_sound = event.count > 0 && event.queue.valid();
  if (!is_sound || event.first_sequence > UINT64_MAX - event.count) return;
  Session& session = sessions_[event.session];
  const std::uint64_t end = event.first_sequence + event.count;
  std::uint64_t first = std::max(event.first_sequence, session.watermark + 1);
  session.watermark = std::max(session.watermark, end - 1);
  for (const core::Action& decision : decisions) {
    const auto* refused = std::get_if<core::Reject>(&decision);
    if (refused == nullptr || refused->session != event.session) continue;
    const std::uint64_t until = std::min(end, refused->first_sequence);
    if (until > first) add(event, first, until - first);
    first = std::max(first, refused->first_sequence + refused->count);
  }
  if (end > first) add(event, first, end - first);
}

void JobLog::add(const core::JobsSubmitted& event, std::uint64_t first, std::uint64_t count) {
  if (jobs_.size() + count > kMaxJobs) {
    left_out_ += count;
    return;
  }
  if (jobs_.empty()) begin_ = now_;
  end_ = now_;
  sessions_[event.session].runs.push_back({first, count, static_cast<std::uint32_t>(jobs_.size())});
  Job job;
  job.arrival.time = now_;
  job.arrival.queue = event.queue;
  job.arrival.state = event.state;
  job.arrival.tenant = event.tenant;
  job.arrival.priority = event.priority;
  job.arrival.state_bytes = event.state_bytes;
  job.arrival.start_by = event.start_by;
  job.tags = tag_set(event.tags);
  jobs_.insert(jobs_.end(), count, job);
}

/// The report of an attempt that was superseded says how long the job runs, too.
void JobLog::report(Lease lease, const core::AttemptReport& report) {
  const auto grant = grants_.find(lease.slot);
  if (grant == grants_.end() || grant->second.stamp != lease.stamp || report.load_failed) return;
  Job& job = jobs_[grant->second.job];
  const bool is_told = report.load_time > Duration();
  const bool load_in_run = grant->second.loads && !is_told && job.arrival.state.valid();
  if (is_told && job.arrival.state.valid()) times_.add_load(job.arrival.state, report.load_time);
  times_.add_run(job.arrival.queue, job.arrival.state, report.run_time, load_in_run);
  job.run = true;
  job.ended = now_;
  job.arrival.run_time = report.run_time;
  job.load_in_run = load_in_run;
  set_left_out(job, false);
  end_ = now_;
  grants_.erase(grant);
}

/// A worker may give a result to its requester and be lost before it reports: the job was done, and
/// how long it ran is guessed.
void JobLog::receive(const core::ResultsReceived& event) {
  if (event.attempt == 0) return;
  const std::uint32_t count = std::min(event.count, kMaxJobs);
  for (std::uint32_t i = 0; i < count; ++i) {
    Job* job = find(event.session, event.first_sequence + i);
    if (job != nullptr) job->received = true;
  }
}

void JobLog::set_left_out(Job& job, bool left_out) {
  if (job.left_out == left_out) return;
  job.left_out = left_out;
  left_out ? ++left_out_ : --left_out_;
}

Duration JobLog::run_time(const Job& job) const {
  const Arrival& arrival = job.arrival;
  if (!job.run) return times_.run(arrival.queue, arrival.state);
  if (!job.load_in_run) return arrival.run_time;
  return std::max(arrival.run_time - times_.load(arrival.state), Duration());
}

JobLog::Jobs JobLog::jobs() const {
  Jobs result;
  result.tags = tag_sets_;
  for (const Job& job : jobs_) {
    if (job.left_out) continue;
    Arrival arrival = job.arrival;
    arrival.run_time = run_time(job);
    arrival.tags = result.tags[job.tags];
    if (job.run) {
      result.waits.add(std::max(job.ended - arrival.run_time - arrival.time, Duration()));
    } else {
      ++result.guessed;
    }
    arrival.time -= begin_.time_since_epoch();
    if (arrival.start_by != strategy::kNever) arrival.start_by -= begin_.time_since_epoch();
    result.arrivals.push_back(arrival);
  }
  return result;
}

/// All its jobs are settled: those that were not run never will be.
void JobLog::forget(SessionId id) {
  const auto session = sessions_.find(id);
  if (session == sessions_.end()) return;
  for (const Run& run : session->second.runs) {
    for (std::uint64_t i = 0; i < run.count; ++i) {
      Job& job = jobs_[run.first_job + i];
      if (!job.run && !job.received) set_left_out(job, true);
    }
  }
  sessions_.erase(session);
}

JobLog::Job* JobLog::find(SessionId id, std::uint64_t sequence) {
  const auto session = sessions_.find(id);
  if (session == sessions_.end()) return nullptr;
  std::vector<Run>& runs = session->second.runs;
  auto run = std::ranges::upper_bound(runs, sequence, {}, &Run::first_sequence);
  if (run == runs.begin()) return nullptr;
  --run;
  const std::uint64_t place = sequence - run->first_sequence;
  return place < run->count ? &jobs_[run->first_job + place] : nullptr;
}

std::uint32_t JobLog::tag_set(std::span<const TagId> tags) {
  const auto [found, is_new] = tag_numbers_.try_emplace(
      {tags.begin(), tags.end()}, static_cast<std::uint32_t>(tag_sets_.size()));
  if (is_new) tag_sets_.push_back(found->first);
  return found->second;
}

}  // namespace steelyard::sim
