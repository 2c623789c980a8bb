#pragma once

#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

/// Snapshots as a broker sends them, for tests, with as much in them as a test says.
namespace steelyard::cli {

struct TestSnapshot {
  double uptime_s = 10;
  std::string incarnation = "00000000000000aa";
  std::vector<std::string> warnings{};
  std::string queues{};   ///< rows: queue, workers, queued, running, finished, failed, accepted
  std::string workers{};  ///< rows: worker, slots, running, draining, doing, task, finished,
                          ///< working_s, heard_ago_s
  std::string users{};    ///< rows: user, weight, queued, running, finished, worker_s
  std::uint64_t finished = 0;

  [[nodiscard]] boost::json::object object() const {
    const auto table = [](std::string_view columns, const std::string& rows) {
      return fmt::format(R"({{"columns": [{}], "rows": [{}], "rows_omitted": 0}})", columns, rows);
    };
    std::string quoted;
    for (const std::string& warning : warnings) {
      quoted += (quoted.empty() ? "" : ",") + boost::json::serialize(boost::json::string(warning));
    }
    const std::string text = fmt::format(
        R"({{"version": 1, "incarnation": "{}", "uptime_s": {},
        "stats": {{"jobs": {{"queued": 5, "running": 2, "finished": {}}},
                   "workers": 2, "slots": 4}},
        "health": {{"warnings": [{}]}}, "queues": {}, "workers": {}, "users": {}}})",
        incarnation, uptime_s, finished, quoted,
        table(R"("queue","workers","queued","running","finished","failed","accepted")", queues),
        table(R"("worker","slots","running","draining","doing","task","finished","working_s",)"
              R"("heard_ago_s")",
              workers),
        table(R"("user","weight","queued","running","finished","worker_s")", users));
    return boost::json::parse(text).as_object();
  }
};

}  // namespace steelyard::cli
