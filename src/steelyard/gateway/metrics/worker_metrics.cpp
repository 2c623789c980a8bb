#include <algorithm>

#include "steelyard/gateway/metrics/figures.hpp"
#include "steelyard/gateway/metrics/reading.hpp"

/// Of the workers: how many do what. None has a series of its own.
namespace steelyard::gateway {
namespace {

double sum_of(const Table& table, std::string_view column) {
  const auto place = table.column(column);
  double sum = 0;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    sum += or_nothing(table.number(row, place));
  }
  return sum;
}

double largest_of(const Table& table, std::string_view column) {
  const auto place = table.column(column);
  double most = 0;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    most = std::max(most, or_nothing(table.number(row, place)));
  }
  return most;
}

double count_of(const Table& table, std::string_view column, std::string_view text) {
  const auto place = table.column(column);
  double count = 0;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    if (table.text(row, place) == text) ++count;
  }
  return count;
}

}  // namespace

void add_worker_metrics(Families& families, const SnapshotText* snapshot) {
  const Table table = table_of(snapshot, "workers");
  auto workers = families.gauge("workers", "Workers, by what they do");
  auto draining = families.gauge("workers_draining", "Workers that get no more jobs");
  auto omitted = families.gauge("workers_omitted", "Workers that the broker told nothing of");
  auto slots = families.gauge("worker_slots", "Jobs that all workers can do at once");
  auto busy = families.gauge("worker_slots_busy", "Jobs that they do");
  auto load = families.gauge("worker_machine_load_max_ratio",
                             "Load of the busiest machine with a worker, 1: all of its cores");
  if (snapshot == nullptr) return;
  for (const std::string_view doing : {"idle", "loading", "working"}) {
    workers.add(count_of(table, "doing", doing), {{"doing", doing}});
  }
  draining.add(sum_of(table, "draining"));
  omitted.add(static_cast<double>(table.rows_omitted()));
  slots.add(sum_of(table, "slots"));
  busy.add(sum_of(table, "running"));
  load.add(largest_of(table, "machine_load") / 100);
}

}  // namespace steelyard::gateway
