#include "steelyard/monitor/health_parts.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "steelyard/monitor/sections.hpp"

namespace steelyard::monitor {
namespace {

namespace json = boost::json;
using About = Warnings::About;

json::object part(std::string_view name, std::string_view state, const std::string& words) {
  return {{"part", text(name)}, {"state", state}, {"text", text(words)}};
}

std::string_view state_of(std::size_t warnings) {
  return warnings == 0 ? "ok" : "warning";
}

std::string broker_text(const Sources& sources) {
  const core::Scheduler& scheduler = sources.scheduler;
  std::string words =
      fmt::format("strategy {}, {}, {} kept", sources.strategy,
                  counted(scheduler.open_sessions(), "client", "clients"),
                  counted(sources.kept_bytes, "byte of payloads", "bytes of payloads"));
  if (scheduler.stopping()) words += ", stopping";
  return words;
}

std::string workers_text(const Sources& sources, const Survey& survey) {
  const core::WorkerTable& workers = sources.scheduler.workers();
  std::string words =
      fmt::format("{} with {}", counted(workers.joined_count(), "worker", "workers"),
                  counted(workers.slots_in(~std::uint64_t{0}), "slot", "slots"));
  if (survey.silent_workers() > 0) words += fmt::format(", {} silent", survey.silent_workers());
  return words;
}

std::string queues_text(const Sources& sources, const Survey& survey) {
  std::size_t with_jobs = 0;
  std::size_t unserved = 0;
  Duration longest{};
  for (const QueueNow& queue : survey.queues()) {
    with_jobs += queue.waiting > 0 ? 1 : 0;
    unserved += queue.waiting > 0 && queue.workers == 0 ? 1 : 0;
    if (queue.oldest) longest = std::max(longest, sources.now - *queue.oldest);
  }
  if (with_jobs == 0) return "no job waits";
  return fmt::format("jobs wait in {}, of which {} without a worker; the oldest for {:.1f} s",
                     counted(with_jobs, "queue", "queues"), counted(unserved, "is", "are"),
                     seconds(longest));
}

std::string jobs_text(const Sources& sources) {
  const core::JobLedger& jobs = sources.scheduler.book().total().jobs;
  return fmt::format("{} delayed, {} queued, {} running, {} in quarantine", jobs.delayed,
                     jobs.queued, jobs.running, jobs.quarantined);
}

std::string states_text(const Sources& sources) {
  if (sources.last_minute == nullptr) return "not measured";
  const LastMinute::Spent spent = sources.last_minute->spent(sources.now, sources.scheduler);
  const double busy_s = spent.loading_s + spent.working_s;
  if (busy_s <= 0) return "no worker was busy in the last minute";
  return fmt::format("workers loaded for {:.0f} % of their busy time in the last {:.0f} s",
                     100 * spent.loading_s / busy_s, seconds(spent.span));
}

json::object journal_part(const Sources& sources, const Warnings& warnings) {
  const core::Scheduler& scheduler = sources.scheduler;
  if (!scheduler.options().has_log) return part("journal", "off", "jobs outlive no restart");
  const std::uint64_t behind = scheduler.appended() - scheduler.persisted();
  return part("journal", state_of(warnings.count(About::Journal)),
              fmt::format("{}, of which {} not on disk yet",
                          counted(scheduler.appended(), "record", "records"), behind));
}

std::string estimates_text(const Sources& sources) {
  const core::EstimateQuality& quality = sources.scheduler.estimate_quality();
  if (quality.jobs == 0) return "no start was estimated yet";
  const auto jobs = static_cast<double>(quality.jobs);
  return fmt::format("{:.0f} % of {} began when expected, {:.1f} s off in the mean",
                     100 * static_cast<double>(quality.within) / jobs,
                     counted(quality.jobs, "job", "jobs"),
                     std::chrono::duration<double>(quality.error).count() / jobs);
}

void add_announced(json::array& parts, const Sources& sources) {
  if (sources.parts == nullptr) return;
  for (const auto& [session, announced] : sources.parts->all()) {
    const Duration silence = sources.now - announced.at;
    parts.push_back(part(announced.kind + " " + announced.name, state_of(announced.warnings.size()),
                         fmt::format("said how it is {:.1f} s ago", seconds(silence))));
  }
}

}  // namespace

json::array health_parts(const Sources& sources, const Survey& survey, const Warnings& warnings) {
  const auto state = [&](About what) { return state_of(warnings.count(what)); };
  json::array parts;
  parts.push_back(part("broker", state(About::Broker), broker_text(sources)));
  parts.push_back(part("workers", state(About::Workers), workers_text(sources, survey)));
  parts.push_back(part("queues", state(About::Queues), queues_text(sources, survey)));
  parts.push_back(part("jobs", state(About::Jobs), jobs_text(sources)));
  parts.push_back(part("states", state(About::States), states_text(sources)));
  parts.push_back(part("strategy", state(About::Strategy), std::string(sources.strategy)));
  parts.push_back(journal_part(sources, warnings));
  parts.push_back(part("estimates", state(About::Estimates), estimates_text(sources)));
  add_announced(parts, sources);
  return parts;
}

}  // namespace steelyard::monitor
