#include "steelyard/gateway/jobs_api.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <semaphore>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/gateway/api/context.hpp"
#include "steelyard/runtime/zmq/test_parts.hpp"

/// The calls against a real broker over inproc://, with requests that come from no connection.
namespace steelyard::gateway {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using zmq_runtime::kPatience;
using zmq_runtime::RunningBroker;
using zmq_runtime::RunningWorker;

class RecordedExchange final : public http::Exchange {
 public:
  explicit RecordedExchange(boost::asio::io_context& thread) : thread_(thread) {}

  void respond(http::Response response) override {
    EXPECT_FALSE(done);
    answer = std::move(response);
    done = true;
  }
  void begin_stream(http::Response head) override {
    answer = std::move(head);
    streams = true;
  }
  void send(std::string bytes) override {
    EXPECT_TRUE(streams && !done);
    answer.body += bytes;
  }
  void end() override {
    EXPECT_TRUE(streams && !done);
    done = true;
  }
  [[nodiscard]] std::size_t unsent_bytes() const override { return unsent; }
  void when_unsent_at_most(std::size_t, std::function<void()> drained) override {
    when_drained = std::move(drained);
  }
  void when_gone(std::function<void()> gone) override {
    if (has_gone) return gone();
    go = std::move(gone);
  }
  [[nodiscard]] boost::asio::any_io_executor executor() override { return thread_.get_executor(); }

  [[nodiscard]] json::value json() const { return json::parse(answer.body); }
  [[nodiscard]] std::string text(const char* field) const {
    return std::string(json().at(field).as_string());
  }
  [[nodiscard]] std::string header(std::string_view name) const {
    for (const auto& header : answer.headers) {
      if (header.name == name) return header.value;
    }
    return "";
  }

  http::Response answer;
  bool streams = false;
  bool done = false;
  bool has_gone = false;
  std::size_t unsent = 0;
  std::function<void()> go;
  std::function<void()> when_drained;

 private:
  boost::asio::io_context& thread_;
};

/// Progress that a job's end overtakes is not told: it waits until that was heard.
std::binary_semaphore progress_was_heard{0};

std::string work(const Work& work, WorkerState&) {
  if (work.payload == "fail") throw std::runtime_error("it failed");
  if (work.payload == "stream") {
    static_cast<void>(work.partial("one"));
    work.progress(50);
    if (!progress_was_heard.try_acquire_for(std::chrono::seconds(20))) {
      throw std::runtime_error("nobody has heard of the progress");
    }
  }
  return "done: " + std::string(work.payload);
}

class JobsApiTest : public testing::Test {
 protected:
  JobsApiTest()
      : context_(std::make_shared<Context>()),
        broker_({.listen = {"inproc://broker"}, .context = context_}),
        link_(io_, {.endpoint = "inproc://broker", .context = context_}),
        api_(link_, {.max_batch_lines = 50,
                     .max_batch_line_bytes = 1'000,
                     .max_batch_jobs_ahead = 8,
                     .max_waiting_cancels = 1,
                     .watch_period = std::chrono::milliseconds(10)}) {
    for (EndpointEntry& entry : api_.endpoints()) {
      EXPECT_TRUE(routes_.add(entry.pattern, entry.methods,
                              static_cast<RouteTable::Target>(endpoints_.size())));
      endpoints_.push_back(std::move(entry.call));
    }
  }

