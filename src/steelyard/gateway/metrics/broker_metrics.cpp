#include <boost/json.hpp>

#include "steelyard/gateway/metrics/figures.hpp"
#include "steelyard/gateway/metrics/reading.hpp"

/// Of the broker as a whole.
namespace steelyard::gateway {
namespace {

namespace json = boost::json;

/// One series for each of the words, which are names of fields.
void add_each(Families::Family family, const json::object& fields, std::string_view label,
              std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words) {
    family.add(number_in(fields, word), {{label, word}});
  }
}

/// One series for each field that there is.
void add_all(Families::Family family, const json::object& fields, std::string_view label) {
  for (const auto& field : fields) family.add(number_of(field.value()), {{label, field.key()}});
}

void add_life(Families& families, const json::object& stats, const json::object& health) {
  auto info = families.gauge("broker_info", "The strategy that decides; always 1");
  if (!stats.empty()) info.add(1, {{"strategy", text_in(stats, "strategy")}});
  families.gauge("broker_uptime_seconds", "Time since the broker began")
      .add(number_in(stats, "uptime_s"));
  families.gauge("broker_stopping", "1 while the broker accepts no more jobs")
      .add(number_in(stats, "stopping"));
  auto warnings = families.gauge("health_warnings", "Sentences that steelyard health warns with");
  if (const json::value* list = health.if_contains("warnings"); list && list->is_array()) {
    warnings.add(static_cast<double>(list->get_array().size()));
  }
  families.gauge("sessions", "Clients that are known").add(number_in(stats, "sessions"));
}

void add_jobs(Families& families, const json::object& stats) {
  const json::object& jobs = object_in(stats, "jobs");
  add_each(families.gauge("jobs", "Jobs, by how they stand"), jobs, "standing",
           {"delayed", "queued", "running", "returning", "quarantined"});
  families.counter("jobs_accepted_total", "Jobs that were accepted")
      .add(number_in(jobs, "accepted"));
  add_each(families.counter("jobs_ended_total", "Jobs that ended, by how"), jobs, "outcome",
           {"finished", "failed", "cancelled", "expired"});
  families.counter("jobs_forwarded_total", "Times that a job was forwarded to another queue")
      .add(number_in(jobs, "forwarded_in"));
}

void add_attempts(Families& families, const json::object& stats) {
  const json::object& attempts = object_in(stats, "attempts");
  families.counter("attempts_started_total", "Times that a job was given to a worker")
      .add(number_in(attempts, "dispatched"));
  add_each(families.counter("attempts_ended_total",
                            "Attempts that ended, by how; all but completed and stopped are made "
                            "again"),
           attempts, "outcome", {"completed", "failed", "lost", "stopped", "handed_back"});
  add_each(families.counter("results_returned_total", "Results, by the way they took"),
           object_in(stats, "returns"), "way", {"direct", "through_broker", "fetched", "lost"});
}

void add_decisions(Families& families, const json::object& stats) {
  add_all(families.counter("decisions_total", "Jobs given out, by the strategy's reason"),
          object_in(stats, "decisions"), "reason");
  families.counter("state_switches_total", "Times that a worker had to load a state for a job")
      .add(number_in(stats, "switches"));
  families.counter("state_evictions_total", "States that made room for another")
      .add(number_in(stats, "evictions"));
  families.counter("state_loads_failed_total", "States that could not be loaded")
      .add(number_in(stats, "failed_loads"));
  add_each(families.counter("strategy_faults_total", "Answers of the strategy that were not taken"),
           object_in(stats, "strategy_faults"), "kind", {"thrown", "not_allowed", "too_slow"});
  const json::object& estimates = object_in(stats, "start_estimates");
  families.counter("start_estimates_total", "Jobs whose start had been estimated and came")
      .add(number_in(estimates, "jobs"));
  families.counter("start_estimates_within_total", "Of these, those that began when expected")
      .add(number_in(estimates, "within"));
}

void add_troubles(Families& families, const json::object& stats) {
  add_all(families.counter("refusals_total", "Jobs and peers that were refused, by reason"),
          object_in(stats, "refusals"), "reason");
  families.counter("messages_malformed_total", "Messages that could not be understood")
      .add(number_in(stats, "messages_malformed"));
  families.counter("messages_refused_total", "Messages that were understood and not acceptable")
      .add(number_in(stats, "messages_refused"));
  families.counter("stale_reports_total", "Reports of workers about jobs that were taken away")
      .add(number_in(stats, "stale_reports"));
  const json::object& troubles = object_in(stats, "troubles");
  families.gauge("jobs_slow", "Jobs that run for more than three times as long as expected")
      .add(number_in(troubles, "slow"));
  families.counter("attempts_hung_total", "Attempts stopped because they told no progress")
      .add(number_in(troubles, "hung"));
  families.counter("stops_ignored_total", "Attempts that went on although told to stop")
      .add(number_in(troubles, "ignored_stops"));
  families.counter("worker_deaths_total", "Workers that were lost while they had a job")
      .add(number_in(troubles, "deaths"));
  families.counter("worker_offences_total", "Reports of workers that could not be true")
      .add(number_in(troubles, "offences"));
  families.counter("workers_expelled_total", "Workers that were sent away for their offences")
      .add(number_in(troubles, "expelled"));
  families.counter("quarantine_dropped_total", "Jobs dropped because quarantine was full")
      .add(number_in(troubles, "dropped_from_quarantine"));
}

void add_journal(Families& families, const json::object& stats) {
  const json::object& journal = object_in(stats, "journal");
  families.counter("journal_records_total", "Records handed to the journal")
      .add(number_in(journal, "records"));
  families.gauge("journal_behind_records", "Records that are not on disk yet")
      .add(number_in(journal, "behind"));
  auto failing = families.gauge("journal_failing", "1 while the journal takes nothing");
  if (!journal.empty()) failing.add(text_in(journal, "failing").empty() ? 0 : 1);
}

void add_limits(Families& families, const json::object& stats) {
  const json::object& limits = object_in(stats, "limits");
  families.gauge("kept_bytes", "Payloads and results kept by the broker")
      .add(number_in(stats, "kept_bytes"));
  families.gauge("kept_bytes_limit", "What may be kept at most")
      .add(number_in(limits, "max_kept_bytes"));
  families.gauge("queued_jobs_limit", "Jobs that may be queued at most")
      .add(number_in(limits, "max_queued_jobs"));
}

}  // namespace

void add_broker_metrics(Families& families, const SnapshotText* snapshot) {
  const json::object stats = object_of(snapshot, "stats");
  add_life(families, stats, object_of(snapshot, "health"));
  add_jobs(families, stats);
  add_attempts(families, stats);
  add_decisions(families, stats);
  add_troubles(families, stats);
  add_journal(families, stats);
  add_limits(families, stats);
}

}  // namespace steelyard::gateway
