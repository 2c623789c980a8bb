#include <algorithm>
#include <cstddef>
#include <limits>
#include <set>

#include "steelyard/monitor/candidates.hpp"
#include "steelyard/monitor/sections.hpp"

/// The lists of queues, workers and users.
namespace steelyard::monitor {
namespace {

namespace json = boost::json;

/// A bound of a priority window; null: none is set.
json::value bound(std::int32_t priority) {
  using Limits = std::numeric_limits<std::int32_t>;
  if (priority == Limits::min() || priority == Limits::max()) return nullptr;
  return priority;
}

/// The windows of all workers that serve the queue.
json::array windows_of(const std::vector<core::WorkerTable::PoolInfo>& pools, QueueId queue) {
  std::set<std::pair<std::int32_t, std::int32_t>> all;
  for (const core::WorkerTable::PoolInfo& pool : pools) {
    if (pool.workers > 0 && std::ranges::binary_search(pool.queues, queue)) {
      all.insert(pool.priority_window);
    }
  }
  json::array windows;
  for (const auto& [lowest, highest] : all) {
    windows.push_back({{"priority_min", bound(lowest)}, {"priority_max", bound(highest)}});
  }
  return windows;
}

json::object queue_row(const Sources& sources, const Candidate& queue, const QueueNow& now,
                       const std::vector<core::WorkerTable::PoolInfo>& pools) {
  json::object row{{"queue", text(queue.name)},
                   {"workers", now.workers},
                   {"slots", now.slots},
                   {"longest_wait_s", now.oldest ? seconds(sources.now - *now.oldest) : 0.0},
                   {"outside_windows", now.outside_windows},
                   {"windows", windows_of(pools, QueueId{queue.id})}};
  const core::Book& book = sources.scheduler.book();
  add_counters(row, counters_at(book.by_queue(), queue.id),
               counters_at(book.spread_by_queue(), queue.id));
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
          {"evictions", record.evictions},
          {"loading_s", std::chrono::duration<double>(record.loading).count()},
          {"working_s", std::chrono::duration<double>(record.working).count()}};
}

json::object user_row(const Sources& sources, const Candidate& user) {
  const core::Counters& counters = counters_at(sources.scheduler.book().by_tenant(), user.id);
  const strategy::Shares& shares = sources.scheduler.shares();
  json::object row{{"user", text(user.name)},
                   {"weight", shares.weight(TenantId{user.id})},
                   {"worker_s", seconds(shares.worked(TenantId{user.id}))},
                   {"wait_max_s", counters.attempts.dispatched == 0
                                      ? json::value(nullptr)
                                      : json::value(seconds(counters.time.longest_wait))}};
  add_counters(row, counters);
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

json::object queues_section(const Sources& sources) {
  const Survey survey = Survey::of(sources);
  const std::vector<QueueNow>& now = survey.queues();
  const auto pools = sources.scheduler.workers().pools();
  std::vector<Candidate> candidates;
  for (std::uint32_t i = 0; i < sources.queues.size(); ++i) {
    const core::JobLedger jobs = counters_at(sources.scheduler.book().by_queue(), i).jobs;
    // A name that was only ever refused is not worth a row.
    if (jobs.accepted + jobs.forwarded_in == 0 && now[i].workers == 0) continue;
    candidates.push_back({i, jobs.unfinished(), sources.queues.name(QueueId{i})});
  }
  return rows_of(std::move(candidates), [&](const Candidate& queue) {
    return queue_row(sources, queue, now[queue.id], pools);
  });
}

json::object workers_section(const Sources& sources) {
  const core::WorkerTable& workers = sources.scheduler.workers();
  std::vector<Candidate> candidates;
  for (std::uint32_t i = 0; i < workers.infos().size(); ++i) {
    if (!workers.joined(WorkerId{i})) continue;
    candidates.push_back({i, workers.info(WorkerId{i}).assigned, name_of(sources, WorkerId{i})});
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
