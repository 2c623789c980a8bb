#include "steelyard/monitor/snapshot.hpp"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/base/random.hpp"
#include "steelyard/strategy/registry.hpp"

namespace steelyard::monitor {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;

/// A scheduler whose workers do all that they are given when they are told to.
class Works {
 public:
  Works() : scheduler_({}, std::move(*strategy::Registry().make("amortised"))) {
    step(core::SessionOpened{SessionId{0}, {}, false});
  }

  void submit(const std::string& queue, const std::string& user, const std::string& state,
              std::uint32_t count) {
    core::JobsSubmitted event;
    event.session = SessionId{0};
    event.first_sequence = next_;
    event.count = count;
    event.queue = queues_.intern(queue);
    if (!user.empty()) event.tenant = users_.intern(user);
    if (!state.empty()) event.state = states_.intern(state);
    event.first_payload = PayloadRef{next_};
    next_ += count;
    step(event);
  }
  void join(std::uint32_t number, const std::vector<std::string>& queues, std::uint32_t slots = 1) {
    std::vector<QueueId> served;
    for (const std::string& queue : queues) served.push_back(queues_.intern(queue));
    if (number >= names_.size()) names_.resize(number + 1);
    names_[number] = "w" + std::to_string(number);
    step(core::WorkerJoined{WorkerId{number}, {}, {served, INT32_MIN, INT32_MAX, slots}});
  }
  void leave(std::uint32_t number) {
    if (!scheduler_.workers().joined(WorkerId{number})) return;
    step(core::WorkerLeft{WorkerId{number}});
    std::erase_if(running_, [=](const core::Assign& job) { return job.worker.value == number; });
  }
  void finish_one(const core::AttemptReport& report) {
    if (running_.empty()) return;
    const core::Assign job = running_.front();
    running_.erase(running_.begin());
    step(core::JobFinished{job.worker, job.lease, PayloadRef{}, report, false});
  }
  void pass(Duration time) {
    now_ += time;
    step(core::TimePassed{});
  }

  [[nodiscard]] Sources sources() const {
    return {.scheduler = scheduler_,
            .now = now_,
            .started = TimePoint(),
            .queues = queues_,
            .states = states_,
            .users = users_,
            .tags = tags_,
            .worker_names = names_,
            .session_keys = keys_,
            .incarnation = 255,
            .strategy = "amortised",
            .last_minute = &last_minute_,
            .worker_addresses = addresses_,
            .parts = &parts};
  }
  [[nodiscard]] json::object snapshot() const {
    Snapshot snapshot;
    while (!snapshot.is_complete()) snapshot.advance(sources(), Snapshot::kSlice);
    return json::parse(snapshot.take()).as_object();
  }
  [[nodiscard]] json::object about(std::string_view what) const {
    return json::parse(report(what, sources()).value()).as_object();
  }

  Announcements parts;

 private:
  void step(const core::Event& event) {
    core::Actions actions;
    scheduler_.step(now_, event, actions);
    last_minute_.note(now_, scheduler_);
    for (const core::Action& action : actions) {
      if (const auto* assign = std::get_if<core::Assign>(&action)) running_.push_back(*assign);
    }
  }

  core::Scheduler scheduler_;
  LastMinute last_minute_;
  base::Interner<QueueId> queues_{1'000'000};
  base::Interner<StateId> states_{1'000'000};
  base::Interner<TenantId> users_{1'000'000};
  base::Interner<TagId> tags_{1'000'000};
  std::vector<std::string> names_;
  std::vector<std::string> addresses_{"10.0.0.1"};
  std::vector<std::uint64_t> keys_{0xabc};
  TimePoint now_{std::chrono::seconds(100)};
  std::uint64_t next_ = 1;
  std::vector<core::Assign> running_;
};

/// The rows of a table as objects, each as long as there are columns.
std::vector<json::object> rows_of(const json::object& snapshot, std::string_view name) {
  const json::object& table = snapshot.at(name).as_object();
  const json::array& columns = table.at("columns").as_array();
  std::vector<json::object> rows;
  for (const json::value& row : table.at("rows").as_array()) {
    EXPECT_EQ(row.as_array().size(), columns.size()) << name;
    json::object& object = rows.emplace_back();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      object[columns[i].as_string()] = row.as_array().at(i);
    }
  }
  return rows;
}

std::uint64_t sum_of(const std::vector<json::object>& rows, std::string_view column) {
  std::uint64_t sum = 0;
  for (const json::object& row : rows) sum += row.at(column).to_number<std::uint64_t>();
  return sum;
}

