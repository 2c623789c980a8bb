#include "measure/broker_bench.hpp"

#include <memory>
#include <string>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/part.hpp"
#include "cli/query.hpp"
#include "cli/stop_signals.hpp"
#include "cli/table.hpp"
#include "measure/load.hpp"
#include "measure/proxy_parts.hpp"
#include "measure/summary.hpp"
#include "steelyard/monitor/json_text.hpp"
#include "steelyard/runtime/task/child_guard.hpp"
#include "submit/progress.hpp"

namespace steelyard::cli {
namespace {

namespace json = boost::json;

/// The processes under measurement, which idle while it is the others' turn.
class Contest {
 public:
  Contest(std::uint32_t workers, std::uint32_t slots, std::shared_ptr<ChildGuard> guard)
      : workers_(workers), slots_(slots), guard_(std::move(guard)) {}

  Result<void> start() {
    auto broker = start_part(broker_arguments("tcp://127.0.0.1:0"), kListening);
    if (!broker) return tl::unexpected(broker.error());
    broker_ = *broker;
    auto proxy = start_part({"bench", "proxy"}, kFront);
    if (!proxy) return tl::unexpected(proxy.error());
    const std::size_t back = proxy->find(kBack);
    proxy_ = proxy->substr(0, back);
    for (std::uint32_t i = 0; i < workers_; ++i) {
      if (auto pair = start_workers(proxy->substr(back + std::string_view(kBack).size())); !pair) {
        return pair;
      }
    }
    return {};
  }

  [[nodiscard]] Result<double> broker_jobs_per_s(const Load& load) const {
    std::vector<std::string> arguments{"bench", "load", "--broker", broker_};
    if (load.via_broker) arguments.emplace_back("--via-broker");
    return measure(std::move(arguments), load);
  }
  [[nodiscard]] Result<double> proxy_jobs_per_s(const Load& load) const {
    return measure({"bench", "proxy-load", "--connect", proxy_}, load);
  }

 private:
  Result<std::string> start_part(const std::vector<std::string>& arguments,
                                 std::string_view ready) {
    auto part = Part::start(arguments, guard_);
    if (!part) return tl::unexpected(part.error());
    parts_.push_back(std::move(*part));
    return parts_.back()->wait_for_line(ready);
  }

  Result<void> start_workers(const std::string& proxy_back) {
    auto worker = start_part(worker_arguments({.endpoint = broker_,
                                               .queue = kBenchQueue,
                                               .builtin = "echo",
                                               .name = fmt::format("bench-{}", parts_.size()),
                                               .slots = slots_}),
                             kReady);
    if (!worker) return tl::unexpected(worker.error());
    auto echo = Part::start({"bench", "proxy-worker", "--connect", proxy_back}, guard_);
    if (!echo) return tl::unexpected(echo.error());
    parts_.push_back(std::move(*echo));
    return {};
  }

  /// Runs a client in a process of its own.
  [[nodiscard]] Result<double> measure(std::vector<std::string> arguments, const Load& load) const {
    const std::vector<std::string> flags{"--outstanding",   std::to_string(load.outstanding),
                                         "--payload-bytes", std::to_string(load.payload_bytes),
                                         "--seconds",       fmt::format("{}", load.seconds)};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    auto client = Part::start(arguments, guard_);
    if (!client) return tl::unexpected(client.error());
    const auto line = (*client)->next_line();
    if (!line) return failure(ErrorCode::SystemError, (*client)->end());
    const auto measured = parse_report(*line);
    if (!measured) return tl::unexpected(measured.error());
    return number_in(*measured, "jobs") / number_in(*measured, "seconds");
  }

