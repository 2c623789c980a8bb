#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/query.hpp"
#include "top/figures.hpp"
#include "top/growth.hpp"
#include "top/list.hpp"

namespace steelyard::cli {
namespace {

namespace json = boost::json;

/// Beats come every second; one may be late.
constexpr double kSilent_s = 2.5;

TopCell or_dash(std::string text) {
  return TopCell::of(text.empty() ? std::string("-") : std::move(text));
}

/// The mean of `count` values with this sum.
double mean(double sum, std::uint64_t count) {
  return count == 0 ? std::nan("") : sum / static_cast<double>(count);
}

std::vector<TopColumn> queues_columns() {
  return {{"QUEUE", 14},
          {"WORKERS", 7, Figure::Count},
          {"QUEUED", 9, Figure::Count},
          {"RUNNING", 7, Figure::Count},
          {"DONE/S", 7, Figure::Rate},
          {"FAILED", 7, Figure::Count},
          {"LONGEST", 7, Figure::Time},
          {"WAIT", 6, Figure::Time},
          {"RUN", 6, Figure::Time},
          {"IN/S", 7, Figure::Rate},
          {"DELAYED", 7, Figure::Count},
          {"QUARANTINED", 11, Figure::Count},
          {"EXPIRED", 7, Figure::Count},
          {"DONE", 10, Figure::Count}};
}

std::vector<TopColumn> workers_columns() {
  return {{"WORKER", 13},
          {"DOES", 8},
          {"BUSY", 7},
          {"TASK", 12},
          {"STATE", 12},
          {"AT", 4, Figure::Percent},
          {"DONE/S", 7, Figure::Rate},
          {"WORK", 4, Figure::Percent},
          {"USER", 10},
          {"LOAD", 4, Figure::Percent},
          {"FAILED", 7, Figure::Count},
          {"SWITCHES", 8, Figure::Count},
          {"CPU", 4, Figure::Percent},
          {"HEARD", 6, Figure::Time},
          {"ADDRESS", 22}};
}

std::vector<TopColumn> users_columns() {
  return {{"USER", 14},
          {"QUEUED", 9, Figure::Count},
          {"RUNNING", 7, Figure::Count},
          {"DONE/S", 7, Figure::Rate},
          {"FAILED", 7, Figure::Count},
          {"SHARE", 5, Figure::Percent},
          {"DUE", 5, Figure::Percent},
          {"WAIT", 6, Figure::Time},
          {"LONGEST", 7, Figure::Time},
          {"WEIGHT", 6},
          {"WORKER TIME", 11, Figure::Time}};
}

std::vector<TopColumn> jobs_columns() {
  return {{"JOB", 19},
          {"STATUS", 12},
          {"QUEUE", 12},
          {"WORKER", 12},
          {"AT", 4, Figure::Percent},
          {"TRY", 3, Figure::Count},
          {"AGE", 6, Figure::Time},
          {"USER", 10},
          {"STATE", 12},
          {"PRIORITY", 8}};
}

}  // namespace

TopList list_queues(const TwoSnapshots& snapshots) {
  const Growth growth(snapshots, "queues", "queue");
  const monitor::SnapshotTable& table = growth.now();
  const auto queue = table.column("queue"), workers = table.column("workers"),
             queued = table.column("queued"), running = table.column("running"),
             finished = table.column("finished"), failed = table.column("failed"),
             longest = table.column("longest_wait_s"), waits = table.column("waits"),
             wait_sum = table.column("wait_sum_s"), runs = table.column("runs"),
             run_sum = table.column("run_sum_s"), accepted = table.column("accepted"),
             delayed = table.column("delayed"), quarantined = table.column("quarantined"),
             expired = table.column("expired"), outside = table.column("outside_windows");
  TopList list{.columns = queues_columns(), .rows_omitted = table.rows_omitted()};
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const bool waiting = table.count(row, queued) > 0;
    const bool is_stuck =
        (waiting && table.count(row, workers) == 0) || table.count(row, outside) > 0;
    list.rows.push_back(
        {{TopCell::of(std::string(table.text(row, queue))), TopCell::of(table.count(row, workers)),
          TopCell::of(table.count(row, queued)), TopCell::of(table.count(row, running)),
          TopCell::of(growth.per_s(row, finished)), TopCell::of(table.count(row, failed)),
          TopCell::of(waiting ? table.number(row, longest) : std::nan("")),
          TopCell::of(mean(table.number(row, wait_sum), table.count(row, waits))),
          TopCell::of(mean(table.number(row, run_sum), table.count(row, runs))),
          TopCell::of(growth.per_s(row, accepted)), TopCell::of(table.count(row, delayed)),
          TopCell::of(table.count(row, quarantined)), TopCell::of(table.count(row, expired)),
          TopCell::of(table.count(row, finished))},
         is_stuck});
  }
  return list;
}

