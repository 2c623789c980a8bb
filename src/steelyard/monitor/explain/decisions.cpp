#include "steelyard/monitor/explain/decisions.hpp"

#include "steelyard/monitor/sections.hpp"

namespace steelyard::monitor {

namespace json = boost::json;
using strategy::Reason;

std::string_view in_words(Reason why) {
  switch (why) {
    case Reason::Oldest:
      return "it had waited longest, priority counted in";
    case Reason::SameState:
      return "the worker held its state already";
    case Reason::SwitchState:
      return "it had waited so much longer than the others that a load was worth it";
    case Reason::OwnValue:
      return "the strategy gave it the smallest value";
    case Reason::Fallback:
      return "the strategy gave no answer that could be followed, so the oldest job was taken";
    case Reason::NothingToDo:
      return "nothing that it may run was waiting";
    case Reason::Guard:
      return "it would have waited too long, whatever a load costs";
    case Reason::Owed:
      return "its user was owed more than staying with a state may cost";
    case Reason::Cleared:
      return "nobody held its state, and the jobs for it were cleared fastest that way";
    case Reason::Replicated:
      return "those who hold its state had so much to do that another copy pays";
    case Reason::Waiting:
      return "nothing was worth a load yet; it waits for those who hold what is asked for, or for "
             "more";
    case Reason::FewestBusy:
      return "its user occupied the fewest slots";
  }
  return "the reason is not known";
}

json::value worker_at(const Sources& sources, WorkerId id, TimePoint when) {
  const core::WorkerTable& workers = sources.scheduler.workers();
  const bool same = workers.joined(id) && workers.record(id).joined_at <= when;
  if (!same || id.index() >= sources.worker_names.size()) return nullptr;
  return text(sources.worker_names[id.index()]);
}

namespace {

/// The id of the job; null when its session's number belongs to another one by now.
json::value job_of(const Sources& sources, const core::Decision& decision) {
  if (decision.sequence == 0) return nullptr;
  if (sources.scheduler.opened_at(decision.session) > decision.at) return nullptr;
  return json::string(job_id(sources, decision.session, decision.sequence));
}

}  // namespace

json::object decision_row(const Sources& sources, const core::Decision& decision) {
  json::object row{{"ago_s", seconds(sources.now - decision.at)},
                   {"worker", worker_at(sources, decision.worker, decision.at)},
                   {"job", job_of(sources, decision)},
                   {"queue", name_or_null(sources.queues, decision.queue)},
                   {"state", name_or_null(sources.states, decision.state)},
                   {"loads", decision.loads},
                   {"gave_up", name_or_null(sources.states, decision.gave_up)},
                   {"why", strategy::to_string(decision.why)},
                   {"because", in_words(decision.why)},
                   {"given", decision.sequence != 0},
                   {"for_at_most_s", nullptr}};
  if (decision.until != strategy::kNever) {
    row["for_at_most_s"] = seconds(decision.until - decision.at);
  }
  return row;
}

}  // namespace steelyard::monitor
