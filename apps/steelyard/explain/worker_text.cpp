#include "explain/worker_text.hpp"

#include <cmath>

#include <fmt/format.h>

#include "cli/query.hpp"
#include "cli/table.hpp"
#include "steelyard/runtime/task/text_encoding.hpp"

namespace steelyard::cli {
namespace {

namespace json = boost::json;

/// "german (2 jobs), french (pinned)"
std::string holdings(const json::array& held) {
  std::string text;
  for (const json::value& value : held) {
    if (!value.is_object()) continue;
    const json::object& one = value.as_object();
    std::string how;
    if (flag_in(one, "preloading")) how = "loading";
    if (const std::uint64_t jobs = count_in(one, "jobs"); jobs > 0) {
      how += (how.empty() ? "" : ", ") + counted(jobs, "job", "jobs");
    }
    if (flag_in(one, "pinned")) how += how.empty() ? "pinned" : ", pinned";
    text += (text.empty() ? "" : ", ") + text_in(one, "state");
    if (!how.empty()) text += " (" + how + ")";
  }
  return text.empty() ? "no state" : text;
}

std::string heading(const json::object& row) {
  std::string queues;
  for (const json::value& queue : list_in(row, "queues")) {
    if (!queue.is_string()) continue;
    queues += (queues.empty() ? "" : ", ") + std::string(queue.as_string());
  }
  const std::uint64_t slots = count_in(row, "slots");
  std::string text =
      fmt::format("{} serves {} with {} of {} busy", text_in(row, "worker"), queues,
                  with_commas(count_in(row, "busy")), counted(slots, "slot", "slots"));
  if (const std::uint64_t ahead = count_in(row, "ahead"); ahead > 0) {
    text += fmt::format(" and {} ahead", counted(ahead, "small job", "small jobs"));
  }
  if (flag_in(row, "draining")) text += "; it drains";
  return printable(text + "; it holds " + holdings(list_in(row, "holds")));
}

/// "german", "german loaded", "german loaded, gave up french"
std::string state_of(const json::object& decision) {
  std::string state = text_in(decision, "state");
  if (state.empty()) return "-";
  if (!flag_in(decision, "loads")) return state;
  const std::string gave_up = text_in(decision, "gave_up");
  return state + (gave_up.empty() ? " loaded" : " loaded, gave up " + gave_up);
}

std::string why(const json::object& decision) {
  std::string text = text_in(decision, "because");
  const double most_s = number_in(decision, "for_at_most_s");
  if (!std::isnan(most_s)) text += "; for " + readable_time(most_s) + " at most";
  return text;
}

std::string what(const json::object& decision) {
  std::string job = text_in(decision, "job");
  if (!job.empty()) return job;
  return flag_in(decision, "given") ? "a job" : "nothing yet";
}

std::string decisions(const json::array& rows) {
  Table table({{.heading = "AGO", .to_the_right = true},
               {.heading = "GIVEN"},
               {.heading = "QUEUE"},
               {.heading = "STATE"},
               {.heading = "WHY"}});
  for (const json::value& value : rows) {
    if (!value.is_object()) continue;
    const json::object& row = value.as_object();
    const std::string queue = text_in(row, "queue");
    table.add(
        {time_in(row, "ago_s"), what(row), queue.empty() ? "-" : queue, state_of(row), why(row)});
  }
  // Half a reason is none: a narrow terminal wraps it.
  return table.text(0);
}

}  // namespace

std::string worker_text(const json::object& told) {
  std::string text;
  for (const json::value& value : list_in(told, "rows")) {
    if (!value.is_object()) continue;
    const json::object& row = value.as_object();
    text += (text.empty() ? "" : "\n") + heading(row) + "\n\n";
    const json::array& rows = list_in(row, "decisions");
    text += rows.empty() ? "It was given nothing yet.\n" : decisions(rows);
  }
  return text;
}

}  // namespace steelyard::cli
