#include "measure/http_bench.hpp"

#include <fstream>
#include <memory>
#include <optional>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/part.hpp"
#include "cli/stop_signals.hpp"
#include "cli/table.hpp"
#include "measure/http_load.hpp"
#include "measure/http_parts.hpp"
#include "measure/latency_plot.hpp"
#include "measure/nginx.hpp"
#include "measure/summary.hpp"
#include "steelyard/monitor/json_text.hpp"
#include "steelyard/runtime/task/child_guard.hpp"
#include "submit/progress.hpp"

namespace steelyard::cli {
namespace {

namespace json = boost::json;

/// A server under measurement, which idles while it is the others' turn.
struct Server {
  std::string name;
  std::string address;
  std::vector<std::unique_ptr<Part>> parts{};
};

Result<Server> start_door(const std::string& name, bool has_worker,
                          const std::shared_ptr<ChildGuard>& guard) {
  std::vector<std::string> arguments{"bench", "http-door"};
  if (has_worker) arguments.emplace_back("--worker");
  auto door = Part::start(arguments, guard);
  if (!door) return tl::unexpected(door.error());
  const auto line = (*door)->wait_for_line(kDoorBroker);
  if (!line) return tl::unexpected(line.error());
  const std::size_t http = line->find(kDoorHttp);
  Server server{name, line->substr(http + kDoorHttp.size())};
  server.parts.push_back(std::move(*door));
  if (has_worker) return server;
  auto worker = Part::start({"bench", "http-worker", "--broker", line->substr(0, http)}, guard);
  if (!worker) return tl::unexpected(worker.error());
  server.parts.push_back(std::move(*worker));
  return server;
}

/// All that is compared; the reference last, if it is there.
class Contest {
 public:
  Result<void> start(const std::shared_ptr<ChildGuard>& guard) {
    for (const bool is_thread : {true, false}) {
      auto server = start_door(is_thread ? "worker thread" : "worker process", is_thread, guard);
      if (!server) return tl::unexpected(server.error());
      servers_.push_back(std::move(*server));
    }
    if (!Nginx::is_there()) return {};
    auto nginx = Nginx::start(guard);
    if (!nginx) return tl::unexpected(nginx.error());
    nginx_ = std::move(*nginx);
    servers_.push_back({"nginx", nginx_->address()});
    return {};
  }

  [[nodiscard]] const std::vector<Server>& servers() const { return servers_; }
  [[nodiscard]] bool has_reference() const { return nginx_ != nullptr; }

