#include "models/verdict.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace models {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

PlayedRound played(const char* strategy, std::size_t switches, double wall_s) {
  return {strategy, {.jobs = 6, .received = 6, .right = 6, .switches = switches, .wall_s = wall_s}};
}

TEST(Verdict, six_switches_against_two_and_the_time_to_match_are_well) {
  const std::vector<PlayedRound> rounds{played(kOldest, 6, 3.0), played(kGroupsByState, 2, 1.05)};
  EXPECT_THAT(find_faults(rounds, 2, 1), IsEmpty());
  EXPECT_EQ(find_slowness(rounds, 1), "");
  EXPECT_FALSE(is_disturbed(rounds, 1));
}

TEST(Verdict, a_switch_too_many_is_a_fault) {
  EXPECT_THAT(find_faults({played(kOldest, 6, 3.0), played(kGroupsByState, 3, 1.0)}, 2, 1),
              ElementsAre("groups-by-state: 3 switches, expected 2"));
}

TEST(Verdict, a_switch_too_few_is_a_fault_because_the_comparison_is_void) {
  EXPECT_THAT(find_faults({played(kOldest, 5, 3.0)}, 2, 1), ElementsAre(HasSubstr("expected 6")));
}

TEST(Verdict, a_ratio_below_2_8_is_too_slow) {
  const std::vector<PlayedRound> rounds{played(kOldest, 6, 2.79), played(kGroupsByState, 2, 1.0)};
  EXPECT_EQ(find_slowness(rounds, 1), "the time ratio is 2.79, expected at least 2.80");
  EXPECT_TRUE(is_disturbed(rounds, 1));
}

TEST(Verdict, a_ratio_far_above_3_is_disturbed_but_not_too_slow) {
  const std::vector<PlayedRound> rounds{played(kOldest, 6, 3.3), played(kGroupsByState, 2, 1.0)};
  EXPECT_EQ(find_slowness(rounds, 1), "");
  EXPECT_TRUE(is_disturbed(rounds, 1));
}

TEST(Verdict, of_two_tries_the_shorter_time_counts_for_each_strategy) {
  const auto best = better_of({played(kOldest, 6, 3.0), played(kGroupsByState, 2, 1.5)},
                              {played(kOldest, 6, 3.5), played(kGroupsByState, 2, 1.0)});
  EXPECT_EQ(time_ratio(best), 3.0);
}

TEST(Verdict, a_wrong_answer_is_a_fault_and_a_failed_one_gives_its_reason) {
  auto wrong = played(kOldest, 6, 3.0);
  wrong.round.right = 5;
  EXPECT_THAT(find_faults({wrong}, 2, 1), ElementsAre("oldest: 5 of 6 answers are right"));
  wrong.round.sample_error = "work_failed: no model";
  EXPECT_THAT(find_faults({wrong}, 2, 1), ElementsAre(HasSubstr("; work_failed: no model")));
}

TEST(Verdict, several_workers_may_share_the_models_as_they_like) {
  const std::vector<PlayedRound> rounds{played(kOldest, 3, 2.0), played(kGroupsByState, 2, 1.9)};
  EXPECT_THAT(find_faults(rounds, 2, 2), IsEmpty());
  EXPECT_EQ(find_slowness(rounds, 2), "");
}

TEST(Verdict, one_model_is_loaded_once_whatever_the_strategy) {
  const std::vector<PlayedRound> rounds{played(kOldest, 1, 1.0), played(kGroupsByState, 1, 1.0)};
  EXPECT_THAT(find_faults(rounds, 1, 1), IsEmpty());
  EXPECT_EQ(find_slowness(rounds, 1), "");
}

}  // namespace
}  // namespace models
