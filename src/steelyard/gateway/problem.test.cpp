#include "steelyard/gateway/problem.hpp"

#include <map>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::gateway {
namespace {

/// The codes in their order; the last one ends the list.
std::map<ErrorCode, unsigned> statuses() {
  std::map<ErrorCode, unsigned> statuses;
  for (unsigned code = 0;; ++code) {
    const auto error = static_cast<ErrorCode>(code);
    statuses[error] = problem_of({error, "why"}, true).status;
    if (error == ErrorCode::SystemError) return statuses;
  }
}

TEST(Problem, has_a_status_for_every_error) {
  const std::map<ErrorCode, unsigned> expected{
      {ErrorCode::WorkFailed, 500},        {ErrorCode::AttemptsExhausted, 500},
      {ErrorCode::Cancelled, 409},         {ErrorCode::Expired, 504},
      {ErrorCode::OverTimeLimit, 504},     {ErrorCode::Quarantined, 500},
      {ErrorCode::Dropped, 503},           {ErrorCode::Stopped, 503},
      {ErrorCode::QueueFull, 503},         {ErrorCode::UserOverLimit, 429},
      {ErrorCode::QueueOverLimit, 503},    {ErrorCode::DuplicateKey, 409},
      {ErrorCode::KeyConflict, 409},       {ErrorCode::NotJournalled, 400},
      {ErrorCode::JournalFull, 503},       {ErrorCode::JournalBroken, 503},
      {ErrorCode::JournalBehind, 503},     {ErrorCode::SessionEnded, 503},
      {ErrorCode::SessionFull, 503},       {ErrorCode::PayloadTooLarge, 413},
      {ErrorCode::OutOfMemoryBudget, 503}, {ErrorCode::TooManyNames, 503},
      {ErrorCode::TooManyLanes, 503},      {ErrorCode::StateTooLarge, 400},
      {ErrorCode::TooManyPools, 503},      {ErrorCode::TooManyWorkers, 503},
      {ErrorCode::TooManySessions, 503},   {ErrorCode::TooManyParts, 503},
      {ErrorCode::InvalidName, 400},       {ErrorCode::InvalidArgument, 400},
      {ErrorCode::Malformed, 400},         {ErrorCode::VersionMismatch, 503},
      {ErrorCode::NotConnected, 503},      {ErrorCode::TimedOut, 504},
      {ErrorCode::JournalInUse, 503},      {ErrorCode::SystemError, 500},
      {ErrorCode::TooManyHops, 500},       {ErrorCode::NoSuchTask, 500}};
  for (const auto& [code, status] : statuses()) {
    ASSERT_TRUE(expected.contains(code)) << to_string(code);
    EXPECT_EQ(status, expected.at(code)) << to_string(code);
  }
}

TEST(Problem, says_when_to_try_again_where_that_helps) {
  for (const auto& [code, status] : statuses()) {
    const bool helps = problem_of({code, ""}, true).retry_after.has_value();
    EXPECT_EQ(helps, status == 503 || status == 429) << to_string(code);
  }
}

TEST(Problem, shows_the_works_own_text_only_where_it_may) {
  const Error error{ErrorCode::WorkFailed, "password=1234"};
  EXPECT_EQ(problem_of(error, true).detail, "password=1234");
  EXPECT_EQ(problem_of(error, false).detail, "the work failed");
  EXPECT_EQ(problem_of({ErrorCode::QueueFull, "1000 jobs"}, false).detail, "1000 jobs");
}

TEST(Problem, is_a_document) {
  const http::Response response = to_response(problem_of({ErrorCode::QueueFull, "full\xff"}, true));
  EXPECT_EQ(response.status, 503U);
  EXPECT_EQ(response.content_type, "application/problem+json");
  ASSERT_EQ(response.headers.size(), 1U);
  EXPECT_EQ(response.headers[0].name, "Retry-After");
  EXPECT_EQ(boost::json::parse(response.body),
            (boost::json::value{{"type", "urn:steelyard:problem:queue_full"},
                                {"title", "Service Unavailable"},
                                {"status", 503},
                                {"detail", "full?"},
                                {"code", "queue_full"}}));
}

TEST(Problem, has_the_status_in_words_for_a_title) {
  const auto title = [](unsigned status) {
    const http::Response response = to_response(Problem{.status = status});
    return boost::json::parse(response.body).at("title");
  };
  EXPECT_EQ(title(403), "Forbidden");
  EXPECT_EQ(title(421), "Misdirected Request");
}

}  // namespace
}  // namespace steelyard::gateway
