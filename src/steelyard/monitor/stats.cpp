#include <chrono>
#include <cmath>

#include "steelyard/monitor/sections.hpp"

namespace steelyard::monitor {
namespace {

namespace json = boost::json;

json::object jobs_of(const core::JobLedger& jobs) {
  return {{"accepted", jobs.accepted},
          {"forwarded_in", jobs.forwarded_in},
          {"forwarded_out", jobs.forwarded_out},
          {"delayed", jobs.delayed},
          {"queued", jobs.queued},
          {"running", jobs.running},
          {"returning", jobs.returning},
          {"finished", jobs.finished},
          {"failed", jobs.failed},
          {"cancelled", jobs.cancelled},
          {"expired", jobs.expired},
          {"quarantined", jobs.quarantined},
          {"balanced", jobs.balanced()}};
}

json::object attempts_of(const core::AttemptLedger& attempts) {
  return {{"dispatched", attempts.dispatched},
          {"running", attempts.running},
          {"completed", attempts.completed},
          {"failed", attempts.failed},
          {"lost", attempts.lost},
          {"stopped", attempts.stopped},
          {"handed_back", attempts.handed_back},
          {"balanced", attempts.balanced()}};
}

json::object returns_of(const core::Returns& returns) {
  return {{"direct", returns.direct},
          {"through_broker", returns.through_broker},
          {"fetched", returns.fetched},
          {"lost", returns.lost}};
}

json::object decisions_of(const core::Scheduler& scheduler) {
  json::object decisions;
  for (std::size_t i = 0; i < strategy::kReasonCount; ++i) {
    decisions[strategy::to_string(static_cast<strategy::Reason>(i))] = scheduler.decisions()[i];
  }
  return decisions;
}

json::object estimates_of(const core::EstimateQuality& quality) {
  json::object estimates{{"jobs", quality.jobs},
                         {"within", quality.within},
                         {"within_share", nullptr},
                         {"error_mean_s", mean_s(quality.error, quality.jobs)},
                         {"wait_mean_s", mean_s(quality.waited, quality.jobs)}};
  if (quality.jobs > 0) {
    estimates["within_share"] =
        static_cast<double>(quality.within) / static_cast<double>(quality.jobs);
  }
  return estimates;
}

json::object faults_of(const core::StrategyFaults& faults) {
  return {{"thrown", faults.thrown},
          {"not_allowed", faults.unsound},
          {"too_slow", faults.too_slow},
          {"last_thrown", text(faults.last_exception)},
          {"last_too_slow", text(faults.last_too_slow)}};
}

json::object troubles_of(const Sources& sources, const Survey& survey) {
  const core::Troubles& troubles = sources.scheduler.troubles();
  return {{"slow", survey.slow_jobs()},
          {"hung", troubles.hung},
          {"ignored_stops", troubles.ignored_stops},
          {"deaths", troubles.deaths},
          {"offences", troubles.offences},
          {"expelled", troubles.expelled},
          {"dropped_from_quarantine", troubles.dropped_from_quarantine}};
}

/// Null: there is none.
json::value journal_of(const core::Scheduler& scheduler) {
  if (!scheduler.options().has_log) return nullptr;
  const auto failing = scheduler.log_failing();
  return json::object{
      {"records", scheduler.appended()},
      {"behind", scheduler.appended() - scheduler.persisted()},
      {"failing", failing ? json::value(to_string(*failing)) : json::value(nullptr)}};
}

json::object limits_of(const core::Options& limits, std::uint64_t max_kept_bytes) {
  return {{"max_queued_jobs", limits.max_queued_jobs},
          {"max_queued_jobs_per_user", limits.max_queued_jobs_per_user},
          {"max_queued_jobs_per_queue", limits.max_queued_jobs_per_queue},
          {"max_unfinished_jobs_per_session", limits.max_unfinished_jobs_per_session},
          {"max_lanes", limits.max_lanes},
          {"max_workers", limits.max_workers},
          {"max_sessions", limits.max_sessions},
          {"max_attempts", limits.max_attempts},
          {"max_deaths", limits.max_deaths},
          {"max_quarantined_jobs", limits.max_quarantined_jobs},
          {"max_kept_bytes", max_kept_bytes},
          {"unserved_ttl_s", seconds(limits.unserved_ttl)},
          {"max_unstarted_work_s", seconds(limits.max_unstarted_work)},
          {"return_timeout_s", seconds(limits.return_timeout)},
          {"worker_lost_after_s", seconds(limits.worker_lost_after)},
          {"session_gone_after_s", seconds(limits.session_gone_after)}};
}

json::object refusals_of(std::span<const std::uint64_t> refusals) {
  json::object codes;
  for (std::size_t code = 0; code < refusals.size(); ++code) {
    if (refusals[code] > 0) codes[to_string(static_cast<ErrorCode>(code))] = refusals[code];
  }
  return codes;
}

/// Times of a group of jobs; null as long as nothing was measured.
void add_spread(json::object& into, const core::Counters& counters,
                const core::TimeSpread& spread) {
  const auto time = [](Duration value, std::uint64_t count) {
    return count == 0 ? json::value(nullptr) : json::value(seconds(value));
  };
  const std::uint64_t waits = counters.attempts.dispatched;
  const std::uint64_t runs = counters.time.measured;
  into["wait_min_s"] = time(spread.shortest_wait, waits);
  into["wait_max_s"] = time(counters.time.longest_wait, waits);
  into["run_min_s"] = time(spread.shortest_run, runs);
  into["run_max_s"] = time(spread.longest_run, runs);
  into["run_sum_s"] = std::chrono::duration<double>(counters.time.running).count();
}

}  // namespace

std::string hexadecimal(std::uint64_t number) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(16, '0');
  for (std::size_t i = text.size(); i-- > 0; number >>= 4) text[i] = kDigits[number & 15];
  return text;
}

