#include "steelyard/hub/broker_view.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include <boost/json.hpp>

#include "steelyard/monitor/snapshot_table.hpp"

namespace steelyard::hub {
namespace {

namespace json = boost::json;

/// So many jobs make the mean forget what was before them.
constexpr double kRememberedRuns = 20;

using monitor::SnapshotTable;

std::vector<std::vector<std::string>> read_sets(const json::object& snapshot) {
  std::vector<std::vector<std::string>> sets;
  const json::value* const found = snapshot.if_contains("queue_sets");
  if (found == nullptr || !found->is_array()) return sets;
  for (const json::value& one : found->get_array()) {
    sets.push_back(one.is_array() ? monitor::texts_in(one.get_array())
                                  : std::vector<std::string>());
  }
  return sets;
}

/// Null where nothing was measured.
double seconds_or_none(double time_s) {
  return std::isnan(time_s) ? 0 : time_s;
}

/// Mean of what ended since the last snapshot, blended into the former one.
std::optional<double> moved_mean(std::optional<double> mean_s, std::uint64_t runs, double sum_s) {
  if (runs == 0) return mean_s;
  const double recent_s = sum_s / static_cast<double>(runs);
  if (!mean_s) return recent_s;
  const double weight = std::min(1.0, static_cast<double>(runs) / kRememberedRuns);
  return *mean_s + (recent_s - *mean_s) * weight;
}

}  // namespace

struct BrokerView::Reading {
  BrokerView& view;

  void queues(const SnapshotTable& table) const {
    const auto queue = table.column("queue");
    const auto queued = table.column("queued");
    const auto running = table.column("running");
    const auto longest_wait_s = table.column("longest_wait_s");
    const auto runs = table.column("runs");
    const auto run_sum_s = table.column("run_sum_s");
    std::map<std::string, Queue, std::less<>> former = std::exchange(view.queues_, {});
    for (std::size_t row = 0; row < table.rows(); ++row) {
      const std::string name(table.text(row, queue));
      const Queue before = former[name];
      Queue& now = view.queues_[name];
      now.queued = table.count(row, queued);
      now.running = table.count(row, running);
      now.longest_wait_s = seconds_or_none(table.number(row, longest_wait_s));
      now.runs = table.count(row, runs);
      now.run_sum_s = seconds_or_none(table.number(row, run_sum_s));
      const bool grew = now.runs >= before.runs;
      now.mean_run_s = moved_mean(before.mean_run_s, grew ? now.runs - before.runs : now.runs,
                                  grew ? now.run_sum_s - before.run_sum_s : now.run_sum_s);
    }
  }

  void workers(const SnapshotTable& table) const {
    const auto worker = table.column("worker");
    const auto slots = table.column("slots");
    const auto running = table.column("running");
    const auto draining = table.column("draining");
    const auto doing = table.column("doing");
    const auto queue_set = table.column("queue_set");
    view.workers_.clear();
    for (std::size_t row = 0; row < table.rows(); ++row) {
      const std::uint64_t all = table.count(row, slots);
      const std::uint64_t free = all - std::min(all, table.count(row, running));
      view.workers_.push_back({.name = std::string(table.text(row, worker)),
                               .slots = all,
                               .free = table.count(row, draining) > 0 ? 0 : free,
                               .is_idle = table.text(row, doing) == "idle",
                               .queue_set = table.count(row, queue_set)});
    }
  }
};

Result<void> BrokerView::take(std::string_view snapshot) {
  boost::system::error_code error;
  const json::value value = json::parse({snapshot.data(), snapshot.size()}, error);
  const json::object* const object = error ? nullptr : value.if_object();
  if (object == nullptr) return failure(ErrorCode::Malformed, "the snapshot is not a JSON object");
  const SnapshotTable queues(*object, "queues");
  const SnapshotTable workers(*object, "workers");
  if (!queues.exists() || !workers.exists()) {
    return failure(ErrorCode::Malformed, "the snapshot has no queues or workers");
  }
  const json::value* const incarnation = object->if_contains("incarnation");
  if (incarnation != nullptr && incarnation->is_string() &&
      std::exchange(incarnation_, std::string(incarnation->get_string())) !=
          incarnation->get_string()) {
    // Another broker counts from the beginning; how long jobs run stays a good guess.
    for (auto& [name, queue] : queues_) queue.runs = 0, queue.run_sum_s = 0;
  }
  const Reading reading{*this};
  reading.queues(queues);
  reading.workers(workers);
  queue_sets_ = read_sets(*object);
  return {};
}

Demand BrokerView::demand(const std::vector<std::string>& queues) const {
  Demand demand;
  double longest_wait_s = 0;
  double weighted_s = 0;
  double weights = 0;
  for (const std::string& name : queues) {
    const auto found = queues_.find(name);
    if (found == queues_.end()) continue;
    const Queue& queue = found->second;
    demand.queued += queue.queued;
    demand.running += queue.running;
    if (queue.queued > 0) longest_wait_s = std::max(longest_wait_s, queue.longest_wait_s);
    if (!queue.mean_run_s) continue;
    // The mean of those that wait; without any, of all alike.
    const double weight = static_cast<double>(queue.queued) + 1e-6;
    weighted_s += *queue.mean_run_s * weight;
    weights += weight;
  }
  using Seconds = std::chrono::duration<double>;
  demand.longest_wait = std::chrono::duration_cast<Duration>(Seconds(longest_wait_s));
  if (weights > 0) {
    demand.mean_run = std::chrono::duration_cast<Duration>(Seconds(weighted_s / weights));
  }
  std::uint64_t slots = 0;
  std::uint64_t free = 0;
  for (const Worker& worker : workers_) {
    if (worker.queue_set >= queue_sets_.size()) continue;
    const bool serves = std::ranges::find_first_of(queue_sets_[worker.queue_set], queues) !=
                        queue_sets_[worker.queue_set].end();
    if (!serves) continue;
    slots += worker.slots;
    free += worker.free;
  }
  // A slot that is busy with another queue's job is none for these.
  demand.slots = std::min(slots, demand.running + free);
  return demand;
}

bool BrokerView::is_idle(const std::string& worker) const {
  bool is_known = false;
  for (const Worker& one : workers_) {
    if (one.name != worker) continue;
    if (!one.is_idle) return false;
    is_known = true;
  }
  return is_known;
}

}  // namespace steelyard::hub
