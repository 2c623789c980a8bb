#include <algorithm>
#include <cstddef>
#include <limits>

#include "steelyard/monitor/candidates.hpp"
#include "steelyard/monitor/sections.hpp"

/// The lists of queues, workers and users.
namespace steelyard::monitor {
namespace {

namespace json = boost::json;

core::Counters counters_at(const std::vector<core::Counters>& counters, std::uint32_t id) {
  return id < counters.size() ? counters[id] : core::Counters{};
}

/// A bound of a priority window; null: none is set.
json::value bound(std::int32_t priority) {
  using Limits = std::numeric_limits<std::int32_t>;
  if (priority == Limits::min() || priority == Limits::max()) return nullptr;
  return priority;
}

json::array windows_of(const QueueNow& queue) {
  json::array windows;
  for (const auto& [lowest, highest] : queue.windows) {
    windows.push_back({{"priority_min", bound(lowest)}, {"priority_max", bound(highest)}});
  }
  return windows;
}

json::object queue_row(const Sources& sources, const Candidate& queue, const QueueNow& now) {
  json::object row{{"queue", text(queue.name)},
                   {"workers", now.workers},
                   {"slots", now.slots},
                   {"longest_wait_s", now.oldest ? seconds(sources.now - *now.oldest) : 0.0},
                   {"outside_windows", now.outside_windows},
                   {"windows", windows_of(now)}};
  add_counters(row, counters_at(sources.scheduler.book().by_queue(), queue.id));
  return row;
}

json::object worker_row(const Sources& sources, const Candidate& candidate) {
  const WorkerId id{candidate.id};
  const core::WorkerTable& workers = sources.scheduler.workers();
  const strategy::Worker& worker = workers.info(id);
  const core::WorkerRecord& record = workers.record(id);
  const auto [lowest, highest] = workers.priority_window(id);
  json::array queues;
  for (const QueueId queue : workers.queues(id)) queues.push_back(text(sources.queues.name(queue)));
  json::array states;
  for (const strategy::Held& held : worker.held) {
    states.push_back(text(sources.states.name(held.state)));
  }
  json::array tags;
  for (const TagId tag : workers.tags(id)) tags.push_back(text(sources.tags.name(tag)));
  return {{"worker", text(candidate.name)},
          {"queues", std::move(queues)},
          {"tags", std::move(tags)},
          {"slots", worker.slots},
          {"running", std::min(worker.assigned, worker.slots)},
          {"ahead", worker.assigned - std::min(worker.assigned, worker.slots)},
          {"draining", !worker.accepting},
          {"states", std::move(states)},
          {"max_states", worker.max_states},
          {"state_memory_bytes", worker.state_memory_bytes == 0
                                     ? json::value(nullptr)
                                     : json::value(worker.state_memory_bytes)},
          {"loading_ahead", record.preloads.size()},
          {"machine_load", worker.machine_load / 10.0},
          {"weight", worker.weight},
          {"priority_min", bound(lowest)},
          {"priority_max", bound(highest)},
          {"heard_ago_s", seconds(sources.now - record.last_heard)},
          {"finished", record.finished},
          {"failed", record.failed},
          {"switches", record.switches},
          {"evictions", record.evictions}};
}

json::object user_row(const Sources& sources, const Candidate& user) {
  json::object row{{"user", text(user.name)}};
  add_counters(row, counters_at(sources.scheduler.book().by_tenant(), user.id));
  return row;
}

}  // namespace

std::size_t select(std::vector<Candidate>& candidates) {
  const std::size_t kept = std::min(candidates.size(), kMaxReportRows);
  const std::size_t omitted = candidates.size() - kept;
  if (omitted > 0) {
    std::ranges::nth_element(candidates, candidates.begin() + static_cast<std::ptrdiff_t>(kept),
                             [](const Candidate& a, const Candidate& b) {
                               return a.pressing != b.pressing ? a.pressing > b.pressing
                                                               : a.id < b.id;
                             });
    candidates.resize(kept);
  }
  std::ranges::sort(candidates, [](const Candidate& a, const Candidate& b) {
    return a.name != b.name ? a.name < b.name : a.id < b.id;
  });
  return omitted;
}

std::vector<QueueNow> queues_now(const Sources& sources) {
  std::vector<QueueNow> queues(sources.queues.size());
  const core::WorkerTable& workers = sources.scheduler.workers();
  for (std::uint32_t i = 0; i < workers.infos().size(); ++i) {
    if (!workers.joined(WorkerId{i})) continue;
    for (const QueueId id : workers.queues(WorkerId{i})) {
      QueueNow& queue = queues[id.index()];
      ++queue.workers;
      queue.slots += workers.info(WorkerId{i}).slots;
      queue.windows.insert(workers.priority_window(WorkerId{i}));
    }
  }
  const core::LaneTable& lanes = sources.scheduler.lanes();
  for (const LaneId id : lanes.waiting()) {
    const strategy::Lane& lane = lanes.info(id);
    QueueNow& queue = queues[lane.queue.index()];
    queue.waiting += lane.waiting;
    if (lane.pools == 0 && queue.workers > 0) queue.outside_windows += lane.waiting;
    if (!queue.oldest || lane.head_arrival < *queue.oldest) queue.oldest = lane.head_arrival;
  }
  return queues;
}

json::object queues_section(const Sources& sources) {
  const std::vector<QueueNow> now = queues_now(sources);
  std::vector<Candidate> candidates;
  for (std::uint32_t i = 0; i < sources.queues.size(); ++i) {
    const core::JobLedger jobs = counters_at(sources.scheduler.book().by_queue(), i).jobs;
    // A name that was only ever refused is not worth a row.
    if (jobs.accepted + jobs.forwarded_in == 0 && now[i].workers == 0) continue;
    candidates.push_back({i, jobs.unfinished(), sources.queues.name(QueueId{i})});
  }
  return rows_of(std::move(candidates),
                 [&](const Candidate& queue) { return queue_row(sources, queue, now[queue.id]); });
}

json::object workers_section(const Sources& sources) {
  const core::WorkerTable& workers = sources.scheduler.workers();
  std::vector<Candidate> candidates;
  for (std::uint32_t i = 0; i < workers.infos().size(); ++i) {
    if (!workers.joined(WorkerId{i})) continue;
    const std::string_view name =
        i < sources.worker_names.size() ? sources.worker_names[i] : std::string_view();
    candidates.push_back({i, workers.info(WorkerId{i}).assigned, name});
  }
  return rows_of(std::move(candidates),
                 [&](const Candidate& worker) { return worker_row(sources, worker); });
}

json::object users_section(const Sources& sources) {
  std::vector<Candidate> candidates;
  for (std::uint32_t i = 0; i < sources.users.size(); ++i) {
    const core::JobLedger jobs = counters_at(sources.scheduler.book().by_tenant(), i).jobs;
    if (jobs.accepted == 0) continue;
    candidates.push_back({i, jobs.unfinished(), sources.users.name(TenantId{i})});
  }
  return rows_of(std::move(candidates),
                 [&](const Candidate& user) { return user_row(sources, user); });
}

}  // namespace steelyard::monitor
