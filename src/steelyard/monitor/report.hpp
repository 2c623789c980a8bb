#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "steelyard/base/ids.hpp"
#include "steelyard/base/interner.hpp"
#include "steelyard/base/result.hpp"
#include "steelyard/base/time.hpp"
#include "steelyard/core/scheduler.hpp"
#include "steelyard/monitor/announcements.hpp"
#include "steelyard/monitor/last_minute.hpp"

namespace steelyard::monitor {

/// What a report is made of. Everything is read during the call only.
struct Sources {
  const core::Scheduler& scheduler;
  TimePoint now;
  TimePoint started;  ///< when the broker or balancer began
  const base::Interner<QueueId>& queues;
  const base::Interner<StateId>& states;
  const base::Interner<TenantId>& users;
  const base::Interner<TagId>& tags;
  std::span<const std::string> worker_names;      ///< by WorkerId
  std::span<const std::uint64_t> session_keys{};  ///< by SessionId, as job ids show them
  std::uint64_t incarnation = 0;                  ///< tells one run of the broker from the next
  std::string_view strategy;                      ///< as it was asked for
  std::uint64_t messages_malformed = 0;           ///< that could not be understood
  std::uint64_t messages_refused = 0;             ///< understood, but not acceptable
  std::span<const std::uint64_t> refusals{};      ///< jobs and peers refused, by ErrorCode
  std::uint64_t former_reports = 0;               ///< about leases of a former run of the broker
  std::uint64_t dropped_partials = 0;             ///< partial results that could reach nobody
  std::uint64_t kept_bytes = 0;                   ///< payloads and results kept now
  std::uint64_t max_kept_bytes = 0;
  const LastMinute* last_minute = nullptr;          ///< null: nobody remembers
  std::span<const std::string> worker_addresses{};  ///< by WorkerId, empty: not known
  const Announcements* parts = nullptr;  ///< what hubs and gateways say; null: nobody can
};

/// A list has at most this many rows, those with most unfinished jobs, ordered by name;
/// `rows_omitted` counts the others.
inline constexpr std::size_t kMaxReportRows = 1'000;

/// JSON text about `what`, in one line:
///
/// - `stats`: both ledgers, means, decisions by reason, limits and what is used of them;
/// - `queues`, `workers`, `states`, `users`, `jobs` (those that run, return or wait, the next ones
/// first, then those that are delayed or in quarantine):
/// `{"rows": […], "rows_omitted": 0}`;
/// - `parts`: what hubs and gateways have announced, and how long ago something was heard of them;
/// - `health`: `{"status": "ok" | "warning", "warnings": ["…"], …}`, each warning a sentence that
///   says what to do.
///
/// Fields carry their unit (`uptime_s`). What has not been measured yet, and a bound that is not
/// set, is null. Names from outside are made valid UTF-8 and escaped.
/// Errors: InvalidArgument for another `what`, naming those there are.
/// Cost: O(queues + states + users + lanes + workers · their queues).
[[nodiscard]] Result<std::string> report(std::string_view what, const Sources& sources);

}  // namespace steelyard::monitor
