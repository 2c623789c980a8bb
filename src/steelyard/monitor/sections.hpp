#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "steelyard/core/job_table.hpp"
#include "steelyard/monitor/report.hpp"
#include "steelyard/monitor/survey.hpp"

/// The parts that a report is put together from.
namespace steelyard::monitor {

[[nodiscard]] boost::json::object stats_section(const Sources& sources);
[[nodiscard]] boost::json::object queues_section(const Sources& sources);
[[nodiscard]] boost::json::object workers_section(const Sources& sources);
[[nodiscard]] boost::json::object states_section(const Sources& sources);
[[nodiscard]] boost::json::object users_section(const Sources& sources);
[[nodiscard]] boost::json::object jobs_section(const Sources& sources);
[[nodiscard]] boost::json::object health_section(const Sources& sources);
[[nodiscard]] boost::json::object stats_section(const Sources& sources, const Survey& survey);
[[nodiscard]] boost::json::object health_section(const Sources& sources, const Survey& survey);

/// `{"rows": […]}`: what hubs and gateways have announced.
[[nodiscard]] std::string parts_report(const Sources& sources);
/// One of them as a JSON object.
void append_part(std::string& into, const Sources& sources, SessionId session,
                 const Announcement& part);

/// A warning when `groups-by-state` leaves states too early to keep up with what comes, see
/// grouping.cpp. Cost: O(decisions of the last minute + states + workers).
[[nodiscard]] std::optional<std::string> unstable_grouping(const Sources& sources);

/// Whether a job that runs takes longer than three times what nine of ten like it stay below,
/// loading included; never, as long as that is not known.
[[nodiscard]] bool is_slow(const Sources& sources, const core::Job& job);
/// Of one that runs: when its attempt began.
[[nodiscard]] TimePoint begun_at(const core::Job& job);

/// Whether there is more to say of a state than that its name was once refused.
[[nodiscard]] bool is_worth_a_row(const core::Scheduler& scheduler, StateId id);
/// What loading the state takes, as far as it was measured itself; nullptr: it was not.
[[nodiscard]] const strategy::Estimate* own_load(const core::Scheduler& scheduler, StateId state);

/// The end of a sentence about a queue that no worker serves: what becomes of its jobs. Empty: they
/// wait.
[[nodiscard]] std::string until_they_fail(const Sources& sources);

/// As text, because a 64-bit number does not survive every JSON reader.
[[nodiscard]] std::string hexadecimal(std::uint64_t number);
/// Seconds as a number with microseconds.
[[nodiscard]] double seconds(Duration duration);
/// `sum / count` in seconds; null when nothing was counted.
[[nodiscard]] boost::json::value mean_s(core::TimeSum sum, std::uint64_t count);
/// Appends `jobs`, `attempts`, `wait_mean_s` and `run_mean_s`.
void add_counters(boost::json::object& into, const core::Counters& counters);
/// The same, and the shortest and longest times.
void add_counters(boost::json::object& into, const core::Counters& counters,
                  const core::TimeSpread& spread);
/// A name from outside as a JSON string, with what is not UTF-8 replaced.
[[nodiscard]] boost::json::string text(std::string_view name);

/// The name as a JSON string; null for none().
template <class IdType>
[[nodiscard]] boost::json::value name_or_null(const base::Interner<IdType>& names, IdType id) {
  return id.valid() ? boost::json::value(text(names.name(id))) : boost::json::value(nullptr);
}
/// What is counted under this id; what nothing was counted for yet is not there.
template <class Counters>
[[nodiscard]] const Counters& counters_at(const std::vector<Counters>& counters, std::uint32_t id) {
  static const Counters kNone{};
  return id < counters.size() ? counters[id] : kNone;
}
/// The worker's name; empty: it has none.
[[nodiscard]] std::string_view name_of(const Sources& sources, WorkerId id);
/// "0123456789abcdef-42"
[[nodiscard]] std::string job_id(const Sources& sources, SessionId session, std::uint64_t sequence);

}  // namespace steelyard::monitor
