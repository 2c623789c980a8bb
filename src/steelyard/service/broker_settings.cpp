#include <chrono>

#include <fmt/format.h>

#include "steelyard/base/names.hpp"
#include "steelyard/config/endpoint_text.hpp"
#include "steelyard/service/configuration.hpp"
#include "steelyard/strategy/registry.hpp"

namespace steelyard::service {
namespace {

void read_weights(config::Section& section, std::vector<std::pair<std::string, double>>& weights) {
  section.each([&](const config::Member& user) {
    double weight = 1;
    section.number(user.name, weight, 0.001, 1e6);
    if (!is_valid_name(user.name)) section.mistake(user.name, "is not a user's name");
    weights.emplace_back(user.name, weight);
  });
}

void read_limits(config::Section& broker, BrokerOptions& options) {
  core::Options& limits = options.limits;
  broker.number("max_queued_jobs", limits.max_queued_jobs, 1U);
  broker.number("max_queued_jobs_per_user", limits.max_queued_jobs_per_user);
  broker.number("max_queued_jobs_per_queue", limits.max_queued_jobs_per_queue);
  broker.number("max_unfinished_jobs_per_session", limits.max_unfinished_jobs_per_session, 1U);
  broker.number("max_payload_bytes", options.max_payload_bytes, std::uint64_t{1},
                kMostPayload_bytes);
  broker.number("max_kept_bytes", options.max_kept_bytes, std::uint64_t{1});
  broker.number("max_workers", limits.max_workers, 1U);
  broker.number("max_sessions", limits.max_sessions, 1U);
  broker.number("max_lanes", limits.max_lanes, 1U);
  broker.number("max_names", options.max_names, 1U);
  broker.number("max_attempts", limits.max_attempts, std::uint16_t{1});
  broker.number("max_hops", limits.max_hops);
  broker.number("max_deaths", limits.max_deaths, std::uint8_t{1});
  broker.number("max_quarantined_jobs", limits.max_quarantined_jobs, 1U);
}

/// Whole numbers of their units, as the flags of the same names.
void read_times(config::Section& broker, core::Options& limits) {
  using std::chrono::microseconds;
  using std::chrono::milliseconds;
  const auto read = [&broker]<class Unit>(const char* name, Duration& value, Unit unit,
                                          std::int64_t min, std::int64_t max) {
    unit = std::chrono::duration_cast<Unit>(value);
    if (!broker.has(name)) return static_cast<void>(broker.value(name));
    broker.ticks(name, unit, min, max);
    value = unit;
  };
  read("worker_lost_after_ms", limits.worker_lost_after, milliseconds(), kShortestSilenceMs,
       86'400'000);
  read("session_gone_after_ms", limits.session_gone_after, milliseconds(), kShortestSilenceMs,
       86'400'000);
  read("unserved_ttl_s", limits.unserved_ttl, std::chrono::seconds(), 0, kLongestUnserved_s);
  read("retry_first_ms", limits.retry_first, milliseconds(), 0, 86'400'000);
  read("retry_max_ms", limits.retry_max, milliseconds(), 0, 86'400'000);
  read("max_unstarted_work_us", limits.max_unstarted_work, microseconds(), 0, 1'000'000);
}

}  // namespace

void read_broker_settings(config::Section& section, BrokerOptions& broker) {
  const std::size_t before = section.mistakes().size();
  section.texts("listen", broker.listen, config::wrong_endpoint);
  if (broker.listen.empty() && section.mistakes().size() == before) {
    section.mistake("listen", "must not be empty");
  }
  section.flag("insecure", broker.insecure);
  section.text("strategy", broker.strategy);
  section.text("journal", broker.journal_file);
  section.section("user_weights", [&broker](config::Section& weights) {
    read_weights(weights, broker.user_weights);
  });
  read_limits(section, broker);
  read_times(section, broker.limits);
}

}  // namespace steelyard::service
