#include "steelyard/runtime/plugin/plugin.hpp"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard {
namespace {

using testing::EndsWith;
using testing::StartsWith;

std::string built(const std::string& name) {
  return STEELYARD_TEST_PLUGINS "/" + name + ".so";
}

Error error_of(const std::string& path) {
  strategy::Registry registry;
  const auto loaded = load_plugin(path, registry);
  return loaded ? Error{} : loaded.error();
}

TEST(Plugin, adds_its_strategy_under_its_name) {
  strategy::Registry registry;
  EXPECT_FALSE(registry.make("strict"));
  ASSERT_TRUE(load_plugin(built("sound_plugin"), registry));
  EXPECT_TRUE(registry.make("strict"));
  EXPECT_EQ(registry.entries().back().summary, "highest priority first");
}

TEST(Plugin, decides_like_any_other_strategy) {
  strategy::Registry registry;
  ASSERT_TRUE(load_plugin(built("sound_plugin"), registry));
  const auto strict = std::move(registry.make("strict").value());
  std::vector<strategy::Lane> lanes(2);
  lanes[0].waiting = lanes[1].waiting = 1;
  lanes[0].pools = lanes[1].pools = 1;
  lanes[1].priority = 7;
  const std::vector<LaneId> waiting{LaneId{0}, LaneId{1}};
  std::vector<strategy::Worker> workers(1);
  workers[0].pool = PoolId{0};
  const std::vector<strategy::State> states;
  const strategy::Estimates estimates;
  const strategy::Shares shares;
  const strategy::View view({lanes, waiting, workers, states, estimates, shares});
  const auto choice = strict->choose(view, WorkerId{0});
  EXPECT_EQ(std::get<strategy::Serve>(choice).lane, LaneId{1});
}

TEST(Plugin, is_a_file_in_the_working_directory_when_it_has_no_slash) {
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(STEELYARD_TEST_PLUGINS);
  EXPECT_EQ(error_of("sound_plugin.so"), Error{});
  std::filesystem::current_path(before);
}

TEST(Plugin, loaded_twice_says_that_its_name_is_taken) {
  strategy::Registry registry;
  ASSERT_TRUE(load_plugin(built("sound_plugin"), registry));
  const auto again = load_plugin(built("sound_plugin"), registry);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error(),
            (Error{ErrorCode::InvalidArgument,
                   "plugin '" + built("sound_plugin") + "': a strategy named 'strict' exists"}));
}

TEST(Plugin, may_be_watched_for_strategies_that_take_too_long) {
  strategy::Registry registry;
  ASSERT_TRUE(load_plugin(built("faulty_plugin"), registry, {std::chrono::milliseconds(5)}));
  const auto again = load_plugin(built("faulty_plugin"), registry, {std::chrono::milliseconds(5)});
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().context, EndsWith("a strategy named 'throwing' exists"));
  const std::vector<strategy::Lane> lanes;
  const std::vector<LaneId> waiting;
  const std::vector<strategy::Worker> workers(1);
  const std::vector<strategy::State> states;
  const strategy::Estimates estimates;
  const strategy::Shares shares;
  const strategy::View view({lanes, waiting, workers, states, estimates, shares});
  const auto slow = std::move(registry.make("slow").value());
  EXPECT_THROW(static_cast<void>(slow->choose(view, WorkerId{0})), strategy::TooSlow);
  const auto lawless = std::move(registry.make("lawless").value());
  EXPECT_TRUE(std::holds_alternative<strategy::Stay>(lawless->choose(view, WorkerId{0})));
}

TEST(Plugin, that_is_missing_is_named) {
  const Error error = error_of("./no_such_plugin.so");
  EXPECT_EQ(error.code, ErrorCode::SystemError);
  EXPECT_THAT(error.context, StartsWith("cannot load plugin: ./no_such_plugin.so: "));
}

TEST(Plugin, that_is_another_kind_of_library_is_refused) {
  EXPECT_EQ(error_of(built("foreign_library")),
            (Error{ErrorCode::InvalidArgument,
                   "plugin '" + built("foreign_library") +
                       "': it is no plugin: it lacks what STEELYARD_PLUGIN defines"}));
}

TEST(Plugin, that_was_built_for_another_version_is_refused) {
  EXPECT_EQ(error_of(built("outdated_plugin")),
            (Error{ErrorCode::VersionMismatch,
                   "plugin '" + built("outdated_plugin") +
                       "': it was built for plugin version 0, this program has 1"}));
}

TEST(Plugin, that_throws_is_refused_with_what_it_said) {
  EXPECT_EQ(error_of(built("throwing_plugin")),
            (Error{ErrorCode::InvalidArgument,
                   "plugin '" + built("throwing_plugin") + "': no strategies today"}));
}

}  // namespace
}  // namespace steelyard
