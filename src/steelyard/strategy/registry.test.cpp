#include "steelyard/strategy/registry.hpp"

#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/strategy/oldest.hpp"

namespace steelyard::strategy {
namespace {

using testing::ElementsAre;
using testing::Pair;

Error error_of(std::string_view text) {
  const auto made = Registry().make(text);
  return made ? Error{} : made.error();
}

Error wrong(std::string context) {
  return {ErrorCode::InvalidArgument, std::move(context)};
}

/// Keeps the parameters it was last made with.
struct Recorder {
  Parameters made_with;
  Registry registry;

  Recorder() {
    const auto make = [this](const Parameters& parameters) {
      made_with = parameters;
      return std::make_unique<Oldest>();
    };
    EXPECT_TRUE(registry.add({"mine", "for the test", {{"alpha", 1.5}, {"beta", 2}}, make}));
  }
};

TEST(Registry, knows_the_built_in_strategies) {
  std::vector<std::string> names;
  const Registry registry;
  for (const Entry& entry : registry.entries()) {
    names.push_back(entry.name);
    EXPECT_FALSE(entry.summary.empty());
    EXPECT_TRUE(registry.make(entry.name));
  }
  EXPECT_THAT(names, ElementsAre("amortised", "fewest-busy-user", "least-loaded", "oldest",
                                 "round-robin", "groups-by-state", "groups-by-state-exclusive"));
  EXPECT_TRUE(registry.make(kDefaultStrategy));
}

TEST(Registry, fills_in_the_defaults_of_parameters_that_are_not_given) {
  Recorder recorder;
  ASSERT_TRUE(recorder.registry.make("mine"));
  EXPECT_THAT(recorder.made_with, ElementsAre(Pair("alpha", 1.5), Pair("beta", 2)));
  ASSERT_TRUE(recorder.registry.make("mine:beta=0.25"));
  EXPECT_THAT(recorder.made_with, ElementsAre(Pair("alpha", 1.5), Pair("beta", 0.25)));
  ASSERT_TRUE(recorder.registry.make("mine:beta=1e3,alpha=0"));
  EXPECT_THAT(recorder.made_with, ElementsAre(Pair("alpha", 0), Pair("beta", 1000)));
}

TEST(Registry, names_an_unknown_strategy_the_nearest_and_all_there_are) {
  EXPECT_EQ(error_of("oldst"),
            wrong("unknown strategy 'oldst', did you mean 'oldest'? "
                  "(known: amortised, fewest-busy-user, least-loaded, oldest, round-robin, "
                  "groups-by-state, "
                  "groups-by-state-exclusive)"));
  EXPECT_EQ(error_of("fifo").context.substr(0, 35), "unknown strategy 'fifo' (known: amo");
  EXPECT_EQ(error_of("").code, ErrorCode::InvalidArgument);
}

TEST(Registry, names_an_unknown_parameter_the_nearest_and_all_there_are) {
  EXPECT_EQ(error_of("groups-by-state:switch_penalty=1"),
            wrong("unknown strategy parameter 'switch_penalty', did you mean 'switch_penalty_s'? "
                  "(known: other_holder_penalty_s, switch_penalty_s)"));
  EXPECT_EQ(error_of("oldest:x=1"), wrong("unknown strategy parameter 'x' (known: none)"));
  EXPECT_EQ(error_of("oldest:"), wrong("unknown strategy parameter '' (known: none)"));
}

TEST(Registry, refuses_what_is_not_a_finite_number_of_at_least_0) {
  for (const std::string number : {"", "-1", "nan", "inf", "-inf", "1e999", "1s", " 1", "0x10"}) {
    EXPECT_EQ(error_of("groups-by-state:switch_penalty_s=" + number),
              wrong("strategy parameter 'switch_penalty_s' needs a number of at least 0, not '" +
                    number + "'"));
  }
  EXPECT_EQ(error_of("groups-by-state:switch_penalty_s").code, ErrorCode::InvalidArgument);
}

TEST(Registry, refuses_a_parameter_given_twice_and_a_comma_too_many) {
  EXPECT_EQ(error_of("groups-by-state:switch_penalty_s=1,switch_penalty_s=2"),
            wrong("strategy parameter 'switch_penalty_s' is given twice"));
  EXPECT_EQ(error_of("groups-by-state:switch_penalty_s=1,").code, ErrorCode::InvalidArgument);
}

TEST(Registry, refuses_names_that_are_taken_or_malformed) {
  Registry registry;
  const auto make = [](const Parameters&) { return std::make_unique<Oldest>(); };
  EXPECT_EQ(registry.add({"oldest", "", {}, make}).error(),
            wrong("a strategy named 'oldest' exists"));
  for (const std::string name : {"", "-x", "a b", "a:b"}) {
    EXPECT_EQ(registry.add({name, "", {}, make}).error(),
              (Error{ErrorCode::InvalidName, "'" + name + "' cannot name a strategy"}));
  }
  EXPECT_EQ(registry.entries().size(), Registry().entries().size());
}

TEST(Registry, turns_what_a_factory_throws_into_an_error) {
  Registry registry;
  ASSERT_TRUE(registry.add({"picky", "", {}, [](const Parameters&) -> std::unique_ptr<Strategy> {
                              throw std::invalid_argument("not today");
                            }}));
  ASSERT_TRUE(registry.add(
      {"rude", "", {}, [](const Parameters&) -> std::unique_ptr<Strategy> { throw 17; }}));
  ASSERT_TRUE(registry.add({"lazy", "", {}, [](const Parameters&) { return nullptr; }}));
  EXPECT_EQ(registry.make("picky").error(), wrong("strategy 'picky': not today"));
  EXPECT_EQ(registry.make("rude").error(), wrong("strategy 'rude': it threw something unknown"));
  EXPECT_EQ(registry.make("lazy").error(), wrong("strategy 'lazy': it made nothing"));
}

}  // namespace
}  // namespace steelyard::strategy
