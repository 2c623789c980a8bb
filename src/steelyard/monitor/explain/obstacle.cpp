#include <algorithm>
#include <string>

#include "steelyard/monitor/explain/waiting.hpp"
#include "steelyard/monitor/sections.hpp"

/// Why nobody may run a job, and which worker could.
namespace steelyard::monitor {
namespace {

namespace json = boost::json;

/// What a lane asks of a worker.
struct Wanted {
  QueueId queue;
  std::int32_t priority = 0;
  std::span<const TagId> tags;
  std::uint64_t state_bytes = 0;
};

/// How far the workers come: each is counted for as long as it has what is asked for in turn.
struct Suitable {
  std::uint32_t serving = 0;      ///< the queue
  std::uint32_t in_window = 0;    ///< and take the priority
  std::uint32_t tagged = 0;       ///< and carry the tags
  std::uint32_t roomy = 0;        ///< and have memory for the state
  std::uint32_t accepting = 0;    ///< and do not drain
  std::uint64_t most_memory = 0;  ///< of the tagged ones, in bytes
};

void count(const core::WorkerTable& workers, WorkerId id, const Wanted& wanted, Suitable& into) {
  if (!std::ranges::binary_search(workers.queues(id), wanted.queue)) return;
  ++into.serving;
  const auto [lowest, highest] = workers.priority_window(id);
  if (wanted.priority < lowest || wanted.priority > highest) return;
  ++into.in_window;
  if (!std::ranges::includes(workers.tags(id), wanted.tags)) return;
  ++into.tagged;
  const std::uint64_t memory = workers.info(id).state_memory_bytes;
  into.most_memory = std::max(into.most_memory, memory);
  if (memory != 0 && wanted.state_bytes > memory) return;
  ++into.roomy;
  if (workers.info(id).accepting) ++into.accepting;
}

/// Their names, each with `before` in front of it, and `between` them.
std::string names_of(const Sources& sources, std::span<const TagId> tags, std::string_view before,
                     std::string_view between) {
  std::string names;
  for (const TagId tag : tags) {
    names.append(names.empty() ? "" : between).append(before).append(sources.tags.name(tag));
  }
  return names;
}

json::object obstacle_of(std::string_view reason, std::string_view sentence,
                         std::string_view advice) {
  return {{"reason", reason}, {"sentence", text(sentence)}, {"advice", text(advice)}};
}

json::value first_missing(const Sources& sources, const Wanted& wanted, const Suitable& suitable) {
  const std::string queue(sources.queues.name(wanted.queue));
  const std::string start = "start one with `steelyard worker --queue " + queue;
  if (suitable.serving == 0) {
    return obstacle_of("queue", "no worker serves queue '" + queue + "'" + until_they_fail(sources),
                       start + " --exec COMMAND`");
  }
  if (suitable.in_window == 0) {
    return obstacle_of("priority",
                       "no worker of queue '" + queue + "' takes jobs of priority " +
                           std::to_string(wanted.priority),
                       start + " --exec COMMAND`, with no window of priorities or another one");
  }
  if (suitable.tagged == 0) {
    return obstacle_of(
        "tags", "no worker that takes it carries " + names_of(sources, wanted.tags, "", " and "),
        start + names_of(sources, wanted.tags, " --tag ", "") + " --exec COMMAND`");
  }
  if (suitable.roomy == 0) {
    return obstacle_of("memory",
                       "its state takes " + std::to_string(wanted.state_bytes) +
                           " bytes, and no worker that takes it has more than " +
                           std::to_string(suitable.most_memory) + " for states",
                       start + " --state-memory " + std::to_string(wanted.state_bytes) +
                           " --lines COMMAND`, where there is so much memory");
  }
  if (suitable.accepting == 0) {
    return obstacle_of("draining", "the only workers that may run it drain: they take no more jobs",
                       start + " --exec COMMAND`");
  }
  return nullptr;
}

}  // namespace

json::value obstacle(const Sources& sources, LaneId lane_id) {
  const core::Scheduler& scheduler = sources.scheduler;
  const strategy::Lane& lane = scheduler.lanes().info(lane_id);
  const Wanted wanted{lane.queue, lane.priority,
                      scheduler.lanes().tags(scheduler.lanes().tags(lane_id)),
                      scheduler.view().state(lane.state).bytes};
  Suitable suitable;
  for (std::uint32_t i = 0; i < scheduler.workers().infos().size(); ++i) {
    if (scheduler.workers().joined(WorkerId{i})) {
      count(scheduler.workers(), WorkerId{i}, wanted, suitable);
    }
  }
  return first_missing(sources, wanted, suitable);
}

}  // namespace steelyard::monitor