TopList list_workers(const TwoSnapshots& snapshots) {
  const Growth growth(snapshots, "workers", "worker");
  const monitor::SnapshotTable& table = growth.now();
  const auto worker = table.column("worker"), slots = table.column("slots"),
             running = table.column("running"), draining = table.column("draining"),
             doing = table.column("doing"), states = table.column("states"),
             loads = table.column("loads"), task = table.column("task"),
             user = table.column("user"), progress = table.column("progress"),
             loading_s = table.column("loading_s"), working_s = table.column("working_s"),
             machine = table.column("machine_load"), heard = table.column("heard_ago_s"),
             finished = table.column("finished"), failed = table.column("failed"),
             switches = table.column("switches"), address = table.column("address");
  TopList list{.columns = workers_columns(), .rows_omitted = table.rows_omitted()};
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const bool is_silent = table.number(row, heard) > kSilent_s;
    const bool is_leaving = table.count(row, draining) > 0;
    const std::string does(is_silent ? "silent" : is_leaving ? "leaving" : table.text(row, doing));
    const std::string loaded(table.text(row, loads));
    const std::string held =
        fmt::format("{}", fmt::join(monitor::texts_in(table.list(row, states)), ","));
    const double all_s = static_cast<double>(table.count(row, slots)) * snapshots.elapsed_s;
    const double share_now = table.number(row, running) / table.number(row, slots);
    const auto share = [&](monitor::SnapshotTable::Column spent_s, std::string_view now) {
      // What an attempt took is known when it has ended; until then what is done now counts.
      const double reported = growth.since_before(row, spent_s) / all_s;
      if (std::isnan(reported) || reported > 0) return std::min(reported, 1.0);
      return table.text(row, doing) == now ? std::min(share_now, 1.0) : 0.0;
    };
    list.rows.push_back(
        {{TopCell::of(std::string(table.text(row, worker))),
          TopCell::of(does),
          {.text = fmt::format("{}/{}", table.count(row, running), table.count(row, slots)),
           .number = table.number(row, running)},
          or_dash(std::string(table.text(row, task))),
          or_dash(loaded.empty() ? held : loaded),
          TopCell::of(table.number(row, progress) / 100),
          TopCell::of(growth.per_s(row, finished)),
          TopCell::of(share(working_s, "working")),
          or_dash(std::string(table.text(row, user))),
          TopCell::of(share(loading_s, "loading")),
          TopCell::of(table.count(row, failed)),
          TopCell::of(table.count(row, switches)),
          TopCell::of(table.number(row, machine) / 100),
          TopCell::of(table.number(row, heard)),
          or_dash(std::string(table.text(row, address)))},
         is_silent});
  }
  return list;
}

TopList list_users(const TwoSnapshots& snapshots) {
  const Growth growth(snapshots, "users", "user");
  const monitor::SnapshotTable& table = growth.now();
  const auto user = table.column("user"), weight = table.column("weight"),
             queued = table.column("queued"), running = table.column("running"),
             finished = table.column("finished"), failed = table.column("failed"),
             worker_s = table.column("worker_s"), waits = table.column("waits"),
             wait_sum = table.column("wait_sum_s"), wait_max = table.column("wait_max_s");
  TopList list{.columns = users_columns(), .rows_omitted = table.rows_omitted()};
  double charged_s = 0;
  double weights = 0;  // of those that want something
  const auto wants = [&](std::size_t row) {
    return table.count(row, queued) + table.count(row, running) > 0;
  };
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const double grown = growth.since_before(row, worker_s);
    if (!std::isnan(grown)) charged_s += grown;
    if (wants(row)) weights += table.number(row, weight);
  }
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const std::string name(table.text(row, user));
    list.rows.push_back(
        {{TopCell::of(name.empty() ? "(nobody)" : name),
          TopCell::of(table.count(row, queued)),
          TopCell::of(table.count(row, running)),
          TopCell::of(growth.per_s(row, finished)),
          TopCell::of(table.count(row, failed)),
          TopCell::of(charged_s > 0 ? growth.since_before(row, worker_s) / charged_s
                                    : std::nan("")),
          TopCell::of(wants(row) ? table.number(row, weight) / weights : std::nan("")),
          TopCell::of(mean(table.number(row, wait_sum), table.count(row, waits))),
          TopCell::of(table.number(row, wait_max)),
          {.text = fmt::format("{:g}", table.number(row, weight)),
           .number = table.number(row, weight)},
          TopCell::of(table.number(row, worker_s))}});
  }
  return list;
}

TopList list_jobs(const json::object& report) {
  TopList list{.columns = jobs_columns(), .rows_omitted = count_in(report, "rows_omitted")};
  for (const json::value& value : list_in(report, "rows")) {
    if (!value.is_object()) continue;
    const json::object& row = value.get_object();
    const bool is_slow = flag_in(row, "slow");
    const std::string_view more = flag_in(row, "stopping") ? " stopping" : is_slow ? " slow" : "";
    list.rows.push_back({{TopCell::of(text_in(row, "job")),
                          TopCell::of(text_in(row, "status").append(more)),
                          or_dash(text_in(row, "queue")),
                          or_dash(text_in(row, "worker")),
                          TopCell::of(number_in(row, "progress") / 100),
                          TopCell::of(count_in(row, "attempt")),
                          TopCell::of(number_in(row, "age_s")),
                          or_dash(text_in(row, "user")),
                          or_dash(text_in(row, "state")),
                          {.text = fmt::format("{:g}", number_in(row, "priority")),
                           .number = number_in(row, "priority")}},
                         is_slow});
  }
  return list;
}

std::string shown(const TopCell& cell, Figure figure) {
  switch (figure) {
    case Figure::Text:
      return cell.text;
    case Figure::Count:
      return short_count(cell.number);
    case Figure::Rate:
      return short_rate(cell.number);
    case Figure::Time:
      return short_time(cell.number);
    case Figure::Percent:
      return short_percent(cell.number);
  }
  return "";
}

}  // namespace steelyard::cli