  void start_worker() {
    worker_ = std::make_unique<RunningWorker>(
        RemoteWorkerOptions{.endpoint = "inproc://broker", .name = "w", .context = context_}, "q",
        work);
  }
  using Exchange = std::shared_ptr<RecordedExchange>;
  Exchange ask(const std::string& method, const std::string& target, const std::string& body = "",
               const std::vector<http::Header>& headers = {}) {
    http::Request::Message message;
    message.method_string(method);
    message.target(target);
    for (const auto& header : headers) message.insert(header.name, header.value);
    message.body() = body;
    http::Request request(std::move(message), "127.0.0.1:1");
    auto exchange = std::make_shared<RecordedExchange>(*exchanges_);
    auto found = routes_.match(method, request.path());
    auto* match = std::get_if<RouteTable::Match>(&found);
    EXPECT_NE(match, nullptr) << method << " " << target;
    if (match != nullptr) {
      endpoints_[match->target](std::move(request), std::move(match->captures), exchange);
    }
    return exchange;
  }
  /// The same, and its whole answer.
  Exchange answer(const std::string& method, const std::string& target,
                  const std::string& body = "", const std::vector<http::Header>& headers = {}) {
    auto exchange = ask(method, target, body, headers);
    run_until([&] { return exchange->done; });
    return exchange;
  }
  std::string hand_in(const std::string& payload = "x", const std::string& query = "") {
    return answer("POST", "/v1/queues/q/jobs" + query, payload)->text("id");
  }
  void wait_for(const std::string& id, std::string_view status) {
    run_until([&] { return answer("GET", "/v1/jobs/" + id)->text("status") == status; });
  }
  void run_until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!done() && std::chrono::steady_clock::now() < deadline) io_.run_one_until(deadline);
    EXPECT_TRUE(done());
  }

  boost::asio::io_context io_{1};
  boost::asio::io_context timers_{1};
  boost::asio::io_context* exchanges_ = &io_;  // runs the timers of what is asked
  std::shared_ptr<Context> context_;
  RunningBroker broker_;
  std::unique_ptr<RunningWorker> worker_;
  BrokerLink link_;
  JobsApi api_;
  RouteTable routes_;
  std::vector<Endpoint> endpoints_;
};

TEST_F(JobsApiTest, takes_a_job_and_says_where_it_is_to_be_found) {
  const auto taken = answer("POST", "/v1/queues/q/jobs", "x");
  EXPECT_EQ(taken->answer.status, 202U);
  EXPECT_EQ(taken->text("durability"), "memory");
  EXPECT_TRUE(taken->json().at("no_workers").as_bool());
  EXPECT_EQ(taken->header("Location"), "/v1/jobs/" + taken->text("id"));
  start_worker();
  wait_for(taken->text("id"), "finished");
  const auto result = answer("GET", taken->header("Location") + "/result");
  EXPECT_EQ(result->answer.status, 200U);
  EXPECT_EQ(result->answer.body, "done: x");
  EXPECT_EQ(result->answer.content_type, "text/plain; charset=utf-8");
}

TEST_F(JobsApiTest, waits_for_a_result_as_long_as_it_is_told) {
  const auto late = answer("POST", "/v1/queues/q/jobs?wait=0.02", "x");
  EXPECT_EQ(late->answer.status, 202U);
  const auto dropped = answer("POST", "/v1/queues/q/jobs?wait=0.02&keep=false", "x");
  EXPECT_EQ(dropped->answer.status, 504U);
  start_worker();
  const auto done = answer("POST", "/v1/queues/q/jobs?wait=20", "y");
  EXPECT_EQ(done->answer.status, 200U);
  EXPECT_EQ(done->answer.body, "done: y");
  EXPECT_NE(done->header("Steelyard-Job"), "");
  wait_for(late->text("id"), "finished");
}

TEST_F(JobsApiTest, tells_of_failed_work) {
  start_worker();
  const auto failed = answer("POST", "/v1/queues/q/jobs?wait=20", "fail");
  EXPECT_EQ(failed->answer.status, 500U);
  EXPECT_EQ(failed->text("code"), "work_failed");
  const std::string id = hand_in("fail");
  wait_for(id, "failed");
  EXPECT_EQ(answer("GET", "/v1/jobs/" + id + "/result")->answer.status, 500U);
  EXPECT_EQ(answer("GET", "/v1/jobs/" + id)->text("error"), "it failed");
}

TEST_F(JobsApiTest, cancels_a_job_that_only_a_client_waits_for_that_goes_away) {
  const auto waits = ask("POST", "/v1/queues/q/jobs?wait=60", "x");
  const auto waits_with_key = ask("POST", "/v1/queues/q/jobs?wait=60&key=k", "x");
  run_until([&] {
    return answer("GET", "/v1/queues")->answer.body.find("\"queued\":2") != std::string::npos;
  });
  waits->go();
  waits_with_key->go();
  run_until([&] {
    return answer("GET", "/v1/queues")->answer.body.find("\"cancelled\":1") != std::string::npos;
  });
  EXPECT_THAT(answer("GET", "/v1/queues")->answer.body, HasSubstr("\"queued\":1"));
  EXPECT_FALSE(waits->done);
}

