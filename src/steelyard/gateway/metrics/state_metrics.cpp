#include <algorithm>

#include "steelyard/base/names.hpp"
#include "steelyard/gateway/metrics/figures.hpp"
#include "steelyard/gateway/metrics/reading.hpp"
#include "steelyard/gateway/metrics/series_sums.hpp"

/// Of the states that jobs need: those that most workers hold and most jobs wait for.
namespace steelyard::gateway {
namespace {

/// None of these counts anything since the beginning, so the choice need not be remembered.
TopCounters chosen(const Table& table) {
  std::vector<TopCounters::Row> rows;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const std::string_view name = table.text(row, table.column("state"));
    if (!is_valid_name(name)) continue;
    const double rank = or_nothing(table.number(row, table.column("waiting"))) +
                        or_nothing(table.number(row, table.column("holders"))) +
                        or_nothing(table.number(row, table.column("loading")));
    rows.push_back({std::string(name), rank, {}});
  }
  TopCounters states(kMaxStateSeries);
  states.update("", rows);
  return states;
}

}  // namespace

void add_state_metrics(Families& families, const SnapshotText* snapshot) {
  const Table table = table_of(snapshot, "states");
  const TopCounters states = chosen(table);
  const auto add = [&](std::string_view name, std::string_view help, std::string_view column,
                       SeriesSums::How how) {
    auto family = families.gauge(name, help);
    SeriesSums sums(states, how);
    sums.add(table, table.column("state"), table.column(column));
    sums.each([&](std::string_view state, double value) { family.add(value, {{"state", state}}); });
  };
  using How = SeriesSums::How;
  add("state_holders", "Workers that hold the state", "holders", How::Sum);
  add("state_loading", "Workers that load it", "loading", How::Sum);
  add("state_jobs_waiting", "Jobs that wait and need it", "waiting", How::Sum);
  add("state_load_mean_seconds", "How long loading it takes; of others the longest", "load_mean_s",
      How::Largest);
  add("state_load_failures", "Loads of it that failed in a row; of others the most", "failures",
      How::Largest);
}

}  // namespace steelyard::gateway
