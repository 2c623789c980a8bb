#include <algorithm>
#include <array>
#include <limits>

#include "steelyard/monitor/sections.hpp"
#include "steelyard/monitor/snapshot/tables.hpp"

/// What a worker does now.
namespace steelyard::monitor {
namespace {

constexpr auto kColumns = std::to_array<std::string_view>(
    {"worker",      "queue_set",    "address", "slots",        "running",
     "ahead",       "draining",     "doing",   "states",       "loads",
     "job",         "task",         "user",    "progress",     "loading_s",
     "working_s",   "machine_load", "weight",  "priority_min", "priority_max",
     "heard_ago_s", "finished",     "failed",  "switches",     "evictions"});

/// Machines tell their load in tenths.
constexpr std::uint64_t kPercentPerTenth = 10;

void write_bound(JsonWriter& json, std::int32_t priority) {
  using Limits = std::numeric_limits<std::int32_t>;
  if (priority == Limits::min() || priority == Limits::max()) {
    json.null();
  } else {
    json.number(std::int64_t{priority});
  }
}

/// The state that a running job's worker is taken to load for it: nobody says when that is done, so
/// it is for as long as nine of ten loads of the state take, unless the job tells progress.
StateId loaded_for(const Sources& sources, const core::Job& job) {
  if (!job.loads || job.progress > 0) return StateId::none();
  const StateId state = sources.scheduler.lanes().info(job.lane).state;
  const double load_s = sources.scheduler.estimates().load(state, PoolId::none()).q90_s;
  return seconds(sources.now - begun_at(job)) < load_s ? state : StateId::none();
}

struct Doing {
  const core::Job* job = nullptr;  ///< the oldest that runs
  StateId loads;
};

Doing doing(const RowContext& context, const core::WorkerRecord& record) {
  Doing now;
  const core::JobTable& jobs = context.sources.scheduler.jobs();
  if (record.leases.first != core::kNoJob) {
    now.job = &jobs[record.leases.first];
    now.loads = loaded_for(context.sources, *now.job);
  }
  if (!now.loads.valid() && !record.preloads.empty()) now.loads = record.preloads.front();
  if (now.loads.valid()) ++context.loading[now.loads.value];
  return now;
}

void write_doing(const RowContext& context, const strategy::Worker& worker, const Doing& now,
                 JsonWriter& json) {
  const Sources& sources = context.sources;
  const std::string_view idle_or_working = now.job != nullptr ? "working" : "idle";
  json.text(now.loads.valid() ? "loading" : idle_or_working);
  json.open('[');
  for (const strategy::Held& held : worker.held) json.text(sources.states.name(held.state));
  json.close(']');
  const auto name_or_null = [&json](bool is_there, std::string_view name) {
    is_there ? json.text(name) : json.null();
  };
  name_or_null(now.loads.valid(), sources.states.name(now.loads));
  if (now.job == nullptr) {
    json.null().null().null().null();
    return;
  }
  const strategy::Lane& lane = sources.scheduler.lanes().info(now.job->lane);
  const std::size_t session = now.job->session.index();
  const bool is_known = session < sources.session_keys.size();
  json.job_id(is_known ? sources.session_keys[session] : 0, now.job->sequence);
  json.text(sources.queues.name(lane.queue));
  name_or_null(lane.tenant.valid(), sources.users.name(lane.tenant));
  json.number(std::uint64_t{now.job->progress});
}

}  // namespace

std::span<const std::string_view> worker_columns() {
  return kColumns;
}

bool write_worker(const RowContext& context, std::uint32_t id, JsonWriter& json) {
  const Sources& sources = context.sources;
  const core::WorkerTable& workers = sources.scheduler.workers();
  const WorkerId worker_id{id};
  if (!workers.joined(worker_id)) return false;
  const strategy::Worker& worker = workers.info(worker_id);
  const core::WorkerRecord& record = workers.record(worker_id);
  const std::uint32_t running = std::min(worker.assigned, worker.slots);
  json.open('[').text(name_of(sources, worker_id));
  json.number(std::uint64_t{context.queue_sets.number(worker.pool, workers.queues(worker_id))});
  const bool has_address = id < sources.worker_addresses.size();
  json.text(has_address ? std::string_view(sources.worker_addresses[id]) : std::string_view());
  json.number(std::uint64_t{worker.slots}).number(std::uint64_t{running});
  json.number(std::uint64_t{worker.assigned - running});
  json.number(std::uint64_t{worker.accepting ? 0U : 1U});
  write_doing(context, worker, doing(context, record), json);
  json.seconds(record.loading).seconds(record.working);
  json.number(worker.machine_load * kPercentPerTenth).number(worker.weight);
  const auto [lowest, highest] = workers.priority_window(worker_id);
  write_bound(json, lowest);
  write_bound(json, highest);
  json.seconds(sources.now - record.last_heard).number(record.finished).number(record.failed);
  json.number(record.switches).number(record.evictions).close(']');
  return true;
}

}  // namespace steelyard::monitor
