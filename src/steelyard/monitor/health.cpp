#include <string>

#include "steelyard/monitor/sections.hpp"

/// What an operator should know, in words that say what to do.
namespace steelyard::monitor {
namespace {

namespace json = boost::json;

/// Past this many queues or states with the same trouble, the others are only counted.
constexpr std::size_t kMaxSuchWarnings = 20;
/// One may be an accident.
constexpr std::uint32_t kManyFailedLoads = 3;

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return std::to_string(count).append(" ").append(count == 1 ? one : many);
}

/// "3 jobs wait", "1 job waits".
std::string waiting_jobs(std::uint64_t count) {
  return counted(count, "job waits", "jobs wait");
}

bool nearly(std::uint64_t used, std::uint64_t limit) {
  return used >= limit - limit / 10;
}

class Warnings {
 public:
  void add(std::string_view sentence) { sentences_.push_back(text(sentence)); }

  /// As `add`, for one of many queues, or states.
  void add_for_queue(std::string_view sentence) {
    if (++queues_ <= kMaxSuchWarnings) add(sentence);
  }
  void add_for_state(std::string_view sentence) {
    if (++states_ <= kMaxSuchWarnings) add(sentence);
  }
  void add_for_part(std::string_view sentence) {
    if (++parts_ <= kMaxSuchWarnings) add(sentence);
  }

  json::array take() {
    if (queues_ > kMaxSuchWarnings) {
      add(counted(queues_ - kMaxSuchWarnings, "more queue has", "more queues have") +
          " jobs that no worker can take");
    }
    if (states_ > kMaxSuchWarnings) {
      add(counted(states_ - kMaxSuchWarnings, "more state", "more states") +
          " could not be loaded several times in a row");
    }
    if (parts_ > kMaxSuchWarnings) {
      add(counted(parts_ - kMaxSuchWarnings, "more warning", "more warnings") +
          " of hubs and gateways: their logs have them");
    }
    return std::move(sentences_);
  }