std::uint64_t sum_of(const json::value& counts) {
  std::uint64_t sum = 0;
  for (const json::value& count : counts.as_array()) sum += count.to_number<std::uint64_t>();
  return sum;
}

TEST(Snapshot, says_of_a_worker_what_it_does) {
  Works works;
  works.join(0, {"ocr", "mail"}, 2);
  works.join(1, {"ocr", "mail"});
  works.submit("ocr", "ann", "dutch", 1);
  const json::object snapshot = works.snapshot();
  const auto workers = rows_of(snapshot, "workers");
  ASSERT_EQ(workers.size(), 2u);
  const json::object& busy = workers[workers[0].at("job").is_null() ? 1 : 0];
  EXPECT_EQ(busy.at("doing").as_string(), "loading");
  EXPECT_EQ(busy.at("loads").as_string(), "dutch");
  EXPECT_EQ(busy.at("job").as_string(), "0000000000000abc-1");
  EXPECT_EQ(busy.at("task").as_string(), "ocr");
  EXPECT_EQ(busy.at("user").as_string(), "ann");
  EXPECT_EQ(busy.at("states").as_array(), (json::array{"dutch"}));
  EXPECT_EQ(workers[0].at("address").as_string(), "10.0.0.1");
  EXPECT_EQ(workers[1].at("address").as_string(), "");
  EXPECT_EQ(workers[0].at("queue_set"), workers[1].at("queue_set"));
  EXPECT_EQ(snapshot.at("queue_sets"), (json::array{{"ocr", "mail"}}));
  EXPECT_EQ(rows_of(snapshot, "states")[0].at("loading").as_int64(), 1);
  works.pass(std::chrono::minutes(1));
  const json::object later = works.snapshot();
  EXPECT_EQ(sum_of(rows_of(later, "states"), "loading"), 0u);
}

TEST(Snapshot, has_the_times_of_each_queue_and_user) {
  Works works;
  works.submit("ocr", "ann", "", 2);
  works.pass(std::chrono::milliseconds(3));
  works.join(0, {"ocr"});
  works.finish_one({std::chrono::milliseconds(5)});
  works.pass(std::chrono::milliseconds(7));
  works.finish_one({std::chrono::milliseconds(100)});
  const json::object snapshot = works.snapshot();
  const json::object ocr = rows_of(snapshot, "queues").at(0);
  EXPECT_EQ(ocr.at("waits").as_int64(), 2);
  EXPECT_DOUBLE_EQ(ocr.at("wait_min_s").as_double(), 0.003);
  EXPECT_DOUBLE_EQ(ocr.at("wait_max_s").as_double(), 0.003);
  EXPECT_DOUBLE_EQ(ocr.at("run_min_s").as_double(), 0.005);
  EXPECT_DOUBLE_EQ(ocr.at("run_max_s").as_double(), 0.1);
  EXPECT_DOUBLE_EQ(ocr.at("run_sum_s").as_double(), 0.105);
  EXPECT_EQ(ocr.at("wait_buckets").at(2).as_int64(), 2);  // up to 4 ms
  EXPECT_EQ(ocr.at("run_buckets").at(3).as_int64(), 1);   // up to 8 ms
  EXPECT_EQ(ocr.at("run_buckets").at(7).as_int64(), 1);   // up to 128 ms
  EXPECT_EQ(snapshot.at("run_buckets"), ocr.at("run_buckets"));
  EXPECT_DOUBLE_EQ(snapshot.at("bucket_bounds_s").at(7).as_double(), 0.128);
  EXPECT_EQ(snapshot.at("bucket_bounds_s").as_array().size() + 1,
            ocr.at("run_buckets").as_array().size());
  const json::object ann = rows_of(snapshot, "users").at(0);
  EXPECT_DOUBLE_EQ(ann.at("worker_s").as_double(), 0.105);
  EXPECT_EQ(ann.at("finished").as_int64(), 2);
}

TEST(Snapshot, of_nothing_is_complete_too) {
  const Works works;
  const json::object snapshot = works.snapshot();
  for (const char* table : {"queues", "workers", "users", "states"}) {
    EXPECT_TRUE(rows_of(snapshot, table).empty());
    EXPECT_EQ(snapshot.at(table).at("rows_omitted").as_int64(), 0);
  }
  EXPECT_EQ(snapshot.at("incarnation").as_string(), "00000000000000ff");
}