double seconds(Duration duration) {
  const double exact = std::chrono::duration<double>(duration).count();
  return std::round(exact * 1e6) / 1e6;
}

json::value mean_s(core::TimeSum sum, std::uint64_t count) {
  if (count == 0) return nullptr;
  return seconds(std::chrono::duration_cast<Duration>(sum / static_cast<double>(count)));
}

void add_counters(json::object& into, const core::Counters& counters,
                  const core::TimeSpread& spread) {
  add_counters(into, counters);
  add_spread(into, counters, spread);
}

void add_counters(json::object& into, const core::Counters& counters) {
  into["jobs"] = jobs_of(counters.jobs);
  into["attempts"] = attempts_of(counters.attempts);
  into["wait_mean_s"] = mean_s(counters.time.waiting, counters.attempts.dispatched);
  into["run_mean_s"] = mean_s(counters.time.running, counters.time.measured);
}

json::string text(std::string_view name) {
  json::string result(name);
  boost::system::error_code error;
  json::parse(json::serialize(result), error);
  if (!error) return result;
  for (char& c : result) {
    if ((static_cast<unsigned char>(c) & 0x80) != 0) c = '?';
  }
  return result;
}

json::object stats_section(const Sources& sources) {
  return stats_section(sources, Survey::of(sources));
}

json::object stats_section(const Sources& sources, const Survey& survey) {
  const core::Scheduler& scheduler = sources.scheduler;
  const core::Counters& total = scheduler.book().total();
  const double uptime_s = seconds(sources.now - sources.started);
  const std::uint64_t answered = total.jobs.finished + total.jobs.failed + total.jobs.returning;
  json::object stats{{"uptime_s", uptime_s},
                     {"incarnation", hexadecimal(sources.incarnation)},
                     {"strategy", text(sources.strategy)},
                     {"stopping", scheduler.stopping()},
                     {"workers", scheduler.workers().joined_count()},
                     {"slots", scheduler.workers().slots_in(~std::uint64_t{0})},
                     {"sessions", scheduler.open_sessions()}};
  add_counters(stats, total, survey.spread());
  stats["jobs_per_s"] =
      uptime_s > 0 ? json::value(static_cast<double>(answered) / uptime_s) : json::value(nullptr);
  stats["returns"] = returns_of(scheduler.returns());
  stats["loading_s"] = std::chrono::duration<double>(scheduler.effort().loading).count();
  stats["working_s"] = std::chrono::duration<double>(scheduler.effort().working).count();
  stats["switches"] = scheduler.switches();
  stats["evictions"] = scheduler.evictions();
  stats["failed_loads"] = scheduler.failed_loads();
  stats["decisions"] = decisions_of(scheduler);
  stats["start_estimates"] = estimates_of(scheduler.estimate_quality());
  stats["strategy_faults"] = faults_of(scheduler.strategy_faults());
  stats["troubles"] = troubles_of(sources, survey);
  stats["journal"] = journal_of(scheduler);
  stats["stale_reports"] = scheduler.stale_reports();
  stats["unfounded_receipts"] = scheduler.unfounded_receipts();
  stats["messages_malformed"] = sources.messages_malformed;
  stats["messages_refused"] = sources.messages_refused;
  stats["refusals"] = refusals_of(sources.refusals);
  stats["former_reports"] = sources.former_reports;
  stats["dropped_partials"] = sources.dropped_partials;
  stats["kept_bytes"] = sources.kept_bytes;
  stats["limits"] = limits_of(scheduler.options(), sources.max_kept_bytes);
  return stats;
}

}  // namespace steelyard::monitor
