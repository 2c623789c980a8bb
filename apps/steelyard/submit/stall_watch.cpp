#include "submit/stall_watch.hpp"

#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "cli/query.hpp"

namespace steelyard::cli {
namespace {

namespace json = boost::json;

/// Answers may come meanwhile, and are to be printed.
constexpr std::chrono::milliseconds kQueryTimeout{50};

const json::object* find_queue(const json::object& report, std::string_view queue) {
  for (const json::value& row : list_in(report, "rows")) {
    if (row.is_object() && text_in(row.as_object(), "queue") == queue) return &row.as_object();
  }
  return nullptr;
}

bool takes(const json::value& window, std::int32_t priority) {
  if (!window.is_object()) return true;
  const json::value* lowest = window.as_object().if_contains("priority_min");
  const json::value* highest = window.as_object().if_contains("priority_max");
  const bool too_low = lowest != nullptr && lowest->is_int64() && priority < lowest->as_int64();
  const bool too_high = highest != nullptr && highest->is_int64() && priority > highest->as_int64();
  return !too_low && !too_high;
}

}  // namespace

std::optional<std::string> why_jobs_wait(const std::string& report, const std::string& queue,
                                         std::int32_t priority) {
  const auto parsed = parse_report(report);
  const json::object* row = parsed ? find_queue(*parsed, queue) : nullptr;
  if (row == nullptr) return std::nullopt;
  if (count_in(*row, "workers") == 0) {
    return fmt::format(
        "no worker serves queue '{0}' yet; the work waits. Start one: steelyard worker --queue {0} "
        "--exec COMMAND",
        queue);
  }
  const json::array& windows = list_in(*row, "windows");
  if (windows.empty() || std::ranges::any_of(windows, [priority](const json::value& window) {
        return takes(window, priority);
      })) {
    return std::nullopt;
  }
  return fmt::format(
      "no worker of queue '{}' takes priority {}; the work waits. See: steelyard ls workers", queue,
      priority);
}

std::optional<std::string> StallWatch::look(Client& client) {
  if (warned_ || Clock::now() < next_look_) return std::nullopt;
  const auto report = client.query("queues", kQueryTimeout);
  pause_ = std::min<Clock::duration>(pause_ * 2, kLongestPause);
  next_look_ = Clock::now() + pause_;
  std::optional<std::string> why;
  if (report) {
    why = why_jobs_wait(*report, queue_, priority_);
  } else if (!client.stats().connected) {
    why = "the broker does not answer; what waits there goes on when it is back (Ctrl+C gives up)";
  }
  warned_ = why.has_value();
  return why;
}

}  // namespace steelyard::cli
