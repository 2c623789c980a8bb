#include "steelyard/monitor/report.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/strategy/registry.hpp"

namespace steelyard::monitor {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;
using ::testing::HasSubstr;

/// A strategy whose answer is never allowed.
class Stubborn final : public strategy::Strategy {
 public:
  strategy::Choice choose(const strategy::View&, WorkerId) override {
    return strategy::Serve{LaneId{4'000'000}};
  }
};

class Throwing final : public strategy::Strategy {
 public:
  strategy::Choice choose(const strategy::View&, WorkerId) override {
    throw std::runtime_error("no choice today");
  }
};

class Slow final : public strategy::Strategy {
 public:
  strategy::Choice choose(const strategy::View&, WorkerId) override {
    throw strategy::TooSlow("choose took 15.2 ms");
  }
};

std::unique_ptr<strategy::Strategy> make_strategy(std::string_view name) {
  if (name == "throwing") return std::make_unique<Throwing>();
  if (name == "slow") return std::make_unique<Slow>();
  if (name == "stubborn") return std::make_unique<Stubborn>();
  return std::move(*strategy::Registry().make(name));
}

/// A scheduler with one client, and names for what it knows.
class World {
 public:
  explicit World(std::string_view strategy = "oldest", core::Options options = {})
      : strategy_(strategy), scheduler_(options, make_strategy(strategy)) {
    step(core::SessionOpened{SessionId{0}, {}, true});
  }

  void wait(Duration duration) { now_ += duration; }

  struct Jobs {
    std::string queue = "demo";
    std::uint32_t count = 1;
    std::int32_t priority = 0;
    std::string user{};
    std::string state{};
  };
  void submit(const Jobs& jobs) {
    const TenantId user = jobs.user.empty() ? TenantId::none() : users_.intern(jobs.user);
    const StateId state = jobs.state.empty() ? StateId::none() : states_.intern(jobs.state);
    core::JobsSubmitted event;
    event.session = SessionId{0};
    event.first_sequence = next_;
    event.count = jobs.count;
    event.queue = queues_.intern(jobs.queue);
    event.state = state;
    event.tenant = user;
    event.priority = jobs.priority;
    event.first_payload = PayloadRef{next_};
    step(event);
    next_ += jobs.count;
  }

  struct Profile {
    std::string name = "worker";
    std::vector<std::string> queues{"demo"};
    std::int32_t priority_min = INT32_MIN;
    std::int32_t priority_max = INT32_MAX;
    std::uint32_t slots = 1;
    std::vector<std::string> tags{};
    std::uint32_t max_states = 1;
    std::uint64_t state_memory_bytes = 0;
  };
  void join(const Profile& profile) {
    std::vector<QueueId> queues;
    for (const std::string& queue : profile.queues) queues.push_back(queues_.intern(queue));
    const WorkerId id{static_cast<std::uint32_t>(worker_names_.size())};
    worker_names_.push_back(profile.name);
    std::vector<TagId> tags;
    for (const std::string& tag : profile.tags) tags.push_back(tags_.intern(tag));
    step(core::WorkerJoined{id,
                            {},
                            {queues, profile.priority_min, profile.priority_max, profile.slots, 1.0,
                             tags, profile.max_states, profile.state_memory_bytes}});
  }

  /// The job that was assigned last finishes, and its requester has the answer.
  void finish(WorkerId worker, Duration run_time) {
    step(core::JobFinished{worker, assigned_, PayloadRef{}, {run_time}, false});
    step(core::ResultsReceived{SessionId{0}, delivered_});
  }

  /// The job that was assigned last ends; what it did to its state is said.
  void end(WorkerId worker, const core::AttemptReport& report) {
    if (report.load_failed) {
      step(core::JobFailed{worker, assigned_, PayloadRef{}, report});
    } else {
      step(core::JobFinished{worker, assigned_, PayloadRef{}, report});
    }
  }
  void pin(const std::string& state, std::uint32_t workers) {
    step(core::PinRequested{SessionId{0}, 1, states_.intern(state), workers, QueueId::none()});
  }
  void beat(WorkerId worker) { step(core::WorkerBeat{worker, {}}); }
  void look_at_time() { step(core::TimePassed{}); }

