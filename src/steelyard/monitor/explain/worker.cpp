#include <charconv>
#include <vector>

#include "steelyard/base/nearest.hpp"
#include "steelyard/monitor/explain.hpp"
#include "steelyard/monitor/explain/decisions.hpp"
#include "steelyard/monitor/json_text.hpp"
#include "steelyard/monitor/sections.hpp"

/// What a worker has, and the latest decisions about it.
namespace steelyard::monitor {
namespace {

namespace json = boost::json;

/// Nothing keeps workers from having the same name.
constexpr std::size_t kMaxNamesakes = 10;

json::array held_by(const Sources& sources, WorkerId id) {
  const std::vector<StateId>& preloads = sources.scheduler.workers().record(id).preloads;
  json::array rows;
  for (const strategy::Held& held : sources.scheduler.workers().info(id).held) {
    const bool preloading = std::ranges::find(preloads, held.state) != preloads.end();
    rows.push_back({{"state", text(sources.states.name(held.state))},
                    {"jobs", held.running - (preloading ? 1 : 0)},
                    {"preloading", preloading},
                    {"pinned", held.pinned}});
  }
  return rows;
}

/// Those of the worker that has the number now, not of one that had it before.
json::array decisions_about(const Sources& sources, WorkerId id, std::uint32_t last) {
  const TimePoint since = sources.scheduler.workers().record(id).joined_at;
  json::array rows;
  sources.scheduler.decision_log().each_latest_first([&](const core::Decision& decision) {
    if (decision.at < since || rows.size() >= last) return false;
    if (decision.worker == id) rows.push_back(decision_row(sources, decision));
    return true;
  });
  return rows;
}

json::object worker_row(const Sources& sources, WorkerId id, std::uint32_t last) {
  const strategy::Worker& worker = sources.scheduler.workers().info(id);
  json::array queues;
  for (const QueueId queue : sources.scheduler.workers().queues(id)) {
    queues.push_back(text(sources.queues.name(queue)));
  }
  return {{"worker", text(sources.worker_names[id.index()])},
          {"queues", std::move(queues)},
          {"slots", worker.slots},
          {"busy", std::min(worker.assigned + worker.occupied, worker.slots)},
          {"ahead", worker.assigned - std::min(worker.assigned, worker.slots)},
          {"draining", !worker.accepting},
          {"holds", held_by(sources, id)},
          {"decisions", decisions_about(sources, id, last)}};
}

tl::unexpected<Error> unknown(std::string_view name, const Sources& sources) {
  std::vector<std::string> known;
  for (std::uint32_t i = 0; i < sources.worker_names.size(); ++i) {
    if (sources.scheduler.workers().joined(WorkerId{i})) known.push_back(sources.worker_names[i]);
  }
  // Whoever asks may be a stranger; an endless word is not sent back to it.
  std::string message = "no worker is called '" + std::string(name.substr(0, 100)) + "'";
  if (name.size() <= 100) {
    const std::string near = base::nearest(name, known);
    if (!near.empty()) message.append(", did you mean '").append(near).append("'?");
  }
  return failure(ErrorCode::InvalidArgument,
                 message + " (`steelyard ls workers` lists those that are connected)");
}

}  // namespace

Result<WorkerQuestion> WorkerQuestion::parse(std::string_view words) {
  constexpr std::string_view kLast = "?last=";
  WorkerQuestion question;
  if (!words.starts_with(kLast)) {
    question.name = words;
    return question;
  }
  const char* const end = words.data() + words.size();
  const auto [stop, error] = std::from_chars(words.data() + kLast.size(), end, question.last);
  if (error != std::errc() || stop == end || *stop != '/' || question.last == 0 ||
      question.last > kMaxDecisions) {
    return failure(ErrorCode::InvalidArgument,
                   "ask for the last 1 to " + std::to_string(kMaxDecisions) + " decisions");
  }
  question.name = std::string_view(stop + 1, static_cast<std::size_t>(end - stop - 1));
  return question;
}

Result<std::string> explain_worker(const WorkerQuestion& question, const Sources& sources) {
  json::array rows;
  for (std::uint32_t i = 0; i < sources.worker_names.size() && rows.size() < kMaxNamesakes; ++i) {
    if (!sources.scheduler.workers().joined(WorkerId{i})) continue;
    if (sources.worker_names[i] != question.name) continue;
    rows.push_back(worker_row(sources, WorkerId{i}, question.last));
  }
  if (rows.empty()) return unknown(question.name, sources);
  return json_text(json::object{{"rows", std::move(rows)}});
}

}  // namespace steelyard::monitor
