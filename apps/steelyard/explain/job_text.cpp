#include "explain/job_text.hpp"

#include <cmath>

#include <fmt/format.h>

#include "cli/query.hpp"
#include "cli/table.hpp"
#include "explain/waiting_text.hpp"
#include "steelyard/runtime/task/text_encoding.hpp"

namespace steelyard::cli {
namespace {

namespace json = boost::json;

/// What it needs, as far as it is known: "queue ocr, state german, user ann, priority 5".
std::string kind(const json::object& told) {
  std::string text;
  for (const std::string_view field : {"queue", "state", "user"}) {
    const std::string name = text_in(told, field);
    if (name.empty()) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", field, name);
  }
  const double priority = number_in(told, "priority");
  if (!std::isnan(priority)) text += fmt::format(", priority {:.0f}", priority);
  return text;
}

std::string standing(const json::object& told) {
  const std::string status = text_in(told, "status");
  const std::string worker = text_in(told, "worker");
  if (status == "queued") return "has waited for " + time_in(told, "age_s");
  if (status == "running") return "runs at " + (worker.empty() ? "a worker" : worker);
  if (status == "returning") return "is done, and its answer on its way to its client";
  if (status == "finished") return "has finished in " + time_in(told, "ran_s");
  if (status == "failed") return fmt::format("has failed ({})", text_in(told, "error"));
  if (status == "cancelled") return "was cancelled";
  if (status == "gone") return "is over: its client has the answer, and none is kept";
  return "is " + status;
}

/// Where it was given, when, how and why, in one line.
std::string decision_text(const json::object& decision) {
  const std::string worker = text_in(decision, "worker");
  std::string text = fmt::format("to {} {} ago", worker.empty() ? "a worker that left" : worker,
                                 time_in(decision, "ago_s"));
  if (const std::string state = text_in(decision, "state"); !state.empty()) {
    const std::string gave_up = text_in(decision, "gave_up");
    text += flag_in(decision, "loads") ? ", to load " + state : ", with " + state + " held";
    if (!gave_up.empty()) text += " and give up " + gave_up;
  }
  return text + ": " + text_in(decision, "because");
}

std::string decisions_text(const json::object& told) {
  std::string text;
  const bool waits = text_in(told, "status") == "queued";
  for (const json::value& value : list_in(told, "decisions")) {
    if (!value.is_object()) continue;
    const bool is_former = waits || !text.empty();
    text += labelled(is_former ? "before" : "given", decision_text(value.as_object()));
  }
  if (!text.empty() || waits || number_in(told, "attempt") == 0) return text;
  return labelled("given", "why is not known any more: the broker keeps its last decisions only");
}

std::string times_text(const json::object& told) {
  const double waited_s = number_in(told, "waited_s");
  if (std::isnan(waited_s)) return {};
  const double ran_s = number_in(told, "ran_s");
  const std::string ran =
      std::isnan(ran_s) ? std::string() : ", and ran for " + readable_time(ran_s);
  return labelled("waited", readable_time(waited_s) + ran);
}

std::string deadline_text(const json::object& told) {
  const double left_s = number_in(told, "start_by_in_s");
  if (std::isnan(left_s) || text_in(told, "status") != "queued") return {};
  return labelled("deadline", left_s < 0 ? "it should have begun " + readable_time(-left_s) + " ago"
                                         : "it should begin within " + readable_time(left_s));
}

}  // namespace

std::string job_text(const json::object& told) {
  std::string text = fmt::format("{} {}", text_in(told, "job"), standing(told));
  if (const std::string what = kind(told); !what.empty()) text += "; " + what;
  if (const double attempt = number_in(told, "attempt"); attempt > 1) {
    text += fmt::format("; attempt {:.0f}", attempt);
  }
  text += "\n\n";
  text += waiting_text(told);
  text += deadline_text(told);
  text += times_text(told);
  text += decisions_text(told);
  return printable(text);
}

}  // namespace steelyard::cli
