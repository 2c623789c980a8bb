#include <algorithm>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/gateway/api/jobs_api_world.test.hpp"

/// Batches of jobs over HTTP, against a real broker.
namespace steelyard::gateway {
namespace {

using testing::HasSubstr;

TEST_F(JobsApiTest, drops_a_job_of_a_batch_whose_wait_is_over_before_the_broker_has_it) {
  exchanges_ = &timers_;
  const auto late =
      ask("POST", "/v1/jobs:batch", R"({"queue":"q","payload":"x","wait":0.001,"keep":false})");
  exchanges_ = &io_;
  hand_in();                   // acknowledged behind it, while the batch's timer does not run
  timers_.run_for(kPatience);  // until the batch has ended
  ASSERT_TRUE(late->done);
  EXPECT_THAT(late->answer.body, HasSubstr("is dropped"));
  run_until([&] {
    return answer("GET", "/v1/queues")->answer.body.find("\"cancelled\":1") != std::string::npos;
  });
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
                            R"({"queue":"q","payload":"a","key":"k","wait":2,"keep":false})");
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

}  // namespace
}  // namespace steelyard::gateway
