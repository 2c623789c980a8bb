#include <array>
#include <utility>

#include <boost/json.hpp>

#include "steelyard/base/names.hpp"
#include "steelyard/gateway/metrics/figures.hpp"
#include "steelyard/gateway/metrics/reading.hpp"
#include "steelyard/gateway/metrics/series_sums.hpp"

/// Of the queues.
namespace steelyard::gateway {
namespace {

using Row = TopCounters::Row;

constexpr std::array<std::string_view, 12> kCounters{
    "accepted",   "forwarded_in",  "finished",        "failed", "cancelled", "expired",
    "dispatched", "forwarded_out", "attempts_failed", "lost",   "stopped",   "handed_back"};
enum Counter : std::size_t { Accepted, ForwardedIn, Finished, Dispatched = 6, ForwardedOut };
constexpr std::array<std::string_view, 5> kStandings{"delayed", "queued", "running", "returning",
                                                     "quarantined"};

/// How busy a queue is.
double rank_of(const Table& table, std::size_t row) {
  return or_nothing(table.number(row, table.column("accepted"))) +
         or_nothing(table.number(row, table.column("forwarded_in")));
}

std::vector<Row> counters_of(const Table& table) {
  std::vector<Row> rows;
  std::array<Table::Column, kCounters.size()> columns;
  for (std::size_t i = 0; i < columns.size(); ++i) columns[i] = table.column(kCounters[i]);
  const auto queue = table.column("queue");
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const std::string_view name = table.text(row, queue);
    if (!is_valid_name(name)) continue;
    Row& counted = rows.emplace_back(Row{std::string(name), rank_of(table, row), {}});
    for (const auto column : columns) counted.counters.push_back(table.number(row, column));
  }
  return rows;
}

void add_counters(Families& families, const TopCounters& queues) {
  const auto add = [&](std::string_view name, std::string_view help, std::size_t counter) {
    auto family = families.counter(name, help);
    queues.each([&](std::string_view queue, const std::vector<double>& counters) {
      family.add(counters[counter], {{"queue", queue}});
    });
  };
  const auto add_ends = [&](std::string_view name, std::string_view help, std::size_t first,
                            std::initializer_list<std::string_view> outcomes) {
    auto family = families.counter(name, help);
    queues.each([&](std::string_view queue, const std::vector<double>& counters) {
      std::size_t counter = first;
      for (const std::string_view outcome : outcomes) {
        family.add(counters[counter++], {{"queue", queue}, {"outcome", outcome}});
      }
    });
  };
  add("queue_jobs_accepted_total", "Jobs that were accepted for the queue", Accepted);
  add("queue_jobs_forwarded_in_total", "Jobs that came from another queue", ForwardedIn);
  add("queue_jobs_forwarded_out_total", "Jobs that went on to another queue", ForwardedOut);
  add_ends("queue_jobs_ended_total", "Jobs of the queue that ended, by how", Finished,
           {"finished", "failed", "cancelled", "expired"});
  add("queue_attempts_started_total", "Times that a job of the queue was given to a worker",
      Dispatched);
  add_ends("queue_attempts_unfinished_total", "Attempts that did not complete, by how",
           ForwardedOut + 1, {"failed", "lost", "stopped", "handed_back"});
}

void add_gauges(Families& families, const Table& table, const TopCounters& queues) {
  const auto queue = table.column("queue");
  auto jobs = families.gauge("queue_jobs", "Jobs of the queue, by how they stand");
  for (const std::string_view standing : kStandings) {
    SeriesSums sums(queues);
    sums.add(table, queue, table.column(standing));
    sums.each([&](std::string_view name, double value) {
      jobs.add(value, {{"queue", name}, {"standing", standing}});
    });
  }
  const auto add = [&](std::string_view name, std::string_view help, std::string_view column,
                       SeriesSums::How how) {
    auto family = families.gauge(name, help);
    SeriesSums sums(queues, how);
    sums.add(table, queue, table.column(column));
    sums.each([&](std::string_view label, double value) { family.add(value, {{"queue", label}}); });
  };
  using How = SeriesSums::How;
  add("queue_workers", "Workers that serve the queue", "workers", How::Sum);
  add("queue_slots", "Jobs that its workers can do at once", "slots", How::Sum);
  add("queue_longest_wait_seconds", "For how long its first job waits", "longest_wait_s",
      How::Largest);
  add("queue_jobs_outside_windows", "Jobs whose priority no worker of the queue takes",
      "outside_windows", How::Sum);
}

/// The counts of both histograms and their sums, as counters of a row.
std::vector<Row> times_of(const Table& table, std::size_t buckets) {
  std::vector<Row> rows;
  const auto queue = table.column("queue");
  const std::pair<Table::Column, Table::Column> times[] = {
      {table.column("wait_buckets"), table.column("wait_sum_s")},
      {table.column("run_buckets"), table.column("run_sum_s")}};
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const std::string_view name = table.text(row, queue);
    if (!is_valid_name(name)) continue;
    Row& counted = rows.emplace_back(Row{std::string(name), rank_of(table, row), {}});
    for (const auto& [counts, sum] : times) {
      std::vector<double> numbers = numbers_of(table.list(row, counts));
      numbers.resize(buckets);
      counted.counters.insert(counted.counters.end(), numbers.begin(), numbers.end());
      counted.counters.push_back(or_nothing(table.number(row, sum)));
    }
  }
  return rows;
}

/// Of the counters of `times_of`, the first half or the second.
Buckets buckets_of(const std::vector<double>& counters, bool of_runs) {
  const auto half = static_cast<std::ptrdiff_t>(counters.size() / 2);
  const auto begin = counters.begin() + (of_runs ? half : 0);
  return {{begin, begin + half - 1}, *(begin + half - 1)};
}

void add_times(Families& families, const std::vector<double>& bounds, const TopCounters& times) {
  const auto add = [&](std::string_view name, std::string_view help, bool of_runs) {
    auto family = families.histogram(name, help);
    if (bounds.empty()) return;
    times.each([&](std::string_view queue, const std::vector<double>& counters) {
      family.add(bounds, buckets_of(counters, of_runs), {{"queue", queue}});
    });
  };
  add("queue_wait_seconds", "How long jobs of the queue waited before an attempt", false);
  add("queue_run_seconds", "How long attempts took", true);
}

}  // namespace

void add_queue_metrics(Families& families, const SnapshotText* snapshot, MetricMemory& memory) {
  const Table table = table_of(snapshot, "queues");
  std::vector<double> bounds;
  if (snapshot != nullptr) {
    const std::string incarnation(text_in(object_of(snapshot, "stats"), "incarnation"));
    memory.queues.update(incarnation, counters_of(table));
    const auto list = read_json("bucket_bounds_s", snapshot->member("bucket_bounds_s"));
    if (list && list->is_array()) bounds = numbers_of(list->get_array());
    memory.queue_times.update(incarnation, times_of(table, bounds.size() + 1));
  }
  const TopCounters none(0);
  const TopCounters& queues = snapshot != nullptr ? memory.queues : none;
  add_counters(families, queues);
  add_gauges(families, table, queues);
  add_times(families, bounds, snapshot != nullptr ? memory.queue_times : none);
  auto omitted = families.gauge("queues_omitted", "Queues that the broker told nothing of");
  if (snapshot != nullptr) omitted.add(static_cast<double>(table.rows_omitted()));
}

}  // namespace steelyard::gateway