TEST_F(JobsApiTest, takes_a_job_whose_wait_is_over_before_the_broker_has_it) {
  hand_in();
  exchanges_ = &timers_;
  const auto late = ask("POST", "/v1/queues/q/jobs?wait=0.001", "x");
  timers_.run_one();  // while the job has not left
  EXPECT_FALSE(late->done);
  exchanges_ = &io_;
  run_until([&] { return late->done; });
  EXPECT_EQ(late->answer.status, 202U);
  const auto batch =
      answer("POST", "/v1/jobs:batch", "{\"queue\":\"q\",\"payload\":\"x\",\"wait\":0.001}");
  EXPECT_EQ(batch->text("status"), "accepted");
}

TEST_F(JobsApiTest, drops_a_job_of_a_batch_whose_wait_is_over_before_the_broker_has_it) {
  exchanges_ = &timers_;
  const auto late =
      ask("POST", "/v1/jobs:batch", R"({"queue":"q","payload":"x","wait":0.001,"keep":false})");
  exchanges_ = &io_;
  hand_in();  // acknowledged behind it, while the batch's timer does not run
  timers_.run_for(std::chrono::milliseconds(100));
  ASSERT_TRUE(late->done);
  EXPECT_THAT(late->answer.body, HasSubstr("is dropped"));
  run_until([&] {
    return answer("GET", "/v1/queues")->answer.body.find("\"cancelled\":1") != std::string::npos;
  });
}

TEST_F(JobsApiTest, looks_no_longer_after_a_job_that_a_client_waited_for_that_went_away) {
  hand_in("x", "?key=k");
  const auto waits = ask("POST", "/v1/queues/q/jobs?key=k&wait=60", "x");
  waits->go();
  run_until([&] { return waits->done; });
}

TEST_F(JobsApiTest, keeps_nothing_of_a_batch_whose_client_goes_away) {
  auto batch = ask("POST", "/v1/jobs:batch",
                   "{\"queue\":\"q\",\"payload\":\"x\",\"wait\":60,\"key\":\"k\"}");
  run_until([&] {
    return answer("GET", "/v1/queues")->answer.body.find("\"queued\":1") != std::string::npos;
  });
  batch->go();
  const std::weak_ptr<RecordedExchange> kept = std::exchange(batch, nullptr);
  run_until([&] { return kept.expired(); });
}

TEST_F(JobsApiTest, does_a_job_with_a_key_once) {
  const std::string id = hand_in("x", "?key=k");
  EXPECT_EQ(hand_in("x", "?key=k"), id);
  EXPECT_EQ(answer("POST", "/v1/queues/q/jobs", "x", {{"Idempotency-Key", "k"}})->text("id"), id);
  const auto other = answer("POST", "/v1/queues/q/jobs?key=k", "other");
  EXPECT_EQ(other->answer.status, 409U);
  EXPECT_EQ(other->text("code"), "key_conflict");
  const auto waits = ask("POST", "/v1/queues/q/jobs?key=k&wait=20", "x");
  start_worker();
  run_until([&] { return waits->done; });
  EXPECT_EQ(waits->answer.body, "done: x");
  EXPECT_EQ(waits->header("Steelyard-Job"), id);
}

TEST_F(JobsApiTest, lets_the_query_win_over_headers) {
  const std::string id = answer("POST", "/v1/queues/q/jobs?priority=7", "x",
                                {{"Steelyard-Priority", "1"}, {"Steelyard-User", "ada"}})
                             ->text("id");
  const json::value rows = answer("GET", "/v1/jobs")->json().at("rows");
  ASSERT_EQ(rows.as_array().size(), 1U);
  EXPECT_EQ(rows.at(0).at("job"), id.c_str());
  EXPECT_EQ(rows.at(0).at("priority"), 7);
  EXPECT_EQ(rows.at(0).at("user"), "ada");
}