TEST(Snapshot, keeps_those_users_with_most_unfinished_jobs) {
  Works works;
  for (int user = 0; user < 1'005; ++user) {
    works.submit("q", "user-" + std::to_string(user), "", user < 10 ? 1 : 2);
  }
  const json::object snapshot = works.snapshot();
  const auto users = rows_of(snapshot, "users");
  EXPECT_EQ(users.size(), 1'000u);
  EXPECT_EQ(snapshot.at("users").at("rows_omitted").as_int64(), 5);
  EXPECT_EQ(sum_of(users, "queued"), 2u * 995 + 5);
}

TEST(Snapshot, has_what_hubs_and_gateways_say) {
  Works works;
  ASSERT_TRUE(works.parts.put(SessionId{0}, *Announcement::parse("hub", "a", R"({"x":1})")));
  const json::object snapshot = works.snapshot();
  ASSERT_EQ(snapshot.at("parts").as_array().size(), 1u);
  EXPECT_EQ(snapshot.at("parts").at(0).at("x").as_int64(), 1);
}

/// Anything may happen between two rows.
void happen(Works& works, base::Random& random) {
  const auto number = static_cast<std::uint32_t>(random.below(30));
  const std::string some = std::to_string(random.below(12));
  switch (random.below(6)) {
    case 0:
      works.leave(number);
      return works.join(number, {"q" + some, "q0"}, 1 + number % 3);
    case 1:
      return works.leave(number);
    case 2:
      return works.submit("q" + some, "u" + some, "", 1 + number);
    case 3:
      return works.submit("q" + some, "", "s" + some, 1);
    case 4:
      return works.pass(std::chrono::milliseconds(number));
    default:
      return works.finish_one({std::chrono::milliseconds(number), std::chrono::milliseconds(1)});
  }
}

TEST(Snapshot, made_row_by_row_while_workers_come_and_go_is_whole) {
  base::Random random(7);
  Works works;
  for (int round = 0; round < 40; ++round) {
    Snapshot snapshot;
    std::size_t steps = 0;
    for (; !snapshot.is_complete(); ++steps) {
      ASSERT_LT(steps, 100'000u);
      snapshot.advance(works.sources(), 1);
      happen(works, random);
    }
    const json::object made = json::parse(snapshot.take()).as_object();
    std::set<std::string> names;
    for (const json::object& row : rows_of(made, "workers")) {
      names.insert(row.at("worker").as_string().c_str());
      EXPECT_LT(row.at("queue_set").to_number<std::size_t>(),
                made.at("queue_sets").as_array().size());
    }
    EXPECT_EQ(names.size(), rows_of(made, "workers").size());
    for (const char* table : {"queues", "users", "states"}) rows_of(made, table);
  }
}

TEST(Snapshot, has_the_numbers_of_the_report_stats) {
  base::Random random(11);
  Works works;
  for (int i = 0; i < 3'000; ++i) happen(works, random);
  const json::object snapshot = works.snapshot();
  EXPECT_EQ(snapshot.at("stats"), json::value(works.about("stats")));
  EXPECT_EQ(snapshot.at("health"), json::value(works.about("health")));
  const auto queues = rows_of(snapshot, "queues");
  const json::object& jobs = snapshot.at("stats").at("jobs").as_object();
  ASSERT_GT(jobs.at("finished").to_number<std::uint64_t>(), 100u);
  for (const char* count : {"accepted", "queued", "running", "finished", "failed"}) {
    EXPECT_EQ(sum_of(queues, count), jobs.at(count).to_number<std::uint64_t>()) << count;
  }
  const std::uint64_t waits = sum_of(queues, "waits");
  EXPECT_EQ(waits, snapshot.at("stats").at("attempts").at("dispatched").as_int64());
  EXPECT_EQ(sum_of(snapshot.at("wait_buckets")), waits);
  EXPECT_EQ(sum_of(snapshot.at("run_buckets")), sum_of(queues, "runs"));
}

TEST(Foremost, keeps_the_most_pressing_and_counts_the_others) {
  Foremost foremost(2);
  foremost.add(5, 1);
  foremost.add(6, 9);
  foremost.add(7, 3);
  foremost.add(8, 1);
  EXPECT_EQ(foremost.omitted(), 2u);
  EXPECT_THAT(foremost.take(), ElementsAre(6, 7));
}

TEST(JsonWriter, writes_seconds_as_fractions) {
  std::string text;
  JsonWriter json(text);
  json.open('[').seconds(Duration(0)).seconds(Duration(std::chrono::milliseconds(1500)));
  json.seconds(Duration(1'234'567'891)).seconds(core::TimeSum(1e21)).seconds(-Duration(2'000));
  json.text("").text("plain").text("a\"b<\n").number(0.5).close(']').flush();
  EXPECT_EQ(text, R"([0.0,1.5,1.234567,1000000000000.0,-0.000002,"","plain","a\"b<\n",0.5])");
}

}  // namespace
}  // namespace steelyard::monitor