 private:
  std::vector<Server> servers_;
  std::unique_ptr<Nginx> nginx_;
};

/// What was measured of a server, a value per round.
struct Row {
  std::string server;
  std::uint32_t connections = 0;
  std::vector<double> per_s;
  std::vector<double> p50_us;
  std::vector<double> p99_us;
};

double microseconds(Duration time) {
  return static_cast<double>(time.count()) / 1'000;
}

Result<HttpMeasured> measure(const Server& server, HttpLoad load) {
  load.address = server.address;
  auto measured = measure_http(load);
  if (measured && measured->wrong > 0) {
    return failure(ErrorCode::WorkFailed,
                   fmt::format("{}: {} answers were no 200", server.name, measured->wrong));
  }
  return measured;
}

/// A row per server and number of connections, measured in turns.
Result<std::vector<Row>> play(const HttpBench& bench, const Contest& contest) {
  ProgressBar bar(errors_are_terminal());
  std::vector<Row> all;
  for (std::size_t i = 0; i < bench.connections.size(); ++i) {
    std::vector<Row> rows;
    for (const Server& server : contest.servers()) {
      rows.push_back({server.name, bench.connections[i], {}, {}, {}});
    }
    for (std::uint32_t round = 0; round < bench.rounds; ++round) {
      const double done = static_cast<double>(i * bench.rounds + round);
      bar.draw({.done = i * bench.rounds + round,
                .part = done / static_cast<double>(bench.connections.size() * bench.rounds)});
      for (std::size_t s = 0; s < rows.size(); ++s) {
        const auto measured = measure(contest.servers()[s], {.connections = bench.connections[i],
                                                             .seconds = bench.seconds_per_round});
        if (!measured) return tl::unexpected(measured.error());
        rows[s].per_s.push_back(measured->per_s());
        rows[s].p50_us.push_back(microseconds(measured->latency.quantile(0.5)));
        rows[s].p99_us.push_back(microseconds(measured->latency.quantile(0.99)));
      }
    }
    all.insert(all.end(), rows.begin(), rows.end());
  }
  bar.clear();
  return all;
}

/// The reference's row for as many connections.
const Row* reference_of(const Row& row, const std::vector<Row>& all) {
  for (const Row& other : all) {
    if (other.server == "nginx" && other.connections == row.connections) return &other;
  }
  return nullptr;
}

/// Latency at rates up to nine tenths of what the server can do.
Result<LatencyCurve> trace_curve(const HttpBench& bench, const Server& server) {
  constexpr std::uint32_t kConnections = 256;
  HttpLoad load{.connections = kConnections, .seconds = bench.seconds_per_round};
  const auto most = measure(server, load);
  if (!most) return tl::unexpected(most.error());
  LatencyCurve curve{server.name, {}};
  for (std::uint32_t i = 1; i <= bench.curve_rates; ++i) {
    load.rate_per_s = 0.9 * most->per_s() * i / bench.curve_rates;
    const auto measured = measure(server, load);
    if (!measured) return tl::unexpected(measured.error());
    curve.points.push_back({measured->per_s(), measured->latency.quantile(0.5),
                            measured->latency.quantile(0.99), measured->latency.quantile(0.999),
                            measured->unsent});
  }
  return curve;
}

Result<std::vector<LatencyCurve>> trace_curves(const HttpBench& bench, const Contest& contest) {
  std::vector<LatencyCurve> curves;
  if (bench.curve.empty()) return curves;
  for (const Server& server : contest.servers()) {
    auto curve = trace_curve(bench, server);
    if (!curve) return tl::unexpected(curve.error());
    curves.push_back(std::move(*curve));
  }
  std::ofstream file(bench.curve, std::ios::binary);
  file << latency_plot(curves) << std::flush;
  if (!file) return failure(ErrorCode::SystemError, bench.curve + " cannot be written");
  return curves;
}

json::value ratio_json(const Row& row, const std::vector<Row>& all) {
  const Row* const reference = reference_of(row, all);
  if (reference == nullptr) return nullptr;
  return ratio_in_turns(row.per_s, reference->per_s);
}

std::string as_json(const HttpBench& bench, const std::vector<Row>& all,
                    const std::vector<LatencyCurve>& curves) {
  json::array results;
  for (const Row& row : all) {
    results.push_back({{"server", row.server},
                       {"connections", row.connections},
                       {"requests_per_s", to_json(spread_of(row.per_s))},
                       {"p50_us", to_json(spread_of(row.p50_us))},
                       {"p99_us", to_json(spread_of(row.p99_us))},
                       {"ratio", ratio_json(row, all)}});
  }
  json::array points;
  for (const LatencyCurve& curve : curves) {
    for (const LatencyCurve::Point& point : curve.points) {
      points.push_back({{"server", curve.name},
                        {"requests_per_s", point.per_s},
                        {"p50_us", microseconds(point.p50)},
                        {"p99_us", microseconds(point.p99)},
                        {"p999_us", microseconds(point.p999)},
                        {"unsent", point.unsent}});
    }
  }
  const json::object report{{"bench", "http"},
                            {"rounds", bench.rounds},
                            {"seconds_per_round", bench.seconds_per_round},
                            {"results", std::move(results)},
                            {"curve", std::move(points)}};
  return monitor::json_text(report) + "\n";
}

std::string as_table(const Contest& contest, const std::vector<Row>& all) {
  Table table({{.heading = "SERVER"},
               {.heading = "CONNECTIONS", .to_the_right = true},
               {.heading = "REQUESTS/s", .to_the_right = true},
               {.heading = "P50 us", .to_the_right = true},
               {.heading = "P99 us", .to_the_right = true},
               {.heading = "RATIO", .to_the_right = true}});
  for (const Row& row : all) {
    const Row* const reference = reference_of(row, all);
    table.add({row.server, std::to_string(row.connections), readable(spread_of(row.per_s)),
               fmt::format("{:.0f}", spread_of(row.p50_us).median),
               fmt::format("{:.0f}", spread_of(row.p99_us).median),
               reference == nullptr
                   ? "-"
                   : fmt::format("{:.2f}", ratio_in_turns(row.per_s, reference->per_s))});
  }
  std::string text = table.text(0);
  if (!contest.has_reference()) {
    text += "nginx is not installed, so there is nothing to compare with.\n";
  }
  return text;
}

int run(const HttpBench& bench, const std::shared_ptr<ChildGuard>& guard) {
  Contest contest;
  if (const auto started = contest.start(guard); !started) {
    return give_up("bench http", started.error());
  }
  const auto rows = play(bench, contest);
  if (!rows) return give_up("bench http", rows.error());
  const auto curves = trace_curves(bench, contest);
  if (!curves) return give_up("bench http", curves.error());
  return print(bench.json ? as_json(bench, *rows, *curves) : as_table(contest, *rows));
}

}  // namespace

int run_http_bench(const HttpBench& bench) {
  const auto guard = ChildGuard::start();
  if (!guard) return give_up("bench http", guard.error());
  const StopSignals signals;
  return run(bench, *guard);
}

}  // namespace steelyard::cli
