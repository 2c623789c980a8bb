#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "steelyard/core/job_table.hpp"
#include "steelyard/monitor/report.hpp"

/// The parts that a report is put together from.
namespace steelyard::monitor {

[[nodiscard]] boost::json::object stats_section(const Sources& sources);
[[nodiscard]] boost::json::object queues_section(const Sources& sources);
[[nodiscard]] boost::json::object workers_section(const Sources& sources);
[[nodiscard]] boost::json::object states_section(const Sources& sources);
[[nodiscard]] boost::json::object users_section(const Sources& sources);
[[nodiscard]] boost::json::object jobs_section(const Sources& sources);
[[nodiscard]] boost::json::object health_section(const Sources& sources);

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
/// How many are. Cost: O(running jobs).
[[nodiscard]] std::uint64_t slow_jobs(const Sources& sources);

/// As text, because a 64-bit number does not survive every JSON reader.
[[nodiscard]] std::string hexadecimal(std::uint64_t number);
/// Seconds as a number with microseconds.
[[nodiscard]] double seconds(Duration duration);
/// `sum / count` in seconds; null when nothing was counted.
[[nodiscard]] boost::json::value mean_s(core::TimeSum sum, std::uint64_t count);
/// Appends `jobs`, `attempts`, `wait_mean_s` and `run_mean_s`.
void add_counters(boost::json::object& into, const core::Counters& counters);
/// A name from outside as a JSON string, with what is not UTF-8 replaced.
[[nodiscard]] boost::json::string text(std::string_view name);

/// The name as a JSON string; null for none().
template <class IdType>
[[nodiscard]] boost::json::value name_or_null(const base::Interner<IdType>& names, IdType id) {
  return id.valid() ? boost::json::value(text(names.name(id))) : boost::json::value(nullptr);
}
/// "0123456789abcdef-42"
[[nodiscard]] std::string job_id(const Sources& sources, SessionId session, std::uint64_t sequence);

/// What the workers and the waiting jobs of one queue look like now.
struct QueueNow {
  std::uint32_t workers = 0;
  std::uint32_t slots = 0;
  std::uint64_t waiting = 0;
  std::uint64_t outside_windows = 0;  ///< waiting jobs whose priority no worker's window takes
  std::optional<TimePoint> oldest;    ///< arrival of the job that waits longest
  std::set<std::pair<std::int32_t, std::int32_t>> windows;
};

/// By QueueId. Cost: O(lanes that wait + workers · their queues).
[[nodiscard]] std::vector<QueueNow> queues_now(const Sources& sources);

}  // namespace steelyard::monitor
