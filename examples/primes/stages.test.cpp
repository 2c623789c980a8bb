#include "primes/stages.hpp"

#include <gtest/gtest.h>

#include "steelyard/runtime/task/http_message.hpp"

namespace primes {
namespace {

using namespace steelyard;

Work job(std::string_view payload, JobControl* control = nullptr) {
  return {
      .queue = "q", .payload = payload, .state = {}, .user = {}, .id = "1-1", .control = control};
}

std::string request(const std::string& method, const HttpFields& parameters,
                    std::string_view body = {}) {
  const std::string head = http_request_head(
      {.method = method, .path = "/is_prime", .query = {}, .parameters = parameters});
  return pack_parts({head, body});
}

/// The payload for the next stage, or the status and text of the answer.
std::string parsed(std::string_view payload) {
  WorkerState state;
  const Answer answer = parse(job(payload), state);
  if (const auto* forward = std::get_if<Forward>(&answer)) {
    return forward->queue + ": " + forward->payload;
  }
  const auto& text = std::get<std::string>(answer);
  const auto told = read_http_answer(text);
  EXPECT_TRUE(told.has_value());
  return told ? std::to_string(told->status) + ": " + std::string(told->body) : "";
}

std::string computed(std::string_view number) {
  WorkerState state;
  return compute(job(number), state);
}

TEST(Parse, forwards_the_number_wherever_the_request_has_it) {
  EXPECT_EQ(parsed(request("GET", {{"possible_prime", "32416190071"}})), "compute: 32416190071");
  EXPECT_EQ(parsed(request("POST", {}, "17")), "compute: 17");
  EXPECT_EQ(parsed(request("POST", {}, "17\r\n")), "compute: 17");
  EXPECT_EQ(parsed(request("POST", {}, "possible_prime=0019")), "compute: 19");
  EXPECT_EQ(parsed(request("GET", {{"possible_prime", "18446744073709551615"}})),
            "compute: 18446744073709551615");
}

TEST(Parse, answers_what_has_no_number_at_once) {
  EXPECT_EQ(parsed(request("GET", {})), "400: ask with ?possible_prime=NUMBER\n");
  EXPECT_EQ(parsed(request("GET", {{"other", "7"}})), "400: ask with ?possible_prime=NUMBER\n");
  for (const char* text : {"x", "7x", "-7", "+7", " 7", "7.0", "18446744073709551616"}) {
    EXPECT_EQ(parsed(request("GET", {{"possible_prime", text}})),
              "400: that is no whole number of at most 64 bits\n")
        << text;
  }
  EXPECT_EQ(parsed("7").substr(0, 31), "400: this is no HTTP request: i");
}

TEST(Compute, tells_primes_from_others) {
  for (const char* number : {"2", "3", "5", "97", "999983", "32416190071"}) {
    EXPECT_EQ(computed(number), std::string(number) + " is prime\n");
  }
  for (const char* number : {"0", "1", "4", "9", "25", "1000000", "32416190073"}) {
    EXPECT_EQ(computed(number), std::string(number) + " is not prime\n");
  }
  EXPECT_EQ(computed("1000006000009"), "1000006000009 is not prime\n");
  EXPECT_THROW(static_cast<void>(computed("x")), std::invalid_argument);
}

TEST(Compute, counts_as_many_primes_as_there_are) {
  int count = 0;
  for (std::uint64_t number = 3; number <= 100'000; number += 2) {
    if (is_prime(number, job({}))) ++count;
  }
  EXPECT_EQ(count, 9'591);
}

TEST(Compute, gives_up_when_nobody_waits) {
  JobControl control;
  control.request_stop(StopReason::RequesterGone);
  EXPECT_THROW(static_cast<void>(is_prime(18446744073709551557U, job({}, &control))), StoppedError);
}

}  // namespace
}  // namespace primes
