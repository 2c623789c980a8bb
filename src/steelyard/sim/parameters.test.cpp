#include "steelyard/sim/parameters.hpp"

#include <gmock/gmock.h>

#include "steelyard/sim/catalogue.hpp"

namespace steelyard::sim {
namespace {

using ::testing::HasSubstr;

std::string refusal(std::string_view text) {
  const auto scenario = make_scenario(text, {});
  return scenario ? "" : scenario.error().context;
}

TEST(Parameters, that_are_not_given_have_standard_values) {
  const std::vector<Parameter> known{{"a", 1, 0, 9, ""}, {"b", 2, 0, 9, ""}};
  const auto read = Parameters::read("b=7", known);
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)["a"], 1);
  EXPECT_EQ((*read)["b"], 7);
}

TEST(Parameters, outside_their_range_are_refused) {
  EXPECT_EQ(refusal("burst:states=0"),
            "workload 'burst': states needs a whole number from 1 to 10000, not '0'");
  for (const char* wrong : {"-3", "nan", "inf", "1.5", "", "1x", "1e99"}) {
    EXPECT_THAT(refusal(std::string("burst:states=") + wrong), HasSubstr("states needs a whole"))
        << wrong;
  }
  EXPECT_THAT(refusal("burst:states"), HasSubstr("states needs a whole"));
}

TEST(Parameters, that_are_unknown_get_the_nearest_name) {
  EXPECT_THAT(refusal("burst:state=3"),
              HasSubstr("unknown parameter 'state', did you mean 'states'? (known: states, "));
}

TEST(Parameters, that_are_begun_are_completed) {
  EXPECT_THAT(refusal("poisson:rate=3"), HasSubstr("did you mean 'rate_per_s'?"));
  EXPECT_THAT(refusal("hot"), HasSubstr("did you mean 'hot-and-cold'?"));
}

TEST(Parameters, are_given_once) {
  EXPECT_THAT(refusal("burst:states=3,states=3"), HasSubstr("states is given twice"));
}

TEST(Parameters, of_an_unknown_workload_are_not_read) {
  EXPECT_THAT(refusal("poison"), HasSubstr("unknown workload 'poison', did you mean 'poisson'?"));
}

}  // namespace
}  // namespace steelyard::sim