 private:
  json::array sentences_;
  std::size_t queues_ = 0;
  std::size_t states_ = 0;
  std::size_t parts_ = 0;
};

void warn_of_workers(const Sources& sources, Warnings& warnings) {
  const core::WorkerTable& workers = sources.scheduler.workers();
  if (sources.scheduler.stopping()) warnings.add("stopping: no more jobs are accepted");
  if (workers.joined_count() == 0) {
    warnings.add("no workers: start one with `steelyard worker --queue QUEUE --exec COMMAND`");
  }
}

void warn_of_queues(const Sources& sources, Warnings& warnings) {
  const std::vector<QueueNow> queues = queues_now(sources);
  for (std::uint32_t i = 0; i < queues.size(); ++i) {
    const QueueNow& queue = queues[i];
    const std::string name(sources.queues.name(QueueId{i}));
    if (queue.waiting > 0 && queue.workers == 0) {
      warnings.add_for_queue("queue '" + name + "': " + waiting_jobs(queue.waiting) +
                             " and no worker serves it: start one with `steelyard worker --queue " +
                             name + " --exec COMMAND`");
    } else if (queue.outside_windows > 0) {
      warnings.add_for_queue("queue '" + name + "': " + waiting_jobs(queue.outside_windows) +
                             " with a priority outside the windows of all its workers: start a "
                             "worker with other --priority-min and --priority-max");
    }
  }
}

void warn_of_states(const Sources& sources, Warnings& warnings) {
  const strategy::View& view = sources.scheduler.view();
  for (std::uint32_t i = 0; i < view.states(); ++i) {
    const std::uint32_t failures = view.state(StateId{i}).failures;
    if (failures < kManyFailedLoads) continue;
    warnings.add_for_state("state '" + std::string(sources.states.name(StateId{i})) +
                           "' could not be loaded " + std::to_string(failures) +
                           " times in a row: the errors of its jobs and the logs of the workers "
                           "that serve them say why");
  }
}

void warn_of_limits(const Sources& sources, Warnings& warnings) {
  const core::Options& limits = sources.scheduler.options();
  const std::uint64_t queued = sources.scheduler.book().total().jobs.queued;
  if (nearly(queued, limits.max_queued_jobs)) {
    warnings.add(waiting_jobs(queued) + ", near the limit max_queued_jobs = " +
                 std::to_string(limits.max_queued_jobs) + ": add workers or raise the limit");
  }
  if (sources.max_kept_bytes > 0 && nearly(sources.kept_bytes, sources.max_kept_bytes)) {
    warnings.add("payloads and results take " + std::to_string(sources.kept_bytes) +
                 " bytes, near the limit max_kept_bytes = " +
                 std::to_string(sources.max_kept_bytes) + ": add workers or raise the limit");
  }
}

void warn_of_jobs(const Sources& sources, Warnings& warnings) {
  const core::Scheduler& scheduler = sources.scheduler;
  const std::uint64_t quarantined = scheduler.book().total().jobs.quarantined;
  if (quarantined > 0) {
    warnings.add(counted(quarantined, "job is", "jobs are") +
                 " in quarantine, because the workers that did them died: `steelyard quarantine "
                 "ls` shows how, `release` and `drop` decide");
  }
  if (const std::uint64_t slow = slow_jobs(sources); slow > 0) {
    warnings.add(counted(slow, "job runs", "jobs run") +
                 " for more than three times as long as expected: `steelyard ls jobs` shows which, "
                 "`steelyard cancel` ends them, and a time limit does so by itself");
  }
  if (const std::uint64_t ignored = scheduler.troubles().ignored_stops; ignored > 0) {
    warnings.add(counted(ignored, "attempt was", "attempts were") +
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
  warnings.add("the journal takes nothing at present (" + std::string(to_string(*failing)) +
               "), jobs that ask for it are refused: " + std::string(what));
}

void warn_of_strategy(const Sources& sources, Warnings& warnings) {
  const core::StrategyFaults& faults = sources.scheduler.strategy_faults();
  const std::string strategy = "strategy '" + std::string(sources.strategy) + "' ";
  if (faults.thrown > 0) {
    warnings.add(strategy + "threw " + counted(faults.thrown, "exception", "exceptions") +
                 ", the last one '" + faults.last_exception +
                 "'; the oldest job was taken instead: correct the strategy, or start the broker "
                 "with another one");
  }
  if (faults.unsound > 0) {
    warnings.add(strategy + "answered " + counted(faults.unsound, "time", "times") +
                 " what is not allowed, such as a job that the worker may not run; the oldest job "
                 "was taken instead: correct the strategy, or start the broker with another one");
  }
  if (faults.too_slow > 0) {
    warnings.add(strategy + "was too slow " + counted(faults.too_slow, "time", "times") +
                 ", the last time '" + faults.last_too_slow +
                 "'; the oldest job was taken instead: make it faster, or start the broker with a "
                 "higher --max-strategy-call-ms");
  }
  if (const auto unstable = unstable_grouping(sources)) warnings.add(*unstable);
}

void warn_of_faults(const Sources& sources, Warnings& warnings) {
  if (sources.messages_malformed > 0) {
    warnings.add(counted(sources.messages_malformed, "message", "messages") +
                 " could not be understood: a peer has another version or is no part of steelyard; "
                 "the broker's log names it");
  }
}

void warn_of_parts(const Sources& sources, Warnings& warnings) {
  if (sources.parts == nullptr) return;
  for (const auto& [session, part] : sources.parts->all()) {
    for (const std::string& warning : part.warnings) {
      warnings.add_for_part(part.kind + " '" + part.name + "': " + warning);
    }
  }
}

}  // namespace

json::object health_section(const Sources& sources) {
  Warnings collected;
  warn_of_workers(sources, collected);
  warn_of_queues(sources, collected);
  warn_of_states(sources, collected);
  warn_of_limits(sources, collected);
  warn_of_jobs(sources, collected);
  warn_of_journal(sources, collected);
  warn_of_strategy(sources, collected);
  warn_of_faults(sources, collected);
  warn_of_parts(sources, collected);
  json::array warnings = collected.take();
  const core::JobLedger& jobs = sources.scheduler.book().total().jobs;
  return {{"status", warnings.empty() ? "ok" : "warning"},
          {"warnings", std::move(warnings)},
          {"uptime_s", seconds(sources.now - sources.started)},
          {"workers", sources.scheduler.workers().joined_count()},
          {"delayed", jobs.delayed},
          {"queued", jobs.queued},
          {"running", jobs.running},
          {"quarantined", jobs.quarantined}};
}

}  // namespace steelyard::monitor
