#include <array>

#include <boost/json.hpp>

#include "steelyard/base/names.hpp"
#include "steelyard/gateway/metrics/figures.hpp"
#include "steelyard/gateway/metrics/reading.hpp"
#include "steelyard/gateway/metrics/series_sums.hpp"

/// Of the users.
namespace steelyard::gateway {
namespace {

constexpr std::array<std::string_view, 7> kCounters{
    "accepted", "finished", "failed", "cancelled", "worker_s", "waits", "wait_sum_s"};
enum Counter : std::size_t { Accepted, Finished, WorkerSeconds = 4, Waits, WaitSeconds };

std::vector<TopCounters::Row> counters_of(const Table& table) {
  std::vector<TopCounters::Row> rows;
  const auto user = table.column("user");
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const std::string_view name = table.text(row, user);
    if (!is_valid_name(name)) continue;
    auto& counted = rows.emplace_back(TopCounters::Row{std::string(name), 0, {}});
    for (const std::string_view counter : kCounters) {
      counted.counters.push_back(table.number(row, table.column(counter)));
    }
    counted.rank = or_nothing(counted.counters[Accepted]);
  }
  return rows;
}

void add_counters(Families& families, const TopCounters& users) {
  const auto add = [&](std::string_view name, std::string_view help, std::size_t counter) {
    auto family = families.counter(name, help);
    users.each([&](std::string_view user, const std::vector<double>& counters) {
      family.add(counters[counter], {{"user", user}});
    });
  };
  add("user_jobs_accepted_total", "Jobs of the user that were accepted", Accepted);
  auto ended = families.counter("user_jobs_ended_total", "Jobs of the user that ended, by how");
  users.each([&](std::string_view user, const std::vector<double>& counters) {
    for (std::size_t i = 0; i < 3; ++i) {
      ended.add(counters[Finished + i], {{"user", user}, {"outcome", kCounters[Finished + i]}});
    }
  });
  add("user_worker_seconds_total", "Time of workers that the user's jobs were charged",
      WorkerSeconds);
  add("user_waits_total", "Times that a job of the user waited and was given out", Waits);
  add("user_wait_seconds_total", "How long they waited, in all", WaitSeconds);
}

void add_gauges(Families& families, const Table& table, const TopCounters& users) {
  const auto user = table.column("user");
  auto jobs = families.gauge("user_jobs", "Jobs of the user, by how they stand");
  for (const std::string_view standing : {"delayed", "queued", "running"}) {
    SeriesSums sums(users);
    sums.add(table, user, table.column(standing));
    sums.each([&](std::string_view name, double value) {
      jobs.add(value, {{"user", name}, {"standing", standing}});
    });
  }
  auto weights = families.gauge("user_weight", "The user's weight; of others the largest");
  SeriesSums largest(users, SeriesSums::How::Largest);
  largest.add(table, user, table.column("weight"));
  largest.each([&](std::string_view name, double value) { weights.add(value, {{"user", name}}); });
}

}  // namespace

void add_user_metrics(Families& families, const SnapshotText* snapshot, MetricMemory& memory) {
  const Table table = table_of(snapshot, "users");
  if (snapshot != nullptr) {
    memory.users.update(text_in(object_of(snapshot, "stats"), "incarnation"), counters_of(table));
  }
  const TopCounters none(0);
  const TopCounters& users = snapshot != nullptr ? memory.users : none;
  add_counters(families, users);
  add_gauges(families, table, users);
  auto omitted = families.gauge("users_omitted", "Users that the broker told nothing of");
  if (snapshot != nullptr) omitted.add(static_cast<double>(table.rows_omitted()));
}

}  // namespace steelyard::gateway
