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
  Contest(const BrokerBench& bench, std::shared_ptr<ChildGuard> guard)
      : bench_(bench), guard_(std::move(guard)) {}

  Result<void> start() {
    auto broker = start_part(broker_arguments("tcp://127.0.0.1:0"), kListening);
    if (!broker) return tl::unexpected(broker.error());
    broker_ = *broker;
    auto proxy = start_part({"bench", "proxy"}, kFront);
    if (!proxy) return tl::unexpected(proxy.error());
    const std::size_t back = proxy->find(kBack);
    proxy_ = proxy->substr(0, back);
    for (std::uint32_t i = 0; i < bench_.workers; ++i) {
      if (auto pair = start_workers(proxy->substr(back + std::string_view(kBack).size())); !pair) {
        return pair;
      }
    }
    return {};
  }

  [[nodiscard]] Result<double> broker_jobs_per_s(std::uint32_t outstanding) const {
    return measure({"bench", "load", "--broker", broker_}, outstanding);
  }
  [[nodiscard]] Result<double> proxy_jobs_per_s(std::uint32_t outstanding) const {
    return measure({"bench", "proxy-load", "--connect", proxy_}, outstanding);
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
                                               .slots = bench_.slots}),
                             kReady);
    if (!worker) return tl::unexpected(worker.error());
    auto echo = Part::start({"bench", "proxy-worker", "--connect", proxy_back}, guard_);
    if (!echo) return tl::unexpected(echo.error());
    parts_.push_back(std::move(*echo));
    return {};
  }

  /// Runs a client in a process of its own.
  [[nodiscard]] Result<double> measure(std::vector<std::string> arguments,
                                       std::uint32_t outstanding) const {
    const std::vector<std::string> load{
        "--outstanding",   std::to_string(outstanding),
        "--payload-bytes", std::to_string(bench_.payload_bytes),
        "--seconds",       fmt::format("{}", bench_.seconds_per_round)};
    arguments.insert(arguments.end(), load.begin(), load.end());
    auto client = Part::start(arguments, guard_);
    if (!client) return tl::unexpected(client.error());
    const auto line = (*client)->next_line();
    if (!line) return failure(ErrorCode::SystemError, (*client)->end());
    const auto measured = parse_report(*line);
    if (!measured) return tl::unexpected(measured.error());
    return number_in(*measured, "jobs") / number_in(*measured, "seconds");
  }

  const BrokerBench& bench_;
  const std::shared_ptr<ChildGuard> guard_;
  std::vector<std::unique_ptr<Part>> parts_;
  std::string broker_;
  std::string proxy_;
};

/// Jobs per second of both sides, a value per round.
struct Rounds {
  std::uint32_t outstanding = 1;
  std::vector<double> broker;
  std::vector<double> proxy;
};

Result<std::vector<Rounds>> play(const BrokerBench& bench, const Contest& contest) {
  ProgressBar bar(errors_are_terminal());
  const std::size_t turns = bench.outstanding.size() * bench.rounds;
  std::vector<Rounds> all;
  for (const std::uint32_t outstanding : bench.outstanding) {
    Rounds& rounds = all.emplace_back(Rounds{outstanding, {}, {}});
    for (std::uint32_t round = 0; round < bench.rounds; ++round) {
      const std::size_t done = (all.size() - 1) * bench.rounds + round;
      bar.draw({.done = done, .part = static_cast<double>(done) / static_cast<double>(turns)});
      const auto broker = contest.broker_jobs_per_s(outstanding);
      if (!broker) return tl::unexpected(broker.error());
      const auto proxy = contest.proxy_jobs_per_s(outstanding);
      if (!proxy) return tl::unexpected(proxy.error());
      rounds.broker.push_back(*broker);
      rounds.proxy.push_back(*proxy);
    }
  }
  bar.clear();
  return all;
}

std::string as_json(const BrokerBench& bench, const std::vector<Rounds>& all) {
  json::array results;
  for (const Rounds& rounds : all) {
    results.push_back({{"outstanding", rounds.outstanding},
                       {"steelyard", {{"jobs_per_s", to_json(spread_of(rounds.broker))}}},
                       {"zmq_proxy", {{"jobs_per_s", to_json(spread_of(rounds.proxy))}}},
                       {"ratio", ratio_in_turns(rounds.broker, rounds.proxy)}});
  }
  const json::object report{{"bench", "broker"},
                            {"payload_bytes", bench.payload_bytes},
                            {"workers", bench.workers},
                            {"slots", bench.slots},
                            {"rounds", bench.rounds},
                            {"seconds_per_round", bench.seconds_per_round},
                            {"results", std::move(results)}};
  return monitor::json_text(report) + "\n";
}

std::string as_table(const BrokerBench& bench, const std::vector<Rounds>& all) {
  Table table({{.heading = "OUTSTANDING", .to_the_right = true},
               {.heading = "STEELYARD jobs/s", .to_the_right = true},
               {.heading = "ZMQ_PROXY jobs/s", .to_the_right = true},
               {.heading = "RATIO", .to_the_right = true}});
  for (const Rounds& rounds : all) {
    table.add({std::to_string(rounds.outstanding), readable(spread_of(rounds.broker)),
               readable(spread_of(rounds.proxy)),
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
  Contest contest(bench, *guard);
  if (const auto started = contest.start(); !started) {
    return give_up("bench broker", started.error());
  }
  const auto rounds = play(bench, contest);
  if (!rounds) return give_up("bench broker", rounds.error());
  return print(bench.json ? as_json(bench, *rounds) : as_table(bench, *rounds));
}

}  // namespace steelyard::cli
