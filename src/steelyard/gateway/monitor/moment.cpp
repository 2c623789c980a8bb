#include <cmath>

#include <boost/json.hpp>

#include "steelyard/base/names.hpp"
#include "steelyard/gateway/monitor/history.hpp"
#include "steelyard/gateway/monitor/table.hpp"

/// What of a snapshot is kept to be looked back at.
namespace steelyard::gateway {
namespace {

namespace json = boost::json;

double member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr ? or_nothing(number_of(*value)) : 0;
}

Result<void> read_stats(const SnapshotText& snapshot, Moment& moment) {
  const auto stats = read_json("stats", snapshot.member("stats"));
  if (!stats) return tl::unexpected(stats.error());
  const json::object* object = stats->if_object();
  const json::value* jobs = object != nullptr ? object->if_contains("jobs") : nullptr;
  if (jobs == nullptr || !jobs->is_object()) {
    return failure(ErrorCode::Malformed, "the broker's snapshot has no usable 'stats'");
  }
  if (const json::value* incarnation = object->if_contains("incarnation")) {
    if (incarnation->is_string()) moment.incarnation = incarnation->get_string();
  }
  moment.uptime_s = member(*object, "uptime_s");
  moment.workers = member(*object, "workers");
  const json::object& counts = jobs->get_object();
  moment.queued = member(counts, "queued");
  moment.running = member(counts, "running");
  moment.accepted = member(counts, "accepted");
  moment.finished = member(counts, "finished");
  moment.failed = member(counts, "failed");
  return {};
}

}  // namespace

Result<Moment> Moment::read(const SnapshotText& snapshot) {
  Moment moment;
  if (auto stats = read_stats(snapshot, moment); !stats) return tl::unexpected(stats.error());
  const auto table = Table::read("queues", snapshot.member("queues"));
  if (!table) return tl::unexpected(table.error());
  const auto queue = table->column("queue");
  const auto queued = table->column("queued");
  const auto longest = table->column("longest_wait_s");
  const auto accepted = table->column("accepted");
  const auto forwarded = table->column("forwarded_in");
  for (std::size_t row = 0; row < table->rows(); ++row) {
    const std::string_view name = table->text(row, queue);
    if (!is_valid_name(name)) continue;
    moment.queues.push_back({.queue = std::string(name),
                             .queued = or_nothing(table->number(row, queued)),
                             .longest_wait_s = table->number(row, longest),
                             .accepted = or_nothing(table->number(row, accepted)) +
                                         or_nothing(table->number(row, forwarded))});
  }
  return moment;
}

}  // namespace steelyard::gateway
