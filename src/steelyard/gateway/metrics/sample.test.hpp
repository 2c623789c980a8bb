#pragma once

#include <string>

#include <boost/json.hpp>

#include "steelyard/gateway/monitor/board.hpp"

namespace steelyard::gateway {

/// A snapshot as a broker makes it, with something of everything.
class Sample {
 public:
  Sample() {
    namespace json = boost::json;
    add_queue("a", 60, 5, json::array{1, 2, 3}, 4.5);
    add_queue("b", 40, 2);
    add_user("ann", 60);
    add_state("m", 2);
    add_hub("room");
    parts_.push_back(json::object{{"kind", "gateway"}, {"name", "gate"}});
    stats_ = json::parse(R"({"uptime_s":12.5,"incarnation":"1","strategy":"amortised",
      "stopping":false,"workers":2,"slots":3,"sessions":4,
      "jobs":{"accepted":100,"forwarded_in":1,"forwarded_out":1,"delayed":1,"queued":7,"running":2,
        "returning":0,"finished":80,"failed":3,"cancelled":2,"expired":1,"quarantined":1},
      "attempts":{"dispatched":95,"running":2,"completed":85,"failed":4,"lost":2,"stopped":1,
        "handed_back":1},
      "returns":{"direct":50,"through_broker":30,"fetched":0,"lost":0},
      "switches":9,"evictions":3,"failed_loads":1,"decisions":{"oldest":60,"holds_state":35},
      "start_estimates":{"jobs":20,"within":18},
      "strategy_faults":{"thrown":0,"not_allowed":0,"too_slow":0},
      "troubles":{"slow":1,"hung":0,"ignored_stops":0,"deaths":3,"offences":0,"expelled":0,
        "dropped_from_quarantine":0},
      "journal":{"records":20,"behind":1,"failing":null},"stale_reports":1,
      "messages_malformed":0,"messages_refused":2,"refusals":{"queue_full":4},"kept_bytes":1000,
      "limits":{"max_kept_bytes":100000,"max_queued_jobs":1000}})");
  }

  void add_queue(const std::string& name, int accepted, int queued,
                 boost::json::array waits = {0, 0, 0}, double wait_sum_s = 0) {
    const boost::json::value longest = queued > 2 ? boost::json::value(1.5) : nullptr;
    queues_.push_back({name,
                       1,
                       2,
                       accepted,
                       1,
                       0,
                       0,
                       queued,
                       1,
                       0,
                       accepted,
                       1,
                       0,
                       0,
                       0,
                       accepted,
                       0,
                       0,
                       0,
                       0,
                       longest,
                       0,
                       6,
                       wait_sum_s,
                       0.1,
                       2.0,
                       4,
                       1.0,
                       0.1,
                       0.5,
                       std::move(waits),
                       {4, 0, 0}});
  }
  void add_user(const std::string& name, int accepted) {
    users_.push_back({name, 2, accepted, 0, 1, 1, accepted, 0, 0, 12.5, 5, 2.5, 1.0});
  }
  void set_user(std::string_view name, int accepted) {
    for (boost::json::value& user : users_) {
      if (user.at(0).as_string() == name) user.at(2) = accepted;
    }
  }
  void add_state(const std::string& name, int holders) {
    states_.push_back({name, holders, 1, 3, 0.5, 0, 0});
  }
  void add_hub(const std::string& name) {
    parts_.push_back(
        boost::json::object{{"kind", "hub"},
                            {"name", name},
                            {"machine_load", 37},
                            {"groups", boost::json::array{boost::json::object{{"group", "ocr"},
                                                                              {"wanted", 3},
                                                                              {"running", 2},
                                                                              {"starting", 1},
                                                                              {"state", "running"},
                                                                              {"restarts", 2}}}}});
  }
  void set_strategy(const std::string& strategy) { stats_.as_object()["strategy"] = strategy; }

  [[nodiscard]] std::string text() const {
    namespace json = boost::json;
    const json::array workers{
        {"w1",    0,       "10.0.0.1", 2,       0,       0,   0,   "idle", {"m"},
         nullptr, nullptr, nullptr,    nullptr, nullptr, 1.0, 2.0, 50,     1.0,
         nullptr, nullptr, 0.5,        9,       0,       1,   0},
        {"w2",    0,       "",      1,       1,       0,   1,   "loading", json::array{},
         "m",     nullptr, nullptr, nullptr, nullptr, 1.0, 2.0, 20,        1.0,
         nullptr, nullptr, 0.5,     9,       0,       1,   0}};
    return json::serialize(json::object{
        {"version", 1},
        {"stats", stats_},
        {"health", json::object{{"status", "warning"}, {"warnings", json::array{"no workers"}}}},
        {"parts", parts_},
        {"bucket_bounds_s", json::array{0.01, 1}},
        {"queues", table(kQueueColumns, queues_)},
        {"workers", table(kWorkerColumns, workers)},
        {"users", table(kUserColumns, users_)},
        {"states", table(kStateColumns, states_)}});
  }

  [[nodiscard]] Board::Latest latest() const {
    auto snapshot = SnapshotText::read(text());
    return {.number = 1,
            .sighting =
                std::make_shared<const Sighting>(Board::Clock::now(), std::move(snapshot).value()),
            .is_connected = true};
  }

 private:
  static constexpr const char* kQueueColumns =
      R"(["queue","workers","slots","accepted","forwarded_in","forwarded_out","delayed","queued",
      "running","returning","finished","failed","cancelled","expired","quarantined","dispatched",
      "attempts_failed","lost","stopped","handed_back","longest_wait_s","outside_windows","waits",
      "wait_sum_s","wait_min_s","wait_max_s","runs","run_sum_s","run_min_s","run_max_s",
      "wait_buckets","run_buckets"])";
  static constexpr const char* kWorkerColumns =
      R"(["worker","queue_set","address","slots","running","ahead","draining","doing","states",
      "loads","job","task","user","progress","loading_s","working_s","machine_load","weight",
      "priority_min","priority_max","heard_ago_s","finished","failed","switches","evictions"])";
  static constexpr const char* kUserColumns =
      R"(["user","weight","accepted","delayed","queued","running","finished","failed","cancelled",
      "worker_s","waits","wait_sum_s","wait_max_s"])";
  static constexpr const char* kStateColumns =
      R"(["state","holders","loading","waiting","load_mean_s","failures","pinned"])";

  static boost::json::object table(const char* columns, const boost::json::array& rows) {
    return {{"columns", boost::json::parse(columns)}, {"rows", rows}, {"rows_omitted", 0}};
  }

  boost::json::value stats_;
  boost::json::array queues_;
  boost::json::array users_;
  boost::json::array states_;
  boost::json::array parts_;
};

}  // namespace steelyard::gateway
