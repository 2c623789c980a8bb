#include "steelyard/monitor/explain.hpp"
#include "steelyard/monitor/explain/decisions.hpp"
#include "steelyard/monitor/explain/waiting.hpp"
#include "steelyard/monitor/json_text.hpp"
#include "steelyard/monitor/sections.hpp"

/// Where a job is in its life, and why.
namespace steelyard::monitor {
namespace {

namespace json = boost::json;

/// Of one job; it has few attempts, but may be handed back any number of times.
constexpr std::size_t kMaxDecisionsOfJob = 10;

json::array decisions_about(const JobQuestion& question, const Sources& sources,
                            TimePoint arrival) {
  json::array rows;
  sources.scheduler.decision_log().each_latest_first([&](const core::Decision& decision) {
    if (decision.at < arrival || rows.size() >= kMaxDecisionsOfJob) return false;
    if (decision.session == question.session && decision.sequence == question.sequence) {
      rows.push_back(decision_row(sources, decision));
    }
    return true;
  });
  return rows;
}

/// What can be said of a job that is not settled: later its lane may be another's.
void add_lane(json::object& told, const Sources& sources, const core::Job& job) {
  const strategy::Lane& lane = sources.scheduler.lanes().info(job.lane);
  told["queue"] = text(sources.queues.name(lane.queue));
  told["state"] = name_or_null(sources.states, lane.state);
  told["user"] = name_or_null(sources.users, lane.tenant);
  told["priority"] = lane.priority;
  if (job.worker.valid()) told["worker"] = worker_at(sources, job.worker, sources.now);
  if (job.start_by != strategy::kNever) {
    told["start_by_in_s"] = seconds(job.start_by - sources.now);
  }
}

void add_job(json::object& told, const Sources& sources, const core::Job& job) {
  told["age_s"] = seconds(sources.now - job.arrival);
  told["attempt"] = job.attempt;
  if (job.state != core::JobState::Stored) add_lane(told, sources, job);
  if (job.state == core::JobState::Queued) {
    told["waiting"] = why_it_waits(sources, job);
  } else if (job.attempt > 0) {
    told["waited_s"] = seconds(std::chrono::microseconds(job.waited_us));
  }
  const bool has_run = job.attempt > 0 && (job.state == core::JobState::Returning ||
                                           job.state == core::JobState::Stored);
  if (has_run) told["ran_s"] = seconds(std::chrono::microseconds(job.run_time_us));
  if (has_run && job.error != 0) {
    told["error"] = to_string(static_cast<ErrorCode>(job.error - 1));
  }
}

}  // namespace

Result<std::string> explain_job(const JobQuestion& question, const Sources& sources) {
  const core::Scheduler& scheduler = sources.scheduler;
  const SessionId session = question.session;
  if (!question.by.valid() || !session.valid() ||
      !scheduler.may_know(question.by, session, question.sequence)) {
    return failure(ErrorCode::InvalidArgument,
                   "there is no such job: it was never handed in here, or its client has left and "
                   "nothing is kept of it (`steelyard ls jobs` lists those that are under way)");
  }
  json::object told{{"job", job_id(sources, session, question.sequence)},
                    {"status", to_string(core::Standing::Gone)},
                    {"queue", nullptr},
                    {"state", nullptr},
                    {"user", nullptr},
                    {"priority", nullptr},
                    {"worker", nullptr},
                    {"attempt", nullptr},
                    {"age_s", nullptr},
                    {"start_by_in_s", nullptr},
                    {"waited_s", nullptr},
                    {"ran_s", nullptr},
                    {"error", nullptr},
                    {"waiting", nullptr}};
  TimePoint since = scheduler.opened_at(session);
  const std::uint32_t slot = scheduler.find(session, question.sequence);
  if (slot != core::kNoJob) {
    const core::Job& job = scheduler.jobs()[slot];
    since = job.arrival;
    told["status"] = to_string(standing_of(job));
    add_job(told, sources, job);
  }
  told["decisions"] = decisions_about(question, sources, since);
  return json_text(told);
}

}  // namespace steelyard::monitor
