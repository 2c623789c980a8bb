#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/gateway/api/batch_line.hpp"
#include "steelyard/gateway/api/content_type.hpp"
#include "steelyard/gateway/api/parameters.hpp"

/// What the API reads from requests, without any connection.
namespace steelyard::gateway {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

constexpr milliseconds kMaxWait{60'000};

std::string line_error(std::string_view line) {
  const auto read = read_batch_line(line, kMaxWait);
  return read ? "" : read.error().context;
}

std::string setting_error(std::string_view setting, std::string_view value) {
  JobRequest job;
  const auto read = read_setting(setting, value, kMaxWait, job);
  return read ? "" : read.error().context;
}

TEST(Parameters, are_decoded_and_the_last_of_a_name_counts) {
  const auto read = Parameters::read("a=1&b=x%20y+z&&a=2&c");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->find("a"), "2");
  EXPECT_EQ(read->all("a"), (std::vector<std::string_view>{"1", "2"}));
  EXPECT_EQ(read->find("b"), "x y z");
  EXPECT_EQ(read->find("c"), "");
  EXPECT_EQ(read->find("d"), std::nullopt);
}

TEST(Parameters, refuse_a_wrong_encoding_and_too_many) {
  EXPECT_THAT(Parameters::read("a=%4").error().context, HasSubstr("percent-encoding"));
  std::string many;
  for (std::size_t i = 0; i <= Parameters::kMaxParameters; ++i) many += "a&";
  EXPECT_THAT(Parameters::read(many).error().context, HasSubstr("more than 2000"));
}

TEST(Parameters, name_the_nearest_for_one_that_is_not_known) {
  const auto read = Parameters::read("priorty=3");
  const auto allowed = read->allow_only(kJobSettings);
  ASSERT_FALSE(allowed);
  EXPECT_EQ(allowed.error().context, "there is no parameter \"priorty\"; did you mean priority?");
}

TEST(JobRequest, has_a_header_for_each_setting) {
  EXPECT_EQ(header_of("state"), "Steelyard-State");
  EXPECT_EQ(header_of("time_limit_s"), "Steelyard-Time-Limit-S");
  EXPECT_EQ(header_of("key"), "Idempotency-Key");
}

TEST(JobRequest, reads_every_setting) {
  JobRequest job;
  const std::vector<std::pair<std::string_view, std::string_view>> said{
      {"state", "s"},        {"user", "u"},         {"priority", "-5"}, {"deadline_s", "1.5"},
      {"delay_s", "0.0001"}, {"time_limit_s", "2"}, {"key", "k"},       {"durability", "journal"},
      {"tags", "gpu, big"},  {"stream", "65536"},   {"wait", "60"},     {"keep", "false"}};
  for (const auto& [setting, value] : said) {
    EXPECT_TRUE(read_setting(setting, value, kMaxWait, job)) << setting;
  }
  EXPECT_EQ(job.options.state, "s");
  EXPECT_EQ(job.options.user, "u");
  EXPECT_EQ(job.options.priority, -5);
  EXPECT_EQ(job.options.start_within, milliseconds(1500));
  EXPECT_EQ(job.options.delay, milliseconds(1));
  EXPECT_EQ(job.options.time_limit, milliseconds(2000));
  EXPECT_EQ(job.options.key, "k");
  EXPECT_EQ(job.options.durability, Durability::Journal);
  EXPECT_EQ(job.options.tags, (std::vector<std::string>{"gpu", "big"}));
  EXPECT_EQ(job.options.stream_window_bytes, 65536U);
  EXPECT_EQ(job.wait, kMaxWait);
  EXPECT_EQ(job.keep, false);
}

TEST(JobRequest, refuses_what_a_setting_cannot_be) {
  EXPECT_THAT(setting_error("state", "a b"), HasSubstr("state \"a b\" is no name"));
  EXPECT_THAT(setting_error("priority", "3.5"), HasSubstr("priority = \"3.5\" is not a whole"));
  EXPECT_THAT(setting_error("wait", "61"), HasSubstr("from 0 to 60"));
  EXPECT_THAT(setting_error("delay_s", "nan"), HasSubstr("delay_s = \"nan\""));
  EXPECT_THAT(setting_error("durability", "disk"), HasSubstr("memory or journal"));
  EXPECT_THAT(setting_error("stream", "99999999999"), HasSubstr("stream"));
  EXPECT_THAT(setting_error("keep", "maybe"), HasSubstr("neither true nor false"));
  EXPECT_THAT(setting_error("tags", "a,,b"), HasSubstr("is no name"));
}

TEST(BatchLine, is_a_job) {
  const auto line = read_batch_line(
      R"({"queue":"q","payload":"hi","user":"ada","priority":3,"tags":["a","b"],"wait":0.5})",
      kMaxWait);
  ASSERT_TRUE(line) << describe(line.error());
  EXPECT_EQ(line->queue, "q");
  EXPECT_EQ(line->payload, "hi");
  EXPECT_EQ(line->job.options.user, "ada");
  EXPECT_EQ(line->job.options.priority, 3);
  EXPECT_EQ(line->job.options.tags, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(line->job.wait, milliseconds(500));
}

TEST(BatchLine, hands_on_json_as_it_is_and_bytes_from_base_64) {
  EXPECT_EQ(read_batch_line(R"({"queue":"q","payload":{"n":[1,2]}})", kMaxWait)->payload,
            R"({"n":[1,2]})");
  EXPECT_EQ(read_batch_line(R"({"queue":"q","payload_base64":"AP8="})", kMaxWait)->payload,
            std::string("\0\xff", 2));
}

TEST(BatchLine, says_what_is_wrong_and_where) {
  EXPECT_THAT(line_error("{\"queue\":}"), HasSubstr("column 10: no JSON"));
  EXPECT_THAT(line_error("{} {}"), HasSubstr("more than one value"));
  EXPECT_THAT(line_error("[]"), HasSubstr("not a JSON object"));
  EXPECT_THAT(line_error("{\"queue\":\"q\""), HasSubstr("no JSON"));
  EXPECT_THAT(line_error("{\"queue\":\"q\",\"payload\":" + std::string(40, '[')),
              HasSubstr("nested deeper than 32"));
  EXPECT_EQ(line_error("{}"), "the queue is missing");
  EXPECT_THAT(line_error(R"({"queue":"q","paylod":""})"), HasSubstr("did you mean payload?"));
  EXPECT_THAT(line_error(R"({"queue":"q","payload":"","payload_base64":""})"),
              HasSubstr("exclude"));
  EXPECT_THAT(line_error(R"({"queue":"q","payload_base64":"*"})"), HasSubstr("base 64"));
  EXPECT_THAT(line_error(R"({"queue":"q","user":{}})"), HasSubstr("user is not a text"));
}

TEST(ContentType, is_what_the_result_looks_like) {
  EXPECT_EQ(content_type_of("7 is prime\n"), "text/plain; charset=utf-8");
  EXPECT_EQ(content_type_of(" {\"a\":[1]}\n"), "application/json");
  EXPECT_EQ(content_type_of("{not json}"), "text/plain; charset=utf-8");
  EXPECT_EQ(content_type_of("[1] and more"), "text/plain; charset=utf-8");
  EXPECT_EQ(content_type_of("17"), "text/plain; charset=utf-8");
  EXPECT_EQ(content_type_of("\xff\xfe"), "application/octet-stream");
  EXPECT_EQ(content_type_of(std::string_view("a\0b", 3)), "application/octet-stream");
  EXPECT_EQ(content_type_of(""), "application/octet-stream");
}

}  // namespace
}  // namespace steelyard::gateway