  const std::uint32_t workers_;
  const std::uint32_t slots_;
  const std::shared_ptr<ChildGuard> guard_;
  std::vector<std::unique_ptr<Part>> parts_;
  std::string broker_;
  std::string proxy_;
};

/// One way to measure, and jobs per second of both sides, a value per round.
struct Rounds {
  std::uint32_t workers = 1;
  Load load;
  std::vector<double> broker;
  std::vector<double> proxy;
};

/// Everything to be measured, in order; neighbours have equally many workers.
std::vector<Rounds> plan(const BrokerBench& bench) {
  std::vector<Rounds> all;
  for (const std::uint32_t workers : bench.workers) {
    for (const std::uint32_t bytes : bench.payload_bytes) {
      for (const std::uint32_t outstanding : bench.outstanding) {
        for (const bool via_broker : {false, true}) {
          if (!(via_broker ? bench.via_broker : bench.direct)) continue;
          const Load load{.outstanding = outstanding,
                          .payload_bytes = bytes,
                          .via_broker = via_broker,
                          .seconds = bench.seconds_per_round};
          all.push_back({workers, load, {}, {}});
        }
      }
    }
  }
  return all;
}

Result<void> play(const BrokerBench& bench, const std::shared_ptr<ChildGuard>& guard,
                  std::vector<Rounds>& all) {
  ProgressBar bar(errors_are_terminal());
  std::unique_ptr<Contest> contest;
  for (std::size_t i = 0; i < all.size(); ++i) {
    Rounds& rounds = all[i];
    if (i == 0 || rounds.workers != all[i - 1].workers) {
      contest = std::make_unique<Contest>(rounds.workers, bench.slots, guard);
      if (auto started = contest->start(); !started) return started;
    }
    for (std::uint32_t round = 0; round < bench.rounds; ++round) {
      const std::size_t done = i * bench.rounds + round;
      bar.draw(
          {.done = done,
           .part = static_cast<double>(done) / static_cast<double>(all.size() * bench.rounds)});
      const auto broker = contest->broker_jobs_per_s(rounds.load);
      if (!broker) return tl::unexpected(broker.error());
      const auto proxy = contest->proxy_jobs_per_s(rounds.load);
      if (!proxy) return tl::unexpected(proxy.error());
      rounds.broker.push_back(*broker);
      rounds.proxy.push_back(*proxy);
    }
  }
  bar.clear();
  return {};
}

std::string_view way(const Load& load) {
  return load.via_broker ? "broker" : "direct";
}

std::string as_json(const BrokerBench& bench, const std::vector<Rounds>& all) {
  json::array results;
  for (const Rounds& rounds : all) {
    results.push_back({{"workers", rounds.workers},
                       {"payload_bytes", rounds.load.payload_bytes},
                       {"outstanding", rounds.load.outstanding},
                       {"results", way(rounds.load)},
                       {"steelyard", {{"jobs_per_s", to_json(spread_of(rounds.broker))}}},
                       {"zmq_proxy", {{"jobs_per_s", to_json(spread_of(rounds.proxy))}}},
                       {"ratio", ratio_in_turns(rounds.broker, rounds.proxy)}});
  }
  const json::object report{{"bench", "broker"},
                            {"slots", bench.slots},
                            {"rounds", bench.rounds},
                            {"seconds_per_round", bench.seconds_per_round},
                            {"results", std::move(results)}};
  return monitor::json_text(report) + "\n";
}

std::string as_table(const BrokerBench& bench, const std::vector<Rounds>& all) {
  Table table({{.heading = "WORKERS", .to_the_right = true},
               {.heading = "BYTES", .to_the_right = true},
               {.heading = "OUTSTANDING", .to_the_right = true},
               {.heading = "RESULTS"},
               {.heading = "STEELYARD jobs/s", .to_the_right = true},
               {.heading = "ZMQ_PROXY jobs/s", .to_the_right = true},
               {.heading = "RATIO", .to_the_right = true}});
  for (const Rounds& rounds : all) {
    table.add({std::to_string(rounds.workers), with_commas(rounds.load.payload_bytes),
               std::to_string(rounds.load.outstanding), std::string(way(rounds.load)),
               readable(spread_of(rounds.broker)), readable(spread_of(rounds.proxy)),
               fmt::format("{:.2f}", ratio_in_turns(rounds.broker, rounds.proxy))});
  }
  return table.text(0) + fmt::format(
                             "A steelyard worker has at most {} at once (--slots); the proxy's "
                             "takes whatever comes.\n",
                             counted(bench.slots, "job", "jobs"));
}

}  // namespace

int run_broker_bench(const BrokerBench& bench) {
  const auto guard = ChildGuard::start();
  if (!guard) return give_up("bench broker", guard.error());
  const StopSignals signals;
  std::vector<Rounds> all = plan(bench);
  if (const auto played = play(bench, *guard, all); !played) {
    return give_up("bench broker", played.error());
  }
  return print(bench.json ? as_json(bench, all) : as_table(bench, all));
}

}  // namespace steelyard::cli
