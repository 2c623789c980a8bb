#include "steelyard/core/simulation/setting.test.hpp"

#include "steelyard/base/assert.hpp"
#include "steelyard/core/simulation/odd_strategies.test.hpp"
#include "steelyard/strategy/registry.hpp"

namespace steelyard::core {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

Options draw_limits(Dice& dice) {
  Options options;
  options.max_queued_jobs = dice.one_of({3u, 20u, 1'000u});
  options.max_queued_jobs_per_user = dice.one_of<std::int64_t>({-1, 0, 2, 5, 1'000});
  options.max_queued_jobs_per_queue = dice.one_of({0u, 0u, 3u, 15u});
  options.max_unfinished_jobs_per_session = dice.one_of({4u, 30u, 1'000u});
  options.max_lanes = dice.one_of({1u, 2u, 5u, 1'000u});
  options.max_workers = dice.one_of({1u, 2u, 4u, 100u});
  options.max_unstarted_work = dice.one_of({milliseconds(0), milliseconds(60), milliseconds(300)});
  options.max_unstarted_jobs = dice.one_of({1u, 3u, 1'000u});
  options.max_attempts = dice.one_of<std::uint16_t>({1, 2, 3, 4});
  options.max_hops = dice.one_of<std::uint16_t>({0, 1, 3, 1'000});
  options.max_deaths = dice.one_of<std::uint8_t>({1, 2, 3});
  options.max_quarantined_jobs = dice.one_of({0u, 1u, 2u, 1'000u});
  options.max_pending_cancels = dice.one_of({0u, 1u, 10'000u});
  options.max_offences_per_worker = dice.one_of({2u, 6u, 100u});
  return options;
}

void draw_times(Dice& dice, Options& options) {
  options.return_timeout = dice.one_of({seconds(2), seconds(5)});
  options.result_ttl = dice.one_of({seconds(5), seconds(600)});
  options.session_gone_after = dice.one_of({seconds(8), seconds(60)});
  options.retry_first = dice.one_of({milliseconds(0), milliseconds(100), milliseconds(1'000)});
  options.retry_max = dice.one_of({milliseconds(1'500), milliseconds(60'000)});
  options.max_job_age = dice.one_of({hours(48), hours(48), hours(1)});
  if (dice.one_in(4)) options.max_job_age = seconds(20);
  if (dice.one_in(4)) options.unserved_ttl = dice.one_of({seconds(1), seconds(12)});
  options.stop_timeout = dice.one_of({seconds(2), seconds(30)});
  options.seed = dice.below(1'000);
}

}  // namespace

Setting Setting::draw(Dice& dice) {
  Setting setting;
  setting.strategy = dice.one_of({"oldest", "least-loaded", "round-robin", "groups-by-state",
                                  "groups-by-state-exclusive", "amortised",
                                  "amortised:max_wait_s=2,share_budget_s=1", "fewest-busy-user",
                                  "nonsense", "hesitant"});
  setting.strategy_seed = dice.below(1'000'000);
  setting.sessions = 1 + dice.number(4);
  setting.workers = 1 + dice.number(5);
  setting.queues = 1 + dice.number(3);
  setting.states = dice.number(4);
  setting.users = dice.number(4);
  setting.tags = dice.one_in(3) ? 2 : 0;
  setting.max_states = 1 + dice.number(3);
  setting.options = draw_limits(dice);
  draw_times(dice, setting.options);
  for (std::size_t i = 0; i < setting.features.size(); ++i) setting.features[i] = dice.one_in(2);
  setting.options.has_log = setting.has(Feature::Log);
  return setting;
}

std::string Setting::text() const {
  const auto item = [](const char* name, std::int64_t value) {
    return std::string(" ") + name + "=" + std::to_string(value);
  };
  const auto ms = [&](const char* name, Duration value) {
    return item(name, value / milliseconds(1));
  };
  std::string text =
      strategy + item("sessions", sessions) + item("workers", workers) + item("queues", queues) +
      item("states", states) + item("users", users) + item("tags", tags) +
      item("max_states", max_states) + item("max_queued_jobs", options.max_queued_jobs) +
      item("max_queued_jobs_per_user", options.max_queued_jobs_per_user) +
      item("max_queued_jobs_per_queue", options.max_queued_jobs_per_queue) +
      item("max_unfinished_jobs_per_session", options.max_unfinished_jobs_per_session) +
      item("max_lanes", options.max_lanes) + item("max_workers", options.max_workers) +
      item("max_unstarted_jobs", options.max_unstarted_jobs) +
      item("max_attempts", options.max_attempts) + item("max_hops", options.max_hops) +
      item("max_deaths", options.max_deaths) +
      item("max_quarantined_jobs", options.max_quarantined_jobs) +
      item("max_pending_cancels", options.max_pending_cancels) +
      item("max_offences_per_worker", options.max_offences_per_worker) +
      ms("max_unstarted_work_ms", options.max_unstarted_work) +
      ms("return_timeout_ms", options.return_timeout) + ms("result_ttl_ms", options.result_ttl) +
      ms("session_gone_after_ms", options.session_gone_after) +
      ms("retry_first_ms", options.retry_first) + ms("retry_max_ms", options.retry_max) +
      ms("max_job_age_ms", options.max_job_age) + ms("stop_timeout_ms", options.stop_timeout) +
      ms("unserved_ttl_ms", options.unserved_ttl) + "; with";
  for (std::size_t i = 0; i < features.size(); ++i) {
    if (features[i]) text += std::string(" ") + kFeatureNames[i];
  }
  return text;
}

std::unique_ptr<strategy::Strategy> Setting::make_strategy() const {
  if (strategy == "nonsense") return std::make_unique<Nonsense>(strategy_seed);
  if (strategy == "hesitant") return std::make_unique<Hesitant>();
  auto made = strategy::Registry().make(strategy);
  STEELYARD_ASSERT(made.has_value());
  return std::move(*made);
}

}  // namespace steelyard::core
