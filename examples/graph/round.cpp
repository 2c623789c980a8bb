#include "graph/round.hpp"

#include <algorithm>
#include <array>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "common/local_broker.hpp"
#include "graph/stage.hpp"
#include "steelyard/runtime/zmq/client.hpp"
#include "steelyard/runtime/zmq/worker.hpp"
#include "steelyard/sim/histogram.hpp"

namespace graph {
namespace {

using namespace steelyard;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::chrono::seconds kPatience{10};  // for the broker
constexpr milliseconds kLook{100};             // how often a stop is looked for

/// All up to kMaxExponent, from the literature.
constexpr std::array kMersenneExponents{
    3U,    5U,    7U,    13U,   17U,   19U,   31U,   61U,   89U,    107U,   127U,   521U,   607U,
    1279U, 2203U, 2281U, 3217U, 4253U, 4423U, 9689U, 9941U, 11213U, 19937U, 21701U, 23209U, 44497U};

std::string right_answer(std::uint32_t exponent) {
  const bool is_prime = std::ranges::find(kMersenneExponents, exponent) != kMersenneExponents.end();
  return fmt::format("2^{}-1 is {}prime", exponent, is_prime ? "" : "not ");
}

double in_ms(Clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

/// A worker of the stage on threads of this program.
class Stage {
 public:
  Stage(const std::string& broker, const Traffic& traffic, milliseconds longest_visit)
      : worker_({.endpoint = broker, .name = "stage", .slots = traffic.workers}) {
    outcome_ = worker_.serve(kQueue, mersenne_stage(longest_visit), {.concurrent = true});
    if (outcome_) thread_ = std::jthread([this] { outcome_ = worker_.run(); });
  }
  ~Stage() { worker_.stop_now(); }
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  /// Until what it has is done. Errors: those of Worker::run.
  [[nodiscard]] Result<void> end() {
    worker_.stop();
    if (thread_.joinable()) thread_.join();
    return outcome_;
  }
  [[nodiscard]] std::uint64_t forwards() const { return worker_.stats().forwarded; }

 private:
  Worker worker_;
  Result<void> outcome_;
  std::jthread thread_;
};

/// The client's side of a round: tags below `long_requests` are long ones.
class Requests {
 public:
  Requests(Client& client, const Traffic& traffic) : client_(client), traffic_(traffic) {}

  /// False: stopped.
  bool run(const std::stop_token& stop) {
    began_ = Clock::now();
    for (; handed_in_ < traffic_.long_requests; ++handed_in_) submit(traffic_.long_exponent);
    const std::uint32_t all = traffic_.long_requests + traffic_.short_requests;
    while (answered_ < all && !stop.stop_requested()) {
      for (; handed_in_ < all && due(handed_in_) <= Clock::now(); ++handed_in_) {
        submit(traffic_.short_exponent);
      }
      const auto next = handed_in_ < all ? due(handed_in_) - Clock::now() : kLook;
      take(std::clamp(std::chrono::ceil<milliseconds>(next), milliseconds(0), kLook));
    }
    return answered_ == all;
  }

  [[nodiscard]] RoundResult result() const {
    RoundResult result = result_;
    result.short_p50_ms = in_ms(short_.quantile(0.5));
    result.short_p99_ms = in_ms(short_.quantile(0.99));
    result.short_max_ms = in_ms(short_.max());
    return result;
  }

 private:
  [[nodiscard]] bool is_long(std::uint64_t tag) const { return tag < traffic_.long_requests; }

  [[nodiscard]] Clock::time_point due(std::uint64_t tag) const {
    const auto place = static_cast<std::int64_t>(tag - traffic_.long_requests);
    return began_ + place * milliseconds(traffic_.interval_ms);
  }

  void submit(std::uint32_t exponent) {
    client_.submit_batch(kQueue, std::vector{std::to_string(exponent)}, {}, answers_, handed_in_);
  }

  void take(milliseconds timeout) {
    for (const Completion& answer : answers_.take(timeout)) {
      ++answered_;
      const auto now = Clock::now();
      const bool is_long_one = is_long(answer.tag);
      check(answer.result, is_long_one ? traffic_.long_exponent : traffic_.short_exponent);
      if (is_long_one) {
        result_.long_last_ms = in_ms(now - began_);
      } else {
        short_.add(now - due(answer.tag));
      }
    }
  }

  void check(const Result<std::string>& answer, std::uint32_t exponent) {
    if (answer && *answer == right_answer(exponent)) return;
    const std::string text = answer ? *answer : describe(answer.error());
    if (result_.wrong++ == 0) result_.first_wrong = text;
  }

  Client& client_;
  const Traffic& traffic_;
  CompletionQueue answers_;
  Clock::time_point began_{};
  std::uint32_t handed_in_ = 0;
  std::uint32_t answered_ = 0;
  sim::Histogram short_;
  RoundResult result_;
};

}  // namespace

Result<RoundResult> run_round(const Traffic& traffic, milliseconds longest_visit,
                              const std::stop_token& stop) {
  const auto broker = example::LocalBroker::start("least-loaded");
  if (!broker) return tl::unexpected(broker.error());
  Stage stage((*broker)->endpoint(), traffic, longest_visit);
  Client client({.endpoint = (*broker)->endpoint()});
  if (auto connected = client.connect(kPatience); !connected) {
    return tl::unexpected(connected.error());
  }
  Requests requests(client, traffic);
  if (!requests.run(stop)) return failure(ErrorCode::Stopped, "the program was stopped");
  if (auto ended = stage.end(); !ended) return tl::unexpected(ended.error());
  RoundResult result = requests.result();
  result.forwards = stage.forwards();
  return result;
}

}  // namespace graph
