#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/gateway/api/context.hpp"
#include "steelyard/gateway/api/jobs_api_world.test.hpp"

/// The calls, one by one, against a real broker.
namespace steelyard::gateway {
namespace {

using testing::HasSubstr;

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

TEST_F(JobsApiTest, looks_no_longer_after_a_job_that_a_client_waited_for_that_went_away) {
  hand_in("x", "?key=k");
  const auto waits = ask("POST", "/v1/queues/q/jobs?key=k&wait=60", "x");
  waits->go();
  run_until([&] { return waits->done; });
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
  const auto over = answer("GET", "/v1/jobs/" + id + "/events", "", {{"Last-Event-ID", "3"}});
  EXPECT_EQ(over->answer.status, 204U);
  EXPECT_FALSE(over->streams);
}

TEST_F(JobsApiTest, sends_the_outcome_of_any_other_job) {
  const std::string id = hand_in("fail");
  const auto events = ask("GET", "/v1/jobs/" + id + "/events");
  run_until([&] { return events->answer.body.find("queued") != std::string::npos; });
  start_worker();
  run_until([&] { return events->done; });
  EXPECT_THAT(events->answer.body, HasSubstr("event: outcome\ndata: {\"id\":\"" + id));
  EXPECT_THAT(events->answer.body, HasSubstr("\"code\":\"work_failed\""));
  const std::string name = "id: 9223372036854775807\nevent: outcome\n";
  EXPECT_THAT(events->answer.body, HasSubstr(name));
  const std::string last = name.substr(4, name.find('\n') - 4);
  const auto over = answer("GET", "/v1/jobs/" + id + "/events", "", {{"Last-Event-ID", last}});
  EXPECT_EQ(over->answer.status, 204U);
}

TEST_F(JobsApiTest, ends_the_events_of_a_client_that_goes_before_they_begin) {
  const auto events = ask("GET", "/v1/jobs/" + hand_in() + "/events");
  events->has_gone = true;
  run_until([&] { return events->done; });
  EXPECT_EQ(events->answer.body, "");
}

TEST_F(JobsApiTest, reaches_queues_and_workers_with_slashes_in_their_names) {
  const std::string id = answer("POST", "/v1/queues/team%2Focr/jobs", "x")->text("id");
  EXPECT_THAT(answer("GET", "/v1/queues")->answer.body, HasSubstr("team/ocr"));
  EXPECT_EQ(answer("GET", "/v1/jobs/" + id)->text("status"), "queued");
  const auto unknown = answer("POST", "/v1/workers/host%2F1:drain");
  EXPECT_EQ(unknown->text("code"), "unknown_worker");
  EXPECT_THAT(unknown->text("detail"), HasSubstr("host/1"));
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
  const json::object& to_look = document.at("paths").at("/v1/stats").at("get").as_object();
  EXPECT_TRUE(to_look.at("responses").as_object().contains("421"));
  EXPECT_FALSE(to_look.at("responses").as_object().contains("403"));
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
