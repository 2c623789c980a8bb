#include "steelyard/runtime/task/believed_states.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Names = BelievedStates::Names;

TEST(BelievedStates, say_nothing_while_a_worker_holds_what_its_jobs_need) {
  BelievedStates believed;
  believed.begin("a");
  EXPECT_FALSE(believed.end_job("a", false, Names{"a"}));
  believed.begin("b");
  EXPECT_FALSE(believed.end_job("b", false, Names{"a", "b"}));
  believed.evicted("a");
  EXPECT_FALSE(believed.end_job("b", false, Names{"b"}));
}

TEST(BelievedStates, tell_of_a_state_that_was_given_up_unasked) {
  BelievedStates believed;
  believed.begin("a");
  EXPECT_FALSE(believed.end_job("a", false, Names{"a"}));
  believed.begin("b");
  EXPECT_THAT(*believed.end_job("b", false, Names{"b"}), ElementsAre("b"));
  EXPECT_FALSE(believed.end_job("", false, Names{"b"}));
}

TEST(BelievedStates, tell_of_a_job_that_did_not_load_its_state) {
  BelievedStates believed;
  believed.begin("a");
  EXPECT_THAT(*believed.end_job("a", false, Names{}), IsEmpty());
}

TEST(BelievedStates, need_not_tell_of_a_load_that_failed) {
  BelievedStates believed;
  believed.begin("a");
  EXPECT_FALSE(believed.end_job("a", true, Names{}));
  believed.begin("b");
  believed.end_load("b", true);
  EXPECT_FALSE(believed.end_job("", false, Names{}));
}

TEST(BelievedStates, do_not_miss_what_another_job_is_still_loading) {
  BelievedStates believed;
  believed.begin("a");
  believed.begin("b");
  EXPECT_FALSE(believed.end_job("a", false, Names{"a"}));
  EXPECT_FALSE(believed.end_job("b", false, Names{"a", "b"}));
}

TEST(BelievedStates, know_nothing_of_a_worker_that_does_not_tell) {
  BelievedStates believed;
  believed.begin("a");
  EXPECT_FALSE(believed.end_job("a", false, std::nullopt));
}

TEST(BelievedStates, are_told_anew_after_a_doubt) {
  BelievedStates believed;
  believed.begin("a");
  EXPECT_FALSE(believed.end_job("a", false, Names{"a"}));
  believed.doubt();
  believed.begin("a");
  believed.end_unheard("a");
  believed.begin("a");
  EXPECT_THAT(*believed.end_job("a", false, Names{"a"}), ElementsAre("a"));
  believed.begin("a");
  EXPECT_FALSE(believed.end_job("a", false, Names{"a"}));
}

}  // namespace
}  // namespace steelyard
