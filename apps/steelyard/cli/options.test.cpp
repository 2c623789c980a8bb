#include "cli/options.hpp"

#include <cstdlib>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::cli {
namespace {

using ::testing::HasSubstr;

/// What a command with one number, one name and the flags of a broker says about `words`.
struct Parsed {
  std::uint32_t slots = 1;
  double weight = 1;
  std::string state;
  BrokerAt broker;
  std::string error;

  explicit Parsed(std::vector<std::string> words) {
    CLI::App command("test");
    add_number<std::uint32_t>(command, {"--slots", "", slots, 1, 1024});
    add_number<double>(command, {.name = "--weight", .description = "", .value = weight, .min = 0});
    add_name(command, {"--state", "", state});
    add_broker_and_timeout(command, broker);
    std::ranges::reverse(words);
    try {
      command.parse(words);
    } catch (const CLI::ParseError& thrown) {
      error = thrown.what();
    }
  }
};

TEST(Options, numbers_are_read_within_their_range) {
  EXPECT_EQ(Parsed({"--slots", "1024"}).slots, 1024U);
  EXPECT_EQ(Parsed({"--weight", "0.5"}).weight, 0.5);
  EXPECT_EQ(Parsed({}).slots, 1U);
}

TEST(Options, a_wrong_number_names_the_flag_and_the_range) {
  EXPECT_EQ(Parsed({"--slots", "0"}).error, "--slots: '0' is not a whole number from 1 to 1024");
  EXPECT_EQ(Parsed({"--slots", "1x"}).error, "--slots: '1x' is not a whole number from 1 to 1024");
  EXPECT_EQ(Parsed({"--slots", "99999999999"}).error,
            "--slots: '99999999999' is not a whole number from 1 to 1024");
  EXPECT_EQ(Parsed({"--weight", "-1"}).error, "--weight: '-1' is not a number of at least 0");
}

TEST(Options, a_number_that_is_too_large_names_the_range_of_its_type) {
  std::int32_t priority = 0;
  const NumberFlag<std::int32_t> flag{.name = "--priority", .description = "", .value = priority};
  EXPECT_EQ(describe_range(flag), "a whole number from -2147483648 to 2147483647");
}

TEST(Options, a_wrong_name_is_refused) {
  EXPECT_EQ(Parsed({"--state", "german"}).state, "german");
  EXPECT_THAT(Parsed({"--state", "two words"}).error,
              HasSubstr("--state: 'two words' is not a name"));
}

TEST(Options, endpoints_have_one_of_two_forms) {
  EXPECT_FALSE(wrong_endpoint("tcp://127.0.0.1:7411"));
  EXPECT_FALSE(wrong_endpoint("tcp://[::1]:0"));
  EXPECT_FALSE(wrong_endpoint("ipc:///tmp/steelyard"));
  for (const char* wrong : {"", "tcp://", "tcp://:1", "tcp://host", "tcp://host:70000", "ipc://"}) {
    EXPECT_TRUE(wrong_endpoint(wrong)) << wrong;
  }
}

TEST(Options, a_wrong_endpoint_gets_the_nearest_right_one) {
  EXPECT_THAT(*wrong_endpoint("localhost:7411"), HasSubstr("did you mean 'tcp://localhost:7411'?"));
  EXPECT_THAT(*wrong_endpoint("7411"), HasSubstr("did you mean 'tcp://127.0.0.1:7411'?"));
  EXPECT_THAT(*wrong_endpoint("tpc://host:7411"), HasSubstr("did you mean 'tcp://host:7411'?"));
  EXPECT_THAT(*wrong_endpoint("/tmp/socket"), HasSubstr("did you mean 'ipc:///tmp/socket'?"));
  EXPECT_EQ(*wrong_endpoint("nonsense"),
            "'nonsense' is not an endpoint (tcp://ADDRESS:PORT or ipc://PATH)");
  EXPECT_EQ(wrong_endpoint("tcp://127.0.0.1:99999"),
            "'tcp://127.0.0.1:99999' is not an endpoint: a port is 0 to 65535");
}

TEST(Options, the_endpoint_comes_from_the_flag_the_variable_or_the_default) {
  ::unsetenv("STEELYARD_BROKER");
  EXPECT_EQ(*endpoint_of({}), kDefaultEndpoint);
  ::setenv("STEELYARD_BROKER", "tcp://127.0.0.1:1", 1);
  EXPECT_EQ(*endpoint_of({}), "tcp://127.0.0.1:1");
  EXPECT_EQ(*endpoint_of({.endpoint = "ipc://x"}), "ipc://x");
  ::setenv("STEELYARD_BROKER", "127.0.0.1:1", 1);
  EXPECT_THAT(endpoint_of({}).error().context, HasSubstr("STEELYARD_BROKER: '127.0.0.1:1' is not"));
  ::unsetenv("STEELYARD_BROKER");
}

}  // namespace
}  // namespace steelyard::cli
