#include <algorithm>

#include "steelyard/core/job_list.hpp"
#include "steelyard/monitor/sections.hpp"

/// The list of jobs.
namespace steelyard::monitor {
namespace {

namespace json = boost::json;

constexpr double kSlowTimes = 3;
/// Below that nobody minds.
constexpr double kLeastSlow_s = 1;

json::object row_of(const Sources& sources, const core::Job& job, std::string_view status) {
  const strategy::Lane& lane = sources.scheduler.lanes().info(job.lane);
  json::object row{{"job", job_id(sources, job.session, job.sequence)},
                   {"queue", text(sources.queues.name(lane.queue))},
                   {"status", status},
                   {"worker", nullptr},
                   {"state", name_or_null(sources.states, lane.state)},
                   {"user", name_or_null(sources.users, lane.tenant)},
                   {"priority", lane.priority},
                   {"hop", job.hop},
                   {"attempt", job.attempt},
                   {"deaths", job.deaths},
                   {"age_s", seconds(sources.now - job.arrival)}};
  if (job.state == core::JobState::Running) {
    row["progress"] = job.progress;
    row["slow"] = is_slow(sources, job);
    row["stopping"] = job.stopping != 0;
  }
  const std::size_t worker = job.worker.index();
  if (job.worker.valid() && worker < sources.worker_names.size()) {
    row["worker"] = text(sources.worker_names[worker]);
  }
  return row;
}

/// Adds rows for a list of jobs until there are enough.
void add(json::array& rows, const Sources& sources, std::uint32_t first, std::string_view status) {
  const core::JobTable& jobs = sources.scheduler.jobs();
  for (std::uint32_t slot = first; slot != core::kNoJob && rows.size() < kMaxReportRows;
       slot = jobs[slot].next) {
    rows.push_back(row_of(sources, jobs[slot], status));
  }
}

/// Those that stand in no list: they wait for their time, or for somebody to decide.
void add_unlisted(json::array& rows, const Sources& sources) {
  const core::JobLedger& ledger = sources.scheduler.book().total().jobs;
  std::uint64_t left = ledger.delayed + ledger.quarantined;
  if (left == 0) return;
  const core::JobTable& jobs = sources.scheduler.jobs();
  jobs.each([&](std::uint32_t slot) {
    if (left == 0 || rows.size() >= kMaxReportRows) return;
    const core::JobState state = jobs[slot].state;
    if (state != core::JobState::Delayed && state != core::JobState::Quarantined) return;
    --left;
    rows.push_back(row_of(sources, jobs[slot], to_string(core::standing_of(jobs[slot]))));
  });
}

}  // namespace

bool is_slow(const Sources& sources, const core::Job& job) {
  const bool runs = job.state == core::JobState::Running && job.ahead_ns == 0;
  if (!runs || job.waited_us == UINT32_MAX) return false;
  const strategy::Lane& lane = sources.scheduler.lanes().info(job.lane);
  const strategy::Estimates& estimates = sources.scheduler.estimates();
  const auto& run = estimates.run(lane.queue, lane.state, PoolId::none());
  if (run.count == 0) return false;
  double expected_s = run.q90_s;
  if (lane.state.valid()) expected_s += estimates.load(lane.state, PoolId::none()).q90_s;
  return seconds(sources.now - begun_at(job)) > std::max(kSlowTimes * expected_s, kLeastSlow_s);
}

/// What it waited in former stages was before it arrived here.
TimePoint begun_at(const core::Job& job) {
  return job.arrival + std::chrono::microseconds(job.waited_us - job.waited_before_us);
}

std::string_view name_of(const Sources& sources, WorkerId id) {
  const std::size_t place = id.index();
  return place < sources.worker_names.size() ? sources.worker_names[place] : std::string_view();
}

std::string job_id(const Sources& sources, SessionId session, std::uint64_t sequence) {
  const std::size_t place = session.index();
  const std::uint64_t key = place < sources.session_keys.size() ? sources.session_keys[place] : 0;
  return hexadecimal(key) + "-" + std::to_string(sequence);
}

/// Cost: O(rows + workers + lanes), however many jobs wait; O(jobs) while some are delayed or in
/// quarantine.
json::object jobs_section(const Sources& sources) {
  const core::WorkerTable& workers = sources.scheduler.workers();
  json::array rows;
  for (std::uint32_t i = 0; i < workers.infos().size(); ++i) {
    if (!workers.joined(WorkerId{i})) continue;
    add(rows, sources, workers.record(WorkerId{i}).leases.first, "running");
    add(rows, sources, workers.record(WorkerId{i}).kept.first, "returning");
  }
  const core::LaneTable& lanes = sources.scheduler.lanes();
  for (const LaneId lane : lanes.waiting()) add(rows, sources, lanes.head(lane), "queued");
  add_unlisted(rows, sources);
  const core::JobLedger& ledger = sources.scheduler.book().total().jobs;
  const std::uint64_t unfinished = ledger.unfinished() + ledger.quarantined;
  // Those whose answer the broker has given, and whose receipt is on its way, stand in no list.
  const std::uint64_t omitted = rows.size() < kMaxReportRows ? 0 : unfinished - rows.size();
  return {{"rows", std::move(rows)}, {"rows_omitted", omitted}};
}

}  // namespace steelyard::monitor
