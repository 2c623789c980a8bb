#include "builtin_tasks.hpp"

#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::cli {
namespace {

std::string run(std::string_view name, std::string_view payload) {
  WorkerState state;
  return std::get<std::string>((*builtin_task(name))(
      {.queue = "demo", .payload = payload, .state = {}, .user = {}, .id = "1-1", .attempt = 1},
      state));
}

TEST(BuiltinTasks, primes_counts_the_primes_below_a_number) {
  EXPECT_EQ(run("primes", "0"), "0");
  EXPECT_EQ(run("primes", "2"), "0");
  EXPECT_EQ(run("primes", "10"), "4");
  EXPECT_EQ(run("primes", "10000"), "1229");
}

TEST(BuiltinTasks, primes_says_what_a_payload_must_be) {
  for (const char* payload : {"", "ten", "-1", "10 ", "99999999999"}) {
    EXPECT_THROW(run("primes", payload), std::runtime_error) << payload;
  }
}

TEST(BuiltinTasks, echo_returns_the_payload) {
  EXPECT_EQ(run("echo", std::string_view("a\0b", 3)), std::string_view("a\0b", 3));
}

TEST(BuiltinTasks, another_name_is_refused) {
  EXPECT_EQ(builtin_task("prime").error().code, ErrorCode::InvalidArgument);
}

}  // namespace
}  // namespace steelyard::cli