TEST_F(JobsApiTest, refuses_what_it_does_not_understand) {
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"POST", "/v1/queues/q/jobs?stat=x"},
      {"POST", "/v1/queues/-q/jobs"},
      {"POST", "/v1/queues/q/jobs?wait=soon"},
      {"GET", "/v1/jobs/12"},
      {"GET", "/v1/jobs?id=12"},
      {"GET", "/v1/stats?x=1"},
      {"DELETE", "/v1/jobs/12"},
      {"GET", "/v1/jobs/12/result"},
      {"GET", "/v1/jobs/12/events"},
      {"GET", "/v1/jobs/12/explain"},
      {"POST", "/v1/queues/q/jobs?durability=journal"}};
  for (const auto& [method, target] : wrong) {
    const auto refused = answer(method, target, "x");
    EXPECT_EQ(refused->answer.status, 400U) << target;
    EXPECT_EQ(refused->answer.content_type, "application/problem+json");
  }
}

TEST_F(JobsApiTest, does_not_know_every_job_and_worker) {
  const std::string id = "0123456789abcdef-1";
  EXPECT_EQ(answer("GET", "/v1/jobs/" + id)->answer.status, 404U);
  EXPECT_EQ(answer("GET", "/v1/jobs/" + id + "/result")->answer.status, 404U);
  EXPECT_EQ(answer("GET", "/v1/jobs/" + id + "/events")->answer.status, 404U);
  EXPECT_EQ(answer("GET", "/v1/jobs/" + id + "/explain")->answer.status, 404U);
  EXPECT_EQ(answer("DELETE", "/v1/jobs/" + id)->answer.status, 404U);
  EXPECT_EQ(answer("POST", "/v1/workers/nobody:drain")->answer.status, 404U);
  EXPECT_EQ(answer("GET", "/v1/jobs?id=" + id)->json().at("jobs").at(0).at("status"), "unknown");
}

TEST_F(JobsApiTest, cancels_and_says_where_the_job_was) {
  const std::string id = hand_in();
  EXPECT_EQ(answer("GET", "/v1/jobs/" + id + "/result")->answer.status, 409U);
  const auto cancelled = answer("DELETE", "/v1/jobs/" + id);
  EXPECT_EQ(cancelled->answer.status, 200U);
  EXPECT_EQ(cancelled->text("was"), "queued");
  EXPECT_EQ(cancelled->text("status"), "cancelled");
  EXPECT_EQ(answer("GET", "/v1/jobs/" + id + "/result")->answer.status, 409U);
}

TEST_F(JobsApiTest, lets_so_many_cancels_wait_and_no_more) {
  start_worker();
  const std::string id = hand_in("stream", "?stream=1000");
  wait_for(id, "running");
  const auto waits = ask("DELETE", "/v1/jobs/" + id + "?wait=60");
  const auto refused = answer("DELETE", "/v1/jobs/" + id + "?wait=60");
  EXPECT_EQ(refused->answer.status, 503U);
  EXPECT_EQ(refused->text("code"), "too_many_cancels");
  EXPECT_EQ(refused->header("Retry-After"), "1");
  EXPECT_EQ(answer("DELETE", "/v1/jobs/" + id)->text("status"), "running");
  EXPECT_FALSE(waits->done);
  progress_was_heard.release();
  run_until([&] { return waits->done; });
  EXPECT_EQ(waits->text("status"), "finished");
  EXPECT_EQ(answer("DELETE", "/v1/jobs/" + id + "?wait=60")->answer.status, 200U);
}

TEST_F(JobsApiTest, sends_the_events_of_a_job_that_streams) {
  const std::string id = hand_in("stream", "?stream=65536");
  const auto events = ask("GET", "/v1/jobs/" + id + "/events");
  EXPECT_EQ(events->answer.content_type, "text/event-stream");
  start_worker();
  const std::string progress = "event: progress\ndata: {\"progress\":50}\n\n";
  run_until(
      [&] { return events->done || events->answer.body.find(progress) != std::string::npos; });
  progress_was_heard.release();
  run_until([&] { return events->done; });
  EXPECT_THAT(events->answer.body, HasSubstr("event: partial\ndata: {\"partial\":\"one\"}\n\n"));
  EXPECT_THAT(events->answer.body, HasSubstr(progress));
  EXPECT_THAT(events->answer.body, HasSubstr("\"status\":\"finished\""));
  const auto rest = answer("GET", "/v1/jobs/" + id + "/events", "", {{"Last-Event-ID", "2"}});
  EXPECT_THAT(rest->answer.body, testing::StartsWith("id: 3\n"));
}

