#include "steelyard/monitor/snapshot/tables.hpp"

#include <algorithm>
#include <array>

#include "steelyard/monitor/sections.hpp"

namespace steelyard::monitor {
namespace {

constexpr std::size_t kMaxWorkers = 10'000;
constexpr std::size_t kMaxQueues = 10'000;
constexpr std::size_t kMaxUsers = 1'000;
constexpr std::size_t kMaxStates = 1'000;

constexpr auto kQueueColumns =
    std::to_array<std::string_view>({"queue",           "workers",         "slots",
                                     "accepted",        "forwarded_in",    "forwarded_out",
                                     "delayed",         "queued",          "running",
                                     "returning",       "finished",        "failed",
                                     "cancelled",       "expired",         "quarantined",
                                     "dispatched",      "attempts_failed", "lost",
                                     "stopped",         "handed_back",     "longest_wait_s",
                                     "outside_windows", "waits",           "wait_sum_s",
                                     "wait_min_s",      "wait_max_s",      "runs",
                                     "run_sum_s",       "run_min_s",       "run_max_s",
                                     "wait_buckets",    "run_buckets"});
constexpr auto kUserColumns = std::to_array<std::string_view>(
    {"user", "weight", "accepted", "delayed", "queued", "running", "finished", "failed",
     "cancelled", "worker_s", "waits", "wait_sum_s", "wait_max_s"});
constexpr auto kStateColumns = std::to_array<std::string_view>(
    {"state", "holders", "loading", "waiting", "load_mean_s", "failures", "pinned"});

void write_time(JsonWriter& json, Duration time, std::uint64_t count) {
  count == 0 ? json.null() : json.seconds(time);
}

std::uint32_t queue_count(const Sources& sources) {
  return sources.queues.size();
}

/// A name that was only ever refused is not worth a row.
std::optional<std::uint64_t> pressing_queue(const RowContext& context, std::uint32_t id) {
  const core::JobLedger& jobs = counters_at(context.sources.scheduler.book().by_queue(), id).jobs;
  const bool is_served = counters_at(context.survey.queues(), id).workers > 0;
  if (jobs.accepted + jobs.forwarded_in == 0 && !is_served) return std::nullopt;
  return jobs.unfinished();
}

void write_jobs(const core::Counters& counters, JsonWriter& json) {
  const core::JobLedger& jobs = counters.jobs;
  const core::AttemptLedger& attempts = counters.attempts;
  for (const std::uint64_t number :
       {jobs.accepted, jobs.forwarded_in, jobs.forwarded_out, jobs.delayed, jobs.queued,
        jobs.running, jobs.returning, jobs.finished, jobs.failed, jobs.cancelled, jobs.expired,
        jobs.quarantined, attempts.dispatched, attempts.failed, attempts.lost, attempts.stopped,
        attempts.handed_back}) {
    json.number(number);
  }
}

void write_times(const core::Counters& counters, const core::TimeSpread& spread, JsonWriter& json) {
  const std::uint64_t waits = counters.attempts.dispatched;
  json.number(waits).seconds(counters.time.waiting);
  write_time(json, spread.shortest_wait, waits);
  write_time(json, counters.time.longest_wait, waits);
  const std::uint64_t runs = counters.time.measured;
  json.number(runs).seconds(counters.time.running);
  write_time(json, spread.shortest_run, runs);
  write_time(json, spread.longest_run, runs);
  json.numbers(spread.waits.counts()).numbers(spread.runs.counts());
}

bool write_queue(const RowContext& context, std::uint32_t id, JsonWriter& json) {
  const Sources& sources = context.sources;
  const core::Book& book = sources.scheduler.book();
  const QueueNow& now = counters_at(context.survey.queues(), id);
  const core::Counters& counters = counters_at(book.by_queue(), id);
  json.open('[').text(sources.queues.name(QueueId{id}));
  json.number(std::uint64_t{now.workers}).number(std::uint64_t{now.slots});
  write_jobs(counters, json);
  json.seconds(now.oldest ? sources.now - *now.oldest : Duration::zero());
  json.number(now.outside_windows);
  write_times(counters, counters_at(book.spread_by_queue(), id), json);
  json.close(']');
  return true;
}

std::uint32_t worker_count(const Sources& sources) {
  return static_cast<std::uint32_t>(sources.scheduler.workers().infos().size());
}

std::optional<std::uint64_t> pressing_worker(const RowContext& context, std::uint32_t id) {
  const core::WorkerTable& workers = context.sources.scheduler.workers();
  if (!workers.joined(WorkerId{id})) return std::nullopt;
  return workers.info(WorkerId{id}).assigned;
}

std::uint32_t user_count(const Sources& sources) {
  return sources.users.size();
}

std::optional<std::uint64_t> pressing_user(const RowContext& context, std::uint32_t id) {
  const core::JobLedger& jobs = counters_at(context.sources.scheduler.book().by_tenant(), id).jobs;
  if (jobs.accepted == 0) return std::nullopt;
  return jobs.unfinished();
}

bool write_user(const RowContext& context, std::uint32_t id, JsonWriter& json) {
  const Sources& sources = context.sources;
  const core::Counters& counters = counters_at(sources.scheduler.book().by_tenant(), id);
  const strategy::Shares& shares = sources.scheduler.shares();
  const core::JobLedger& jobs = counters.jobs;
  json.open('[').text(sources.users.name(TenantId{id})).number(shares.weight(TenantId{id}));
  for (const std::uint64_t number : {jobs.accepted, jobs.delayed, jobs.queued, jobs.running,
                                     jobs.finished, jobs.failed, jobs.cancelled}) {
    json.number(number);
  }
  json.seconds(shares.worked(TenantId{id})).number(counters.attempts.dispatched);
  json.seconds(counters.time.waiting);
  write_time(json, counters.time.longest_wait, counters.attempts.dispatched);
  json.close(']');
  return true;
}

std::uint32_t state_count(const Sources& sources) {
  return sources.states.size();
}

std::optional<std::uint64_t> pressing_state(const RowContext& context, std::uint32_t id) {
  if (!is_worth_a_row(context.sources.scheduler, StateId{id})) return std::nullopt;
  const strategy::State& state = context.sources.scheduler.view().state(StateId{id});
  return std::uint64_t{state.waiting} + state.holders;
}

bool write_state(const RowContext& context, std::uint32_t id, JsonWriter& json) {
  const core::Scheduler& scheduler = context.sources.scheduler;
  const strategy::State& state = scheduler.view().state(StateId{id});
  const auto loading = context.loading.find(id);
  const std::uint32_t loads = loading == context.loading.end() ? 0 : loading->second;
  const strategy::Estimate* const load = own_load(scheduler, StateId{id});
  const auto pin = scheduler.pins().find(StateId{id});
  json.open('[').text(context.sources.states.name(StateId{id}));
  json.number(std::uint64_t{state.holders}).number(std::uint64_t{loads});
  json.number(std::uint64_t{state.waiting});
  load == nullptr ? json.null() : json.number(load->mean_s);
  json.number(std::uint64_t{state.failures});
  json.number(std::uint64_t{pin == scheduler.pins().end() ? 0 : pin->second.workers}).close(']');
  return true;
}

}  // namespace

std::uint32_t QueueSets::number(PoolId pool, std::span<const QueueId> queues) {
  if (pool.index() >= latest_.size()) latest_.resize(pool.index() + 1);
  std::optional<std::uint32_t>& latest = latest_[pool.index()];
  if (latest && std::ranges::equal(all_[*latest], queues)) return *latest;
  std::vector<QueueId> list(queues.begin(), queues.end());
  const auto [found, is_new] =
      numbers_.emplace(std::move(list), static_cast<std::uint32_t>(all_.size()));
  if (is_new) all_.push_back(found->first);
  latest = found->second;
  return found->second;
}

std::span<const Table> snapshot_tables() {
  static const std::array<Table, 4> kTables{
      {{"workers", worker_columns(), kMaxWorkers, worker_count, pressing_worker, write_worker},
       {"queues", kQueueColumns, kMaxQueues, queue_count, pressing_queue, write_queue},
       {"users", kUserColumns, kMaxUsers, user_count, pressing_user, write_user},
       {"states", kStateColumns, kMaxStates, state_count, pressing_state, write_state}}};
  return kTables;
}

}  // namespace steelyard::monitor
