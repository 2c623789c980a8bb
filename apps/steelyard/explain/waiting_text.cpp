#include "explain/waiting_text.hpp"

#include <cmath>

#include <fmt/format.h>

#include "cli/query.hpp"
#include "cli/table.hpp"

namespace steelyard::cli {
namespace {

namespace json = boost::json;

std::string percent(double share) {
  return fmt::format("{:.0f} %", share * 100);
}

std::string ahead_text(const json::object& told, const json::object& ahead) {
  const std::string_view field = text_in(ahead, "counted_for") == "state" ? "state" : "queue";
  const std::string whose = fmt::format("{} {}", field, text_in(told, field));
  const std::uint64_t in_all = count_in(ahead, "in_all");
  const std::uint64_t alike = count_in(ahead, "of_its_kind");
  std::string text = "nothing: it is the first for " + whose;
  if (in_all > 0) {
    text = fmt::format("{}{} for {}, priority counted in",
                       flag_in(ahead, "at_least") ? "at least " : "",
                       counted(in_all, "job", "jobs"), whose);
    if (alike < in_all) text += fmt::format(", {} of them just like it", with_commas(alike));
  }
  const std::uint64_t in_queue = count_in(ahead, "queue_waiting");
  if (field == "state" && in_queue > in_all + 1) {
    text += fmt::format("; {} wait in queue {}", with_commas(in_queue), text_in(told, "queue"));
  }
  return labelled("ahead", text);
}

std::string workers_text(const json::object& workers) {
  const std::uint64_t slots = count_in(workers, "slots");
  const std::uint64_t free_slots = count_in(workers, "free_slots");
  const std::string who = counted(count_in(workers, "may_run_it"), "worker", "workers");
  const std::string busy =
      free_slots > 0
          ? fmt::format("{} of {} free", with_commas(free_slots), counted(slots, "slot", "slots"))
          : counted(slots, "slot, which is busy", "slots, all of them busy");
  return labelled("workers", fmt::format("{} may run it, with {}", who, busy));
}

std::string obstacle_text(const json::object& obstacle) {
  return labelled("why", "nobody can run it: " + text_in(obstacle, "sentence")) +
         labelled("to do", text_in(obstacle, "advice"));
}

/// How one worker has the state.
std::string holder_text(const json::object& holder) {
  std::string text = text_in(holder, "worker");
  const double first_job_s = number_in(holder, "loading_or_first_job_for_s");
  const std::uint64_t jobs = count_in(holder, "jobs");
  if (flag_in(holder, "preloading")) {
    text += " is loading it";
  } else if (!std::isnan(first_job_s)) {
    text += fmt::format(" began {} ago to load it for a job that it still has",
                        readable_time(first_job_s));
  } else {
    text += " holds it" + (jobs > 0 ? ", for " + counted(jobs, "job", "jobs") : std::string());
  }
  if (!flag_in(holder, "may_run_it")) text += ", but may not run this job";
  return text;
}

std::string needs_text(const std::string& state, const json::object& needs) {
  std::string text;
  for (const json::value& holder : list_in(needs, "held_by")) {
    if (holder.is_object()) text += (text.empty() ? "" : "; ") + holder_text(holder.as_object());
  }
  if (text.empty()) text = "nobody holds it";
  const std::uint64_t holders = count_in(needs, "holders");
  const std::uint64_t shown = list_in(needs, "held_by").size();
  if (holders > shown) text += fmt::format("; and {} more", with_commas(holders - shown));
  const double load_s = number_in(needs, "load_mean_s");
  if (!std::isnan(load_s)) text += fmt::format(" (a load takes about {})", readable_time(load_s));
  std::string lines = labelled("state", state + ": " + text);
  const double blocked_s = number_in(needs, "blocked_for_s");
  if (blocked_s > 0) {
    lines += labelled(
        "blocked",
        fmt::format("loading {} has failed {} in a row; nobody who does not hold it "
                    "tries again for {}",
                    state, counted(count_in(needs, "failed_loads_in_a_row"), "time", "times"),
                    readable_time(blocked_s)));
  }
  return lines;
}

/// Nothing while nobody else asks for work.
std::string share_text(const std::string& user, const json::object& share) {
  const double due = number_in(share, "due_share");
  const double all_s = number_in(share, "used_by_all_s");
  if (std::isnan(due) || due > 0.9995 || !(all_s > 0)) return {};
  return labelled(
      "user",
      fmt::format("{} had {} of the {} that the workers have worked ({}); by weight it would be {}",
                  user.empty() ? "jobs without a user" : user, time_in(share, "used_s"),
                  readable_time(all_s), percent(number_in(share, "used_share")), percent(due)));
}

/// A slot is free, and nobody has said why: the strategy has not asked for its worker.
std::string left_free_text(const json::object& waiting) {
  if (count_in(object_in(waiting, "workers"), "free_slots") == 0) return {};
  const bool is_held = count_in(object_in(waiting, "needs"), "holders") > 0;
  return labelled(
      "waits",
      fmt::format("{}, to strategy '{}' {}",
                  is_held ? "for those who hold its state" : "although a slot is free",
                  text_in(waiting, "strategy"),
                  is_held ? "another load is not worth it yet" : "it is not worth that yet"));
}

std::string waits_for_text(const json::object& waiting) {
  std::string text;
  if (const std::string worker = text_in(waiting, "room_is_made_at"); !worker.empty()) {
    text = labelled("waits", worker +
                                 " takes nothing else until its running jobs let go of a "
                                 "state, to begin this one or one like it");
  }
  const json::object& decision = object_in(waiting, "waits_for");
  if (decision.empty()) return text.empty() ? left_free_text(waiting) : text;
  const double left_s = number_in(decision, "for_at_most_s") - number_in(decision, "ago_s");
  const std::string until =
      std::isnan(left_s) ? "until something changes" : readable_time(left_s) + " more at most";
  return text + labelled("waits", fmt::format("{} stays free, {}: {}", text_in(decision, "worker"),
                                              until, text_in(decision, "because")));
}

std::string estimate_text(const json::object& estimate) {
  if (estimate.empty()) return {};
  const double soonest_s = number_in(estimate, "soonest_s");
  return labelled("expected", fmt::format("to begin in {}, between {} and {} (an estimate)",
                                          time_in(estimate, "expected_s"),
                                          soonest_s < 0.001 ? "now" : readable_time(soonest_s),
                                          time_in(estimate, "latest_s")));
}

}  // namespace

std::string labelled(std::string_view label, std::string_view sentence) {
  return fmt::format("{:<9} {}\n", label, sentence);
}

std::string waiting_text(const json::object& told) {
  const json::object& waiting = object_in(told, "waiting");
  if (waiting.empty()) return {};
  std::string text = ahead_text(told, object_in(waiting, "ahead"));
  const json::object& obstacle = object_in(waiting, "obstacle");
  if (!obstacle.empty()) return obstacle_text(obstacle) + text;
  text += workers_text(object_in(waiting, "workers"));
  const json::object& needs = object_in(waiting, "needs");
  if (!needs.empty()) text += needs_text(text_in(told, "state"), needs);
  text += share_text(text_in(told, "user"), object_in(waiting, "share"));
  text += waits_for_text(waiting);
  return text + estimate_text(object_in(waiting, "estimate"));
}

}  // namespace steelyard::cli