TEST_F(JobsApiTest, sends_the_outcome_of_any_other_job) {
  const std::string id = hand_in("fail");
  const auto events = ask("GET", "/v1/jobs/" + id + "/events");
  run_until([&] { return events->answer.body.find("queued") != std::string::npos; });
  start_worker();
  run_until([&] { return events->done; });
  EXPECT_THAT(events->answer.body, HasSubstr("event: outcome\ndata: {\"id\":\"" + id));
  EXPECT_THAT(events->answer.body, HasSubstr("\"code\":\"work_failed\""));
}

TEST_F(JobsApiTest, ends_the_events_of_a_client_that_goes_before_they_begin) {
  const auto events = ask("GET", "/v1/jobs/" + hand_in() + "/events");
  events->has_gone = true;
  run_until([&] { return events->done; });
  EXPECT_EQ(events->answer.body, "");
}

TEST_F(JobsApiTest, answers_a_batch_line_by_line_in_order) {
  start_worker();
  const auto batch = answer("POST", "/v1/jobs:batch",
                            "{\"queue\":\"q\",\"payload\":\"a\",\"wait\":20}\n"
                            "nonsense\n"
                            "\n"
                            "{\"queue\":\"q\",\"payload\":\"b\"}\n"
                            "{\"queue\":\"q\",\"payload\":\"fail\",\"wait\":20}");
  EXPECT_EQ(batch->answer.content_type, "application/x-ndjson");
  std::vector<json::value> lines;
  std::istringstream text(batch->answer.body);
  for (std::string line; std::getline(text, line);) lines.push_back(json::parse(line));
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[0].at("line"), 1);
  EXPECT_EQ(lines[0].at("result"), "done: a");
  EXPECT_EQ(lines[1].at("line"), 2);
  EXPECT_EQ(lines[1].at("code"), "malformed");
  EXPECT_EQ(lines[2].at("line"), 4);
  EXPECT_EQ(lines[2].at("status"), "accepted");
  EXPECT_EQ(lines[3].at("code"), "work_failed");
}

TEST_F(JobsApiTest, gives_a_line_of_a_batch_the_result_of_the_job_that_has_its_key) {
  const std::string id = hand_in("a", "?key=k");
  const std::string line = R"({"queue":"q","payload":"a","key":"k","wait":20})"
                           "\n";
  const auto batch = ask("POST", "/v1/jobs:batch", line + line);
  const auto failing = R"({"queue":"q","payload":"fail","key":"f","wait":20})"
                       "\n";
  const auto failed = ask("POST", "/v1/jobs:batch", std::string(failing) + failing);
  run_until([&] { return batch->streams && failed->streams; });
  start_worker();
  run_until([&] { return batch->done && failed->done; });
  std::istringstream text(batch->answer.body);
  int number = 0;
  for (std::string told; std::getline(text, told);) {
    const json::value value = json::parse(told);
    EXPECT_EQ(value.at("line"), ++number);
    EXPECT_EQ(std::string_view(value.at("id").as_string()), id);
    EXPECT_EQ(value.at("result"), "done: a");
  }
  EXPECT_EQ(number, 2);
  EXPECT_EQ(std::ranges::count(failed->answer.body, '\n'), 2);
  EXPECT_THAT(failed->answer.body, HasSubstr("\"line\":2,\"code\":\"work_failed\""));
}

TEST_F(JobsApiTest, does_not_drop_the_job_that_has_the_key_of_a_line_that_is_not_to_be_kept) {
  const std::string id = hand_in("a", "?key=k");
  const auto batch = answer("POST", "/v1/jobs:batch",
                            R"({"queue":"q","payload":"a","key":"k","wait":0.2,"keep":false})");
  EXPECT_EQ(batch->text("status"), "accepted");
  EXPECT_EQ(batch->text("id"), id);
  EXPECT_EQ(answer("GET", "/v1/jobs/" + id)->text("status"), "queued");
}

