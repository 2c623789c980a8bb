#include "steelyard/monitor/json_text.hpp"

#include <limits>

#include <boost/json.hpp>
#include <gmock/gmock.h>

namespace steelyard::monitor {
namespace {

namespace json = boost::json;

TEST(JsonText, numbers_look_as_people_write_them) {
  EXPECT_EQ(json_text({0.25, 60.0, 0.0, 1e-7, 3, 0.54662}), "[0.25,60.0,0.0,1e-07,3,0.54662]");
}

TEST(JsonText, a_number_that_json_does_not_know_is_null) {
  EXPECT_EQ(json_text({std::numeric_limits<double>::infinity(), nullptr}), "[null,null]");
}

TEST(JsonText, says_what_the_value_says) {
  const json::value value{{"empty", json::object()},
                          {"none", json::array()},
                          {"quote\"", "line\nend \u00e4"},
                          {"deep", {{"yes", true}, {"list", {1, "two", nullptr}}}}};
  EXPECT_EQ(json::parse(json_text(value)), value);
}

}  // namespace
}  // namespace steelyard::monitor