  void name_queue(std::string_view name) { queues_.intern(name); }

  [[nodiscard]] json::object about(std::string_view what) const {
    const auto text = report(what, sources());
    if (!text) throw std::runtime_error(describe(text.error()));
    return json::parse(*text).as_object();
  }
  [[nodiscard]] Sources sources() const {
    return {.scheduler = scheduler_,
            .now = now_,
            .started = TimePoint(std::chrono::seconds(100)),
            .queues = queues_,
            .states = states_,
            .users = users_,
            .tags = tags_,
            .worker_names = worker_names_,
            .incarnation = 0xfedc'ba98'7654'3210,
            .strategy = strategy_,
            .messages_malformed = malformed,
            .messages_refused = 0,
            .kept_bytes = kept_bytes,
            .max_kept_bytes = 1'000};
  }

  std::uint64_t malformed = 0;
  std::uint64_t kept_bytes = 0;

 private:
  void step(const core::Event& event) {
    core::Actions actions;
    scheduler_.step(now_, event, actions);
    for (const core::Action& action : actions) {
      if (const auto* assign = std::get_if<core::Assign>(&action)) assigned_ = assign->lease;
      if (const auto* deliver = std::get_if<core::Deliver>(&action)) delivered_ = deliver->sequence;
    }
  }

  std::string strategy_;
  core::Scheduler scheduler_;
  base::Interner<QueueId> queues_{1'000'000};
  base::Interner<StateId> states_{1'000'000};
  base::Interner<TenantId> users_{1'000'000};
  base::Interner<TagId> tags_{1'000'000};
  std::vector<std::string> worker_names_;
  TimePoint now_{std::chrono::seconds(100)};
  std::uint64_t next_ = 1;
  Lease assigned_;
  std::uint64_t delivered_ = 0;
};

std::vector<std::string> warnings(const World& world) {
  const json::object health = world.about("health");
  std::vector<std::string> result;
  for (const json::value& warning : health.at("warnings").as_array()) {
    result.emplace_back(warning.as_string());
  }
  return result;
}

TEST(Report, stats_carry_ledgers_means_and_units) {
  World world;
  world.submit({.count = 2});
  world.wait(milliseconds(500));
  world.join({});
  world.wait(milliseconds(1'500));
  world.finish(WorkerId{0}, milliseconds(1'500));

  const json::object stats = world.about("stats");
  EXPECT_EQ(stats.at("uptime_s").as_double(), 2.0);
  EXPECT_EQ(stats.at("incarnation").as_string(), "fedcba9876543210");
  EXPECT_EQ(stats.at("strategy").as_string(), "oldest");
  EXPECT_EQ(stats.at("workers").as_int64(), 1);
  EXPECT_EQ(stats.at("jobs").at("accepted").as_int64(), 2);
  EXPECT_EQ(stats.at("jobs").at("finished").as_int64(), 1);
  EXPECT_EQ(stats.at("jobs").at("running").as_int64(), 1);
  EXPECT_TRUE(stats.at("jobs").at("balanced").as_bool());
  EXPECT_EQ(stats.at("attempts").at("dispatched").as_int64(), 2);
  EXPECT_EQ(stats.at("wait_mean_s").as_double(), 1.25);  // the first 0.5 s, the second 2 s
  EXPECT_EQ(stats.at("run_mean_s").as_double(), 1.5);
  EXPECT_EQ(stats.at("jobs_per_s").as_double(), 0.5);
  EXPECT_EQ(stats.at("decisions").at("oldest").as_int64(), 2);
  EXPECT_EQ(stats.at("evictions").as_int64(), 0);
  EXPECT_EQ(stats.at("failed_loads").as_int64(), 0);
  EXPECT_EQ(stats.at("strategy_faults").at("too_slow").as_int64(), 0);
  EXPECT_EQ(stats.at("limits").at("max_kept_bytes").as_int64(), 1'000);
}

TEST(Report, stats_tell_how_well_it_was_foreseen_when_jobs_begin) {
  World world;
  world.join({});
  world.submit({});  // at once, as foreseen
  world.submit({});
  world.wait(std::chrono::seconds(1'000));
  world.finish(WorkerId{0}, std::chrono::seconds(1'000));  // later than anybody could think
  const json::value estimates = world.about("stats").at("start_estimates");
  EXPECT_EQ(estimates.at("jobs").as_int64(), 2);
  EXPECT_EQ(estimates.at("within").as_int64(), 1);
  EXPECT_EQ(estimates.at("within_share").as_double(), 0.5);
  EXPECT_EQ(estimates.at("wait_mean_s").as_double(), 500.0);
  EXPECT_NEAR(estimates.at("error_mean_s").as_double(), 500, 5);
}

TEST(Report, what_was_not_measured_yet_is_null) {
  const json::object stats = World().about("stats");
  EXPECT_TRUE(stats.at("wait_mean_s").is_null());
  EXPECT_TRUE(stats.at("run_mean_s").is_null());
  EXPECT_TRUE(stats.at("start_estimates").at("within_share").is_null());
  EXPECT_TRUE(stats.at("jobs_per_s").is_null());
}

TEST(Report, queues_show_workers_windows_and_the_longest_wait) {
  World world;
  world.join({.priority_min = 5, .slots = 3});
  world.submit({.count = 2, .priority = 1});
  world.submit({.queue = "later"});
  world.name_queue("refused");
  world.wait(milliseconds(250));

  const json::array rows = world.about("queues").at("rows").as_array();
  ASSERT_EQ(rows.size(), 2U);
  const json::object& demo = rows[0].as_object();
  EXPECT_EQ(demo.at("queue").as_string(), "demo");
  EXPECT_EQ(demo.at("workers").as_int64(), 1);
  EXPECT_EQ(demo.at("slots").as_int64(), 3);
  EXPECT_EQ(demo.at("longest_wait_s").as_double(), 0.25);
  EXPECT_EQ(demo.at("outside_windows").as_int64(), 2);
  EXPECT_EQ(json::serialize(demo.at("windows")), R"([{"priority_min":5,"priority_max":null}])");
  EXPECT_EQ(rows[1].at("queue").as_string(), "later");
  EXPECT_EQ(rows[1].at("workers").as_int64(), 0);
  EXPECT_EQ(rows[1].at("outside_windows").as_int64(), 0);
}

TEST(Report, workers_show_what_they_hold_and_do) {
  World world("groups-by-state");
  world.join({.name = "left",
              .queues = {"demo", "other"},
              .slots = 2,
              .tags = {"gpu"},
              .max_states = 3,
              .state_memory_bytes = 1'000});
  world.submit({.state = "german"});
  world.wait(milliseconds(40));

  const json::array rows = world.about("workers").at("rows").as_array();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(json::serialize(rows[0]),
            R"({"worker":"left","queues":["demo","other"],"tags":["gpu"],"slots":2,)"
            R"("running":1,"ahead":0,"draining":false,)"
            R"("states":["german"],"max_states":3,"state_memory_bytes":1000,"loading_ahead":0,)"
            R"("machine_load":0E0,"weight":1E0,"priority_min":null,"priority_max":null,)"
            R"("heard_ago_s":4E-2,"finished":0,"failed":0,"switches":1,"evictions":0,)"
            R"("loading_s":0E0,"working_s":0E0})");
}

TEST(Report, states_show_who_holds_them_and_what_they_take) {
  World world;
  world.join({.max_states = 2});
  world.submit({.state = "german"});
  world.end(WorkerId{0},
            {.run_time = milliseconds(500), .load_time = milliseconds(2'000), .state_bytes = 700});
  world.pin("german", 1);
  world.submit({.queue = "later", .count = 2, .state = "french"});

  const json::array rows = world.about("states").at("rows").as_array();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(json::serialize(rows[0]),
            R"({"state":"french","holders":0,"pinned":0,"waiting":2,"bytes":null,)"
            R"("failed_loads_in_a_row":0,"blocked_s":0E0,"load_mean_s":null,"load_q90_s":null,)"
            R"("run_mean_s":null,"run_q90_s":null})");
  EXPECT_EQ(json::serialize(rows[1]),
            R"({"state":"german","holders":1,"pinned":1,"waiting":0,"bytes":700,)"
            R"("failed_loads_in_a_row":0,"blocked_s":0E0,"load_mean_s":2E0,"load_q90_s":2E0,)"
            R"("run_mean_s":5E-1,"run_q90_s":5E-1})");
}

TEST(Report, a_state_that_cannot_be_loaded_shows_how_often_and_for_how_long) {
  World world;
  world.join({});
  world.submit({.state = "german"});
  world.end(WorkerId{0}, {.load_failed = true});
  const json::array rows = world.about("states").at("rows").as_array();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].at("holders").as_int64(), 0);
  EXPECT_EQ(rows[0].at("failed_loads_in_a_row").as_int64(), 1);
  EXPECT_EQ(rows[0].at("blocked_s").as_double(), 1.0);
  EXPECT_EQ(world.about("stats").at("failed_loads").as_int64(), 1);
}

TEST(Report, evictions_are_counted) {
  World world;
  world.join({});
  for (const char* state : {"german", "french"}) {
    world.submit({.state = state});
    world.end(WorkerId{0}, {});
  }
  EXPECT_EQ(world.about("stats").at("evictions").as_int64(), 1);
  EXPECT_EQ(world.about("workers").at("rows").as_array()[0].at("evictions").as_int64(), 1);
}

TEST(Report, users_are_listed_by_name) {
  World world;
  world.submit({.user = "zoe"});
  world.submit({.count = 3, .user = "ann"});
  const json::array rows = world.about("users").at("rows").as_array();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].at("user").as_string(), "ann");
  EXPECT_EQ(rows[0].at("jobs").at("queued").as_int64(), 3);
  EXPECT_EQ(rows[1].at("user").as_string(), "zoe");
}

TEST(Report, long_lists_keep_the_rows_with_most_unfinished_jobs) {
  World world;
  for (int i = 0; i < 1'200; ++i) world.submit({.queue = "queue-" + std::to_string(i)});
  world.submit({.queue = "zz-busy", .count = 5});
  const json::object queues = world.about("queues");
  const json::array& rows = queues.at("rows").as_array();
  EXPECT_EQ(rows.size(), kMaxReportRows);
  EXPECT_EQ(queues.at("rows_omitted").as_int64(), 201);
  EXPECT_EQ(rows.back().at("queue").as_string(), "zz-busy");
}

TEST(Report, names_from_outside_cannot_break_the_text) {
  World world;
  world.join({.name = "a\"},\n\x01 \xff\xfe"});
  world.join({.name = "b\xc3\xbcro"});
  const json::array rows = world.about("workers").at("rows").as_array();
  EXPECT_EQ(rows[0].at("worker").as_string(), "a\"},\n\x01 ??");
  EXPECT_EQ(rows[1].at("worker").as_string(), "b\xc3\xbcro");
}

TEST(Report, lists_jobs_those_that_run_first) {
  World world;
  world.join({.name = "ada"});
  world.submit({.count = 3});
  const json::object report = world.about("jobs");
  const json::array rows = report.at("rows").as_array();
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].at("status").as_string(), "running");
  EXPECT_EQ(rows[0].at("worker").as_string(), "ada");
  EXPECT_EQ(rows[1].at("status").as_string(), "queued");
  EXPECT_TRUE(rows[1].at("worker").is_null());
  EXPECT_EQ(rows[1].at("job").as_string(), "0000000000000000-2");
  EXPECT_EQ(report.at("rows_omitted").to_number<int>(), 0);
}

TEST(Report, lists_a_thousand_jobs_and_counts_the_others) {
  World world;
  world.submit({.count = 1'500});
  const json::object report = world.about("jobs");
  EXPECT_EQ(report.at("rows").as_array().size(), 1'000u);
  EXPECT_EQ(report.at("rows_omitted").to_number<int>(), 500);
}

TEST(Report, an_unknown_subject_is_refused_with_the_nearest_one) {
  const World world;
  const auto answer = report("queus", world.sources());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::InvalidArgument);
  EXPECT_EQ(answer.error().context,
            "no report about 'queus', did you mean 'queues'? "
            "(known: stats, queues, workers, states, users, jobs, parts, health)");
  EXPECT_LT(report(std::string(5'000'000, 'q'), world.sources()).error().context.size(), 300U);
}

TEST(Health, is_ok_when_a_worker_serves_what_waits) {
  World world;
  world.join({});
  world.submit({.count = 2});
  const json::object health = world.about("health");
  EXPECT_EQ(health.at("status").as_string(), "ok");
  EXPECT_EQ(health.at("warnings").as_array().size(), 0U);
  EXPECT_EQ(health.at("queued").as_int64(), 1);
}

TEST(Health, warns_that_there_are_no_workers) {
  const World world;
  EXPECT_EQ(world.about("health").at("status").as_string(), "warning");
  EXPECT_THAT(warnings(world), testing::ElementsAre(HasSubstr("no workers: start one with")));
}

TEST(Health, warns_of_a_queue_that_no_worker_serves) {
  World world;
  world.join({.queues = {"other"}});
  world.submit({.count = 2});
  EXPECT_THAT(warnings(world),
              testing::ElementsAre("queue 'demo': 2 jobs wait and no worker serves it: start one "
                                   "with `steelyard worker --queue demo --exec COMMAND`"));
}

TEST(Health, warns_of_priorities_outside_all_windows) {
  World world;
  world.join({.priority_min = 10, .priority_max = 20});
  world.submit({.priority = 9});
  EXPECT_THAT(
      warnings(world),
      testing::ElementsAre(HasSubstr(
          "queue 'demo': 1 job waits that none of its workers may do, for the job's priority")));
}

TEST(Health, names_twenty_queues_and_counts_the_others) {
  World world;
  world.join({});
  for (int i = 0; i < 23; ++i) world.submit({.queue = "queue-" + std::to_string(i)});
  EXPECT_EQ(warnings(world).size(), 21U);
  EXPECT_EQ(warnings(world).back(), "3 more queues have jobs that no worker can take");
}

TEST(Health, warns_of_a_state_that_could_not_be_loaded_several_times_in_a_row) {
  World world;
  world.join({});
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(warnings(world), testing::IsEmpty());
    world.submit({.state = "german"});
    world.wait(std::chrono::seconds(10));
    world.beat(WorkerId{0});
    world.look_at_time();
    world.end(WorkerId{0}, {.load_failed = true});
  }
  EXPECT_THAT(
      warnings(world),
      testing::ElementsAre(HasSubstr("state 'german' could not be loaded 3 times in a row")));
}

TEST(Health, warns_of_a_strategy_whose_answers_are_not_allowed) {
  World world("stubborn");
  world.submit({});
  world.join({});
  EXPECT_THAT(warnings(world), testing::ElementsAre(HasSubstr("strategy 'stubborn' answered 1 "
                                                              "time what is not allowed, such")));
}

TEST(Health, warns_of_a_strategy_that_throws) {
  World world("throwing");
  world.submit({});
  world.join({});
  EXPECT_THAT(warnings(world), testing::ElementsAre(HasSubstr(
                                   "strategy 'throwing' threw 1 exception, the last one 'no "
                                   "choice today'; the oldest job was taken instead")));
}

TEST(Health, warns_of_a_strategy_that_is_too_slow) {
  World world("slow");
  world.submit({});
  world.join({});
  EXPECT_THAT(warnings(world),
              testing::ElementsAre(AllOf(HasSubstr("strategy 'slow' was too slow 1 time, the last "
                                                   "time 'choose took 15.2 ms'"),
                                         HasSubstr("--max-strategy-call-ms"))));
}

TEST(Health, warns_of_messages_that_could_not_be_understood) {
  World world;
  world.join({});
  world.malformed = 3;
  EXPECT_THAT(warnings(world), testing::ElementsAre(HasSubstr("3 messages could not be")));
}

TEST(Health, warns_before_a_limit_is_reached) {
  core::Options options;
  options.max_queued_jobs = 10;
  World world("oldest", options);
  world.join({.slots = 1});
  world.submit({.count = 10});
  world.kept_bytes = 901;
  EXPECT_THAT(warnings(world), testing::ElementsAre(HasSubstr("max_queued_jobs = 10"),
                                                    HasSubstr("max_kept_bytes = 1000")));
}

}  // namespace
}  // namespace steelyard::monitor