TEST_F(JobsApiTest, keeps_a_batch_within_its_limits) {
  std::string body = std::string(1'001, ' ') + "{}\n";
  for (int i = 0; i < 60; ++i) body += "{\"queue\":\"q\",\"payload\":\"x\"}\n";
  const auto batch = answer("POST", "/v1/jobs:batch", body);
  EXPECT_THAT(batch->answer.body,
              testing::StartsWith("{\"line\":1,\"code\":\"payload_too_large\""));
  EXPECT_EQ(std::ranges::count(batch->answer.body, '\n'), 51);
  EXPECT_THAT(batch->answer.body, HasSubstr("\"line\":51,\"code\":\"invalid_argument\""));
}

TEST_F(JobsApiTest, reads_no_more_of_a_batch_than_its_client_takes) {
  std::string body;
  for (int i = 0; i < 30; ++i) body += "{\"queue\":\"q\",\"payload\":\"x\"}\n";
  const auto batch = ask("POST", "/v1/jobs:batch", body);
  batch->unsent = std::size_t{1} << 30;
  run_until([&] { return batch->when_drained != nullptr; });
  EXPECT_FALSE(batch->done);
  EXPECT_LE(std::ranges::count(batch->answer.body, '\n'), 8);
  batch->unsent = 0;
  batch->when_drained();
  run_until([&] { return batch->done; });
  EXPECT_EQ(std::ranges::count(batch->answer.body, '\n'), 30);
}

TEST_F(JobsApiTest, reports_and_explains_and_drains) {
  start_worker();
  const std::string id = hand_in();
  wait_for(id, "finished");
  for (const char* what : {"queues", "workers", "users", "states", "jobs"}) {
    const auto report = answer("GET", std::string("/v1/") + what);
    EXPECT_EQ(report->answer.status, 200U);
    EXPECT_TRUE(report->json().as_object().contains("rows")) << what;
  }
  EXPECT_TRUE(answer("GET", "/v1/stats")->json().as_object().contains("jobs"));
  EXPECT_EQ(answer("GET", "/v1/jobs/" + hand_in("x", "?delay_s=100") + "/explain")->answer.status,
            200U);
  EXPECT_EQ(answer("POST", "/v1/workers/w:drain")->answer.status, 200U);
}

TEST_F(JobsApiTest, is_told_that_there_is_no_broker) {
  BrokerLink lonely(io_, {.endpoint = "inproc://nobody",
                          .request_timeout = std::chrono::milliseconds(10),
                          .request_tries = 1,
                          .context = context_});
  JobsApi api(lonely);
  auto entries = api.endpoints();
  const auto entry = std::ranges::find(entries, "/v1/jobs/{id}", &EndpointEntry::pattern);
  http::Request::Message message;
  message.target("/v1/jobs/0123456789abcdef-1");
  auto exchange = std::make_shared<RecordedExchange>(io_);
  entry->call(http::Request(std::move(message), ""), {{"id", "0123456789abcdef-1"}}, exchange);
  run_until([&] { return exchange->done; });
  EXPECT_EQ(exchange->answer.status, 503U);
  EXPECT_EQ(exchange->text("code"), "not_connected");
}

TEST_F(JobsApiTest, has_a_document_that_says_what_is_there) {
  const json::value document = answer("GET", "/openapi.json")->json();
  EXPECT_EQ(document.at("openapi"), "3.1.0");
  std::set<std::string> documented;
  for (const auto& path : document.at("paths").as_object()) {
    for (const auto& operation : path.value().as_object()) {
      std::string method(operation.key());
      for (char& c : method) c = static_cast<char>(std::toupper(c));
      documented.insert(method + " " + std::string(path.key()));
      EXPECT_FALSE(operation.value().at("responses").as_object().empty());
      const auto refused = answer(method, std::string(path.key()) + "?undocumented=1");
      EXPECT_EQ(refused->answer.status, 400U) << path.key();
      EXPECT_THAT(refused->answer.body, HasSubstr("there is no parameter"));
    }
  }
  std::set<std::string> registered;
  for (const EndpointEntry& entry : api_.endpoints()) {
    for (const std::string& method : entry.methods) registered.insert(method + " " + entry.pattern);
  }
  EXPECT_EQ(documented, registered);
}

}  // namespace
}  // namespace steelyard::gateway
