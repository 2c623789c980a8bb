#include "cli/user_weights.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::string why_refused(const std::vector<std::string>& texts) {
  try {
    static_cast<void>(parse_user_weights(texts));
  } catch (const CLI::ValidationError& error) {
    return error.what();
  }
  return "";
}

TEST(UserWeights, are_a_name_and_a_number_each) {
  EXPECT_THAT(parse_user_weights({"ann=2", "bob=0.5", "ann=2.0"}),
              ElementsAre(Pair("ann", 2.0), Pair("bob", 0.5)));
}

TEST(UserWeights, that_are_no_numbers_above_0_are_refused) {
  for (const char* text :
       {"ann=0", "ann=-1", "ann=nan", "ann=inf", "ann=", "ann=2x", "ann=1e999"}) {
    EXPECT_THAT(why_refused({text}), HasSubstr("is not a weight: a number above 0")) << text;
  }
  EXPECT_THAT(why_refused({"ann"}), HasSubstr("'ann' is not NAME=WEIGHT"));
  EXPECT_THAT(why_refused({"=2"}), HasSubstr("is not a name"));
}

TEST(UserWeights, that_contradict_each_other_are_refused) {
  EXPECT_THAT(why_refused({"ann=2", "bob=1", "ann=3"}), HasSubstr("ann cannot weigh both 2 and 3"));
}

TEST(UserWeights, are_passed_on_as_they_were_given) {
  EXPECT_THAT(user_weight_arguments({{"ann", 2.5}}), ElementsAre("--user-weight", "ann=2.5"));
}

}  // namespace
}  // namespace steelyard::cli
