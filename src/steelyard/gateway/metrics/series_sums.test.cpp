#include "steelyard/gateway/metrics/series_sums.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::gateway {
namespace {

using testing::ElementsAre;
using testing::Pair;

std::map<std::string, double> series(const SeriesSums& sums) {
  std::map<std::string, double> all;
  sums.each([&](std::string_view name, double value) { all.emplace(name, value); });
  return all;
}

TEST(SeriesSums, are_of_the_first_and_of_all_others) {
  TopCounters names(1);
  names.update("1", std::vector<TopCounters::Row>{{"a", 2, {}}, {"b", 1, {}}, {"c", 1, {}}});
  SeriesSums sums(names);
  SeriesSums largest(names, SeriesSums::How::Largest);
  for (const auto& [name, value] :
       {std::pair("a", 1.0), std::pair("b", 2.0), std::pair("c", 4.0), std::pair("other", 8.0)}) {
    sums.add(name, value);
    largest.add(name, value);
  }
  EXPECT_THAT(series(sums), ElementsAre(Pair("a", 1), Pair("other", 14)));
  EXPECT_THAT(series(largest), ElementsAre(Pair("a", 1), Pair("other", 8)));
}

TEST(SeriesSums, leave_out_what_is_not_known) {
  const TopCounters names(1);
  SeriesSums sums(names);
  sums.add("a", std::numeric_limits<double>::quiet_NaN());
  sums.add("no name", 1);
  EXPECT_TRUE(series(sums).empty());
}

}  // namespace
}  // namespace steelyard::gateway
