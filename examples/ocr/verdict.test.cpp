#include "ocr/verdict.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ocr {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Expectations kExpected{.languages = 4, .max_error_rate = 0.02};

PlayedRound played(const char* strategy, std::size_t switches) {
  return {strategy,
          {.jobs = 40,
           .received = 40,
           .read = 40,
           .switches = switches,
           .expected_switches = switches,
           .errors = {10, 1000}}};
}

TEST(Verdict, all_pages_read_well_with_fewer_switches_are_well) {
  EXPECT_THAT(find_faults({played("oldest", 40), played("amortised", 5)}, kExpected), IsEmpty());
}

TEST(Verdict, a_page_that_was_not_read_is_a_fault_and_gives_its_reason) {
  auto incomplete = played("oldest", 40);
  incomplete.round.read = 39;
  EXPECT_THAT(find_faults({incomplete}, kExpected),
              ElementsAre("oldest: 39 of 40 pages were read"));
  incomplete.round.sample_error = "work_failed: no data";
  EXPECT_THAT(find_faults({incomplete}, kExpected),
              ElementsAre(HasSubstr("; work_failed: no data")));
}

TEST(Verdict, too_many_wrong_characters_are_a_fault) {
  auto misread = played("oldest", 40);
  misread.round.errors = {21, 1000};
  EXPECT_THAT(find_faults({misread}, kExpected),
              ElementsAre("oldest: 2.10 % of the characters are wrong, the limit is 2.00 %"));
}

TEST(Verdict, a_strategy_that_looks_at_states_must_switch_less_often_than_oldest) {
  EXPECT_THAT(
      find_faults({played("oldest", 40), played("groups-by-state:switch_penalty_s=1", 40)},
                  kExpected),
      ElementsAre(
          "groups-by-state:switch_penalty_s=1: 40 switches, not fewer than the 40 of oldest"));
  EXPECT_THAT(find_faults({played("amortised", 41), played("oldest", 40)}, kExpected),
              ElementsAre(HasSubstr("amortised: 41 switches")));
}

TEST(Verdict, a_strategy_that_does_not_look_at_states_may_switch_as_it_likes) {
  EXPECT_THAT(find_faults({played("oldest", 40), played("round-robin", 40)}, kExpected), IsEmpty());
}

TEST(Verdict, where_oldest_switched_once_for_each_language_nothing_can_be_better) {
  EXPECT_THAT(find_faults({played("oldest", 4), played("amortised", 4)}, kExpected), IsEmpty());
  EXPECT_THAT(find_faults({played("oldest", 4), played("amortised", 5)}, kExpected),
              ElementsAre(HasSubstr("not fewer")));
}

TEST(Verdict, a_switch_that_the_broker_does_not_know_of_is_a_fault_and_a_repeated_one_is_none) {
  auto round = played("oldest", 40);
  round.round.expected_switches = 39;
  EXPECT_THAT(find_faults({round}, kExpected),
              ElementsAre("oldest: the workers switched 40 times, the broker knows of 39"));
  round.round.expected_switches = 41;
  EXPECT_THAT(find_faults({round}, kExpected), IsEmpty());
}

}  // namespace
}  // namespace ocr
