#include "steelyard/core/job_list.hpp"
#include "steelyard/monitor/sections.hpp"

/// The list of jobs.
namespace steelyard::monitor {
namespace {

namespace json = boost::json;

json::object row_of(const Sources& sources, const core::Job& job, std::string_view status) {
  const strategy::Lane& lane = sources.scheduler.lanes().info(job.lane);
  json::object row{{"job", job_id(sources, job.session, job.sequence)},
                   {"queue", text(sources.queues.name(lane.queue))},
                   {"status", status},
                   {"worker", nullptr},
                   {"state", name_or_null(sources.states, lane.state)},
                   {"user", name_or_null(sources.users, lane.tenant)},
                   {"priority", lane.priority},
                   {"attempt", job.attempt},
                   {"age_s", seconds(sources.now - job.arrival)}};
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

}  // namespace

std::string job_id(const Sources& sources, SessionId session, std::uint64_t sequence) {
  const std::size_t place = session.index();
  const std::uint64_t key = place < sources.session_keys.size() ? sources.session_keys[place] : 0;
  return hexadecimal(key) + "-" + std::to_string(sequence);
}

/// Cost: O(rows + workers + lanes), however many jobs wait.
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
  const std::uint64_t unfinished = sources.scheduler.book().total().jobs.unfinished();
  // Those whose answer the broker has given, and whose receipt is on its way, stand in no list.
  const std::uint64_t omitted = rows.size() < kMaxReportRows ? 0 : unfinished - rows.size();
  return {{"rows", std::move(rows)}, {"rows_omitted", omitted}};
}

}  // namespace steelyard::monitor
