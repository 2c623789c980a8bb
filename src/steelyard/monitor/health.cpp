#include <string>

#include <fmt/format.h>

#include "steelyard/monitor/health_parts.hpp"
#include "steelyard/monitor/sections.hpp"
#include "steelyard/monitor/survey.hpp"
#include "steelyard/monitor/warnings.hpp"

/// What an operator should know, in words that say what to do.
namespace steelyard::monitor {
namespace {

namespace json = boost::json;
using About = Warnings::About;

/// One may be an accident.
constexpr std::uint32_t kManyFailedLoads = 3;

/// "3 jobs wait", "1 job waits".
std::string waiting_jobs(std::uint64_t count) {
  return counted(count, "job waits", "jobs wait");
}

bool nearly(std::uint64_t used, std::uint64_t limit) {
  return used >= limit - limit / 10;
}

void warn_of_workers(const Sources& sources, const Survey& survey, Warnings& warnings) {
  const core::WorkerTable& workers = sources.scheduler.workers();
  if (sources.scheduler.stopping())
    warnings.add(About::Workers, "stopping: no more jobs are accepted");
  if (survey.silent_workers() > 0 && workers.joined(survey.most_silent())) {
    const Duration silence = sources.now - workers.record(survey.most_silent()).last_heard;
    warnings.add(About::Workers,
                 fmt::format("{} silent for more than two beats, worker '{}' for {:.1f} s (lost "
                             "after {} s): look at the load and the network of its machine",
                             counted(survey.silent_workers(), "worker is", "workers are"),
                             name_of(sources, survey.most_silent()), seconds(silence),
                             seconds(sources.scheduler.options().worker_lost_after)));
  }
  if (workers.joined_count() == 0) {
    warnings.add(About::Workers,
                 "no workers: start one with `steelyard worker --queue QUEUE --exec COMMAND`");
  }
}

void warn_of_queues(const Sources& sources, const Survey& survey, Warnings& warnings) {
  const std::vector<QueueNow>& queues = survey.queues();
  for (std::uint32_t i = 0; i < queues.size(); ++i) {
    const QueueNow& queue = queues[i];
    if (queue.waiting == 0) continue;
    const std::string name(sources.queues.name(QueueId{i}));
    if (queue.workers == 0) {
      warnings.add(About::Queues,
                   "queue '" + name + "': " + waiting_jobs(queue.waiting) +
                       " and no worker serves it: start one with `steelyard worker --queue " +
                       name + " --exec COMMAND`" + until_they_fail(sources));
    } else if (queue.outside_windows > 0) {
      warnings.add(About::Queues,
                   "queue '" + name + "': " + waiting_jobs(queue.outside_windows) +
                       " that none of its workers may do, for the job's priority, tags or the "
                       "size of its state: `steelyard explain JOB` says which");
    }
  }
}

void warn_of_states(const Sources& sources, Warnings& warnings) {
  const strategy::View& view = sources.scheduler.view();
  for (std::uint32_t i = 0; i < view.states(); ++i) {
    const std::uint32_t failures = view.state(StateId{i}).failures;
    if (failures < kManyFailedLoads) continue;
    warnings.add(About::States,
                 "state '" + std::string(sources.states.name(StateId{i})) +
                     "' could not be loaded " + std::to_string(failures) +
                     " times in a row: the errors of its jobs and the logs of the workers "
                     "that serve them say why");
  }
}

void warn_of_limits(const Sources& sources, Warnings& warnings) {
  const core::Options& limits = sources.scheduler.options();
  const std::uint64_t queued = sources.scheduler.book().total().jobs.queued;
  if (nearly(queued, limits.max_queued_jobs)) {
    warnings.add(About::Broker, waiting_jobs(queued) + ", near the limit max_queued_jobs = " +
                                    std::to_string(limits.max_queued_jobs) +
                                    ": add workers or raise the limit");
  }
  if (sources.max_kept_bytes > 0 && nearly(sources.kept_bytes, sources.max_kept_bytes)) {
    warnings.add(About::Broker, "payloads and results take " + std::to_string(sources.kept_bytes) +
                                    " bytes, near the limit max_kept_bytes = " +
                                    std::to_string(sources.max_kept_bytes) +
                                    ": add workers or raise the limit");
  }
}

void warn_of_jobs(const Sources& sources, const Survey& survey, Warnings& warnings) {
  const core::Scheduler& scheduler = sources.scheduler;
  const std::uint64_t quarantined = scheduler.book().total().jobs.quarantined;
  if (quarantined > 0) {
    warnings.add(
        About::Jobs,
        counted(quarantined, "job is", "jobs are") +
            " in quarantine, because the workers that did them died: `steelyard quarantine "
            "ls` shows how, `release` and `drop` decide");
  }
  if (const std::uint64_t slow = survey.slow_jobs(); slow > 0) {
    warnings.add(
        About::Jobs,
        counted(slow, "job runs", "jobs run") +
            " for more than three times as long as expected: `steelyard ls jobs` shows which, "
            "`steelyard cancel` ends them, and a time limit does so by itself");
  }
  if (const std::uint64_t ignored = scheduler.troubles().ignored_stops; ignored > 0) {
    warnings.add(
        About::Jobs,
        counted(ignored, "attempt was", "attempts were") +
            " asked to stop and went on, because the work function does not look: let it call "
            "stop_requested(), or do the work in a process of its own (--exec, --lines)");
  }
}

void warn_of_journal(const Sources& sources, Warnings& warnings) {
  const auto failing = sources.scheduler.log_failing();
  if (!failing) return;
  const std::string_view what = *failing == ErrorCode::JournalFull
                                    ? "its disk is full: make room, it goes on by itself"
                                    : "the broker's log says why";
  warnings.add(About::Journal, "the journal takes nothing at present (" +
                                   std::string(to_string(*failing)) +
                                   "), jobs that ask for it are refused: " + std::string(what));
}

/// Records that wait to be written; a disk that keeps up has none for long.
constexpr std::uint64_t kFarBehind_records = 10'000;

void warn_of_lag(const Sources& sources, Warnings& warnings) {
  const std::uint64_t behind = sources.scheduler.appended() - sources.scheduler.persisted();
  if (behind < kFarBehind_records || sources.scheduler.log_failing()) return;
  warnings.add(About::Journal,
               counted(behind, "record waits", "records wait") +
                   " to be written to the journal: its disk does not keep up; move it to a faster "
                   "one, or submit fewer jobs with `--durability journal`");
}

/// Thrash: the workers load more than they work, give up states for that, and it is a tenth of all
/// they could do.
void warn_of_thrash(const Sources& sources, Warnings& warnings) {
  constexpr double kLeastShareOfTime = 0.1;
  constexpr std::uint64_t kFewEvictions = 3;
  if (sources.last_minute == nullptr) return;
  const LastMinute::Spent spent = sources.last_minute->spent(sources.now, sources.scheduler);
  const double slots = sources.scheduler.workers().slots_in(~std::uint64_t{0});
  if (spent.evictions < kFewEvictions || spent.loading_s <= spent.working_s ||
      spent.loading_s < kLeastShareOfTime * slots * seconds(spent.span)) {
    return;
  }
  const double share = spent.loading_s / (spent.loading_s + spent.working_s);
  warnings.add(
      About::States,
      fmt::format("thrash: in the last {:.0f} s the workers loaded states for {:.0f} % of "
                  "the time that they were busy, and gave up {}: let workers hold more "
                  "states (--states), pin the ones that are asked for most, or use "
                  "--strategy amortised",
                  seconds(spent.span), share * 100, counted(spent.evictions, "state", "states")));
}

/// Fewer than half of the jobs began when it was expected.
void warn_of_estimates(const Sources& sources, Warnings& warnings) {
  constexpr std::uint64_t kFewJobs = 1'000;
  const core::EstimateQuality& quality = sources.scheduler.estimate_quality();
  if (quality.jobs < kFewJobs || 2 * quality.within >= quality.jobs) return;
  warnings.add(
      About::Estimates,
      fmt::format("only {:.0f} % of {} began when it was expected: their run times vary "
                  "more than those before them; give jobs that differ much queues of "
                  "their own",
                  100.0 * static_cast<double>(quality.within) / static_cast<double>(quality.jobs),
                  counted(quality.jobs, "job", "jobs")));
}

void warn_of_strategy(const Sources& sources, Warnings& warnings) {
  const core::StrategyFaults& faults = sources.scheduler.strategy_faults();
  const std::string strategy = "strategy '" + std::string(sources.strategy) + "' ";
  if (faults.thrown > 0) {
    warnings.add(
        About::Strategy,
        strategy + "threw " + counted(faults.thrown, "exception", "exceptions") +
            ", the last one '" + faults.last_exception +
            "'; the oldest job was taken instead: correct the strategy, or start the broker "
            "with another one");
  }
  if (faults.unsound > 0) {
    warnings.add(
        About::Strategy,
        strategy + "answered " + counted(faults.unsound, "time", "times") +
            " what is not allowed, such as a job that the worker may not run; the oldest job "
            "was taken instead: correct the strategy, or start the broker with another one");
  }
  if (faults.too_slow > 0) {
    warnings.add(
        About::Strategy,
        strategy + "was too slow " + counted(faults.too_slow, "time", "times") +
            ", the last time '" + faults.last_too_slow +
            "'; the oldest job was taken instead: make it faster, or start the broker with a "
            "higher --max-strategy-call-ms");
  }
  if (const auto unstable = unstable_grouping(sources)) warnings.add(About::Strategy, *unstable);
}

void warn_of_faults(const Sources& sources, Warnings& warnings) {
  if (sources.messages_malformed > 0) {
    warnings.add(
        About::Broker,
        counted(sources.messages_malformed, "message", "messages") +
            " could not be understood: a peer has another version or is no part of steelyard; "
            "the broker's log names it");
  }
}

void warn_of_parts(const Sources& sources, Warnings& warnings) {
  if (sources.parts == nullptr) return;
  for (const auto& [session, part] : sources.parts->all()) {
    for (const std::string& warning : part.warnings) {
      warnings.add(About::Others, part.kind + " '" + part.name + "': " + warning);
    }
  }
}

}  // namespace

std::string until_they_fail(const Sources& sources) {
  const Duration ttl = sources.scheduler.options().unserved_ttl;
  if (ttl <= Duration::zero()) return {};
  return fmt::format("; jobs fail with no_such_task after {:.0f} s of that (unserved_ttl_s)",
                     seconds(ttl));
}

json::object health_section(const Sources& sources, const Survey& survey) {
  Warnings collected;
  warn_of_workers(sources, survey, collected);
  warn_of_queues(sources, survey, collected);
  warn_of_states(sources, collected);
  warn_of_thrash(sources, collected);
  warn_of_limits(sources, collected);
  warn_of_jobs(sources, survey, collected);
  warn_of_journal(sources, collected);
  warn_of_lag(sources, collected);
  warn_of_strategy(sources, collected);
  warn_of_estimates(sources, collected);
  warn_of_faults(sources, collected);
  warn_of_parts(sources, collected);
  json::array parts = health_parts(sources, survey, collected);
  json::array warnings = collected.take();
  const core::JobLedger& jobs = sources.scheduler.book().total().jobs;
  return {{"status", warnings.empty() ? "ok" : "warning"},
          {"warnings", std::move(warnings)},
          {"parts", std::move(parts)},
          {"uptime_s", seconds(sources.now - sources.started)},
          {"workers", sources.scheduler.workers().joined_count()},
          {"delayed", jobs.delayed},
          {"queued", jobs.queued},
          {"running", jobs.running},
          {"quarantined", jobs.quarantined}};
}

json::object health_section(const Sources& sources) {
  return health_section(sources, Survey::of(sources));
}

}  // namespace steelyard::monitor
