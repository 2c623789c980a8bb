#include "measure/head_of_line.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/part.hpp"
#include "cli/table.hpp"
#include "measure/load.hpp"
#include "steelyard/monitor/json_text.hpp"
#include "steelyard/runtime/task/child_guard.hpp"
#include "steelyard/runtime/zmq/client.hpp"

namespace steelyard::cli {
namespace {

namespace json = boost::json;
using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr std::chrono::seconds kPatience{10};
/// The long job's tag; the short ones have their numbers.
constexpr std::uint64_t kLong = UINT64_MAX;

/// From when a short job was due to be handed in to when its answer was there.
struct Delays {
  double median_s = 0;
  double p99_s = 0;
  double longest_s = 0;
};

Delays delays_of(std::vector<double> delays) {
  std::ranges::sort(delays);
  const auto at = [&](double part) {
    return delays[static_cast<std::size_t>(part * static_cast<double>(delays.size() - 1))];
  };
  return {at(0.5), at(0.99), delays.back()};
}

/// Short jobs at a steady rate, whether or not answers come, and perhaps a long one in between.
class Stream {
 public:
  Stream(const HeadOfLine& bench, Client& client) : bench_(bench), client_(client) {}

  Result<Delays> run(bool with_long_job) {
    const auto jobs =
        std::max<std::uint64_t>(1, static_cast<std::uint64_t>(bench_.seconds * bench_.jobs_per_s));
    delays_.assign(jobs, 0);
    const std::jthread sender([&] { send(jobs, with_long_job); });
    for (std::uint64_t left = jobs + (with_long_job ? 1 : 0); left > 0;) {
      const std::vector<Completion> came = answers_.take(kPatience);
      if (came.empty()) return failure(ErrorCode::TimedOut, "no answers from the broker");
      const auto now = Clock::now();
      for (const Completion& completion : came) {
        if (!completion.result) return tl::unexpected(completion.result.error());
        if (completion.tag != kLong) {
          delays_[completion.tag] = Seconds(now - due(completion.tag)).count();
        }
      }
      left -= came.size();
    }
    return delays_of(delays_);
  }

 private:
  [[nodiscard]] Clock::time_point due(std::uint64_t job) const {
    return began_ + std::chrono::duration_cast<Clock::duration>(
                        Seconds(static_cast<double>(job) / bench_.jobs_per_s));
  }

  void send(std::uint64_t jobs, bool with_long_job) {
    for (std::uint64_t job = 0; job < jobs; ++job) {
      std::this_thread::sleep_until(due(job));
      if (with_long_job && job == jobs / 3) submit(bench_.long_ms, kLong);
      submit(bench_.short_ms, job);
    }
  }
  void submit(std::uint32_t milliseconds, std::uint64_t tag) {
    client_.submit_batch(kBenchQueue, std::vector{std::to_string(milliseconds)}, {}, answers_, tag);
  }

  const HeadOfLine& bench_;
  Client& client_;
  CompletionQueue answers_;
  std::vector<double> delays_;
  const Clock::time_point began_ = Clock::now();
};

/// A broker and its workers, as processes of their own; returns where it listens.
Result<std::string> start(const HeadOfLine& bench, const std::shared_ptr<ChildGuard>& guard,
                          std::vector<std::unique_ptr<Part>>& parts) {
  const auto start_one = [&](const std::vector<std::string>& arguments, std::string_view ready) {
    auto part = Part::start(arguments, guard);
    if (!part) return Result<std::string>(tl::unexpected(part.error()));
    parts.push_back(std::move(*part));
    return parts.back()->wait_for_line(ready);
  };
  auto broker = start_one(broker_arguments("tcp://127.0.0.1:0"), kListening);
  if (!broker) return broker;
  for (std::uint32_t i = 0; i < bench.workers; ++i) {
    auto worker = start_one(worker_arguments({.endpoint = *broker,
                                              .queue = kBenchQueue,
                                              .builtin = "sleep",
                                              .name = fmt::format("bench-{}", i)}),
                            kReady);
    if (!worker) return worker;
  }
  return broker;
}

json::object as_json(const Delays& delays) {
  return {{"median_s", delays.median_s}, {"p99_s", delays.p99_s}, {"longest_s", delays.longest_s}};
}

std::string report(const HeadOfLine& bench, const Delays& without, const Delays& with) {
  if (bench.json) {
    return monitor::json_text({{"bench", "head-of-line"},
                               {"workers", bench.workers},
                               {"short_ms", bench.short_ms},
                               {"long_ms", bench.long_ms},
                               {"jobs_per_s", bench.jobs_per_s},
                               {"without_long_job", as_json(without)},
                               {"with_long_job", as_json(with)}}) +
           "\n";
  }
  Table table({{.heading = "SHORT JOBS"},
               {.heading = "MEDIAN", .to_the_right = true},
               {.heading = "P99", .to_the_right = true},
               {.heading = "LONGEST", .to_the_right = true}});
  for (const auto& [name, delays] :
       {std::pair("alone", without), std::pair("beside a long one", with)}) {
    table.add({name, readable_time(delays.median_s), readable_time(delays.p99_s),
               readable_time(delays.longest_s)});
  }
  return table.text(0);
}

}  // namespace

int run_head_of_line(const HeadOfLine& bench) {
  const auto guard = ChildGuard::start();
  if (!guard) return give_up("bench head-of-line", guard.error());
  std::vector<std::unique_ptr<Part>> parts;
  const auto broker = start(bench, *guard, parts);
  if (!broker) return give_up("bench head-of-line", broker.error());
  Client client({.endpoint = *broker, .name = "bench"});
  const auto without = Stream(bench, client).run(false);
  if (!without) return give_up("bench head-of-line", without.error());
  const auto with = Stream(bench, client).run(true);
  if (!with) return give_up("bench head-of-line", with.error());
  return print(report(bench, *without, *with));
}

}  // namespace steelyard::cli
