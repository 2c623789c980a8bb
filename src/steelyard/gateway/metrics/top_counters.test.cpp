#include "steelyard/gateway/metrics/top_counters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/base/random.hpp"

namespace steelyard::gateway {
namespace {

using testing::ElementsAre;
using testing::Pair;
using Series = std::map<std::string, double>;

struct TopCountersTest : testing::Test {
  void update(const Series& names, const std::string& incarnation = "1") {
    std::vector<TopCounters::Row> rows;
    for (const auto& [name, value] : names) rows.push_back({name, value, {value}});
    top.update(incarnation, rows);
  }
  Series series() const {
    Series all;
    top.each([&](std::string_view name, const std::vector<double>& counters) {
      all.emplace(name, counters.at(0));
    });
    return all;
  }

  TopCounters top{2};
};

TEST_F(TopCountersTest, show_what_the_broker_shows_while_there_is_room) {
  update({{"ann", 5}});
  EXPECT_THAT(series(), ElementsAre(Pair("ann", 5)));
  update({{"ann", 6}, {"bob", 70}});
  EXPECT_THAT(series(), ElementsAre(Pair("ann", 6), Pair("bob", 70)));
}

TEST_F(TopCountersTest, of_the_last_names_are_one) {
  update({{"ann", 5}, {"bob", 7}, {"carl", 1}, {"dora", 2}});
  EXPECT_THAT(series(), ElementsAre(Pair("ann", 5), Pair("bob", 7), Pair("other", 3)));
  EXPECT_EQ(top.series_of("ann"), "ann");
  EXPECT_EQ(top.series_of("carl"), "other");
}

TEST_F(TopCountersTest, stay_what_they_were_when_a_name_takes_anothers_place) {
  update({{"ann", 5}, {"bob", 7}, {"carl", 4}});
  update({{"ann", 5}, {"bob", 8}, {"carl", 10}});  // what made carl one of the first is the others'
  EXPECT_THAT(series(), ElementsAre(Pair("bob", 8), Pair("carl", 0), Pair("other", 10)));
  update({{"ann", 6}, {"bob", 8}, {"carl", 13}});
  EXPECT_THAT(series(), ElementsAre(Pair("bob", 8), Pair("carl", 3), Pair("other", 11)));
  update({{"ann", 20}, {"bob", 8}, {"carl", 13}});
  update({{"ann", 21}, {"bob", 8}, {"carl", 13}});  // ann goes on where she was
  EXPECT_THAT(series(), ElementsAre(Pair("ann", 6), Pair("carl", 3), Pair("other", 25)));
}

TEST_F(TopCountersTest, of_somebody_called_other_are_among_the_others) {
  update({{"other", 100}, {"ann", 5}});
  EXPECT_THAT(series(), ElementsAre(Pair("ann", 5), Pair("other", 100)));
  EXPECT_EQ(top.series_of("other"), "other");
}

TEST_F(TopCountersTest, begin_anew_with_the_broker) {
  update({{"ann", 5}, {"bob", 7}, {"carl", 4}});
  update({{"carl", 1}}, "2");
  EXPECT_THAT(series(), ElementsAre(Pair("carl", 1)));
}

TEST_F(TopCountersTest, go_on_when_a_name_was_not_told_of_for_a_while) {
  update({{"ann", 5}, {"bob", 7}});
  update({{"bob", 8}});
  EXPECT_THAT(series(), ElementsAre(Pair("bob", 8)));
  update({{"ann", 6}, {"bob", 8}});
  update({{"ann", 9}, {"bob", 8}});
  EXPECT_THAT(series(), ElementsAre(Pair("ann", 8), Pair("bob", 8), Pair("other", 1)));
}

TEST_F(TopCountersTest, never_go_back_and_lose_nothing_whatever_happens) {
  base::Random random(20261122);
  Series names;
  Series shown;
  for (int step = 0; step < 5'000; ++step) {
    for (int i = 0; i < 3; ++i) {
      const auto name = "n" + std::to_string(random.below(8));
      names[name == "n0" ? "other" : name] += static_cast<double>(random.below(20));
    }
    update(names);
    const Series now = series();
    double total = 0;
    for (const auto& [name, value] : now) {
      ASSERT_GE(value, shown[name]) << name << " at step " << step;
      shown[name] = value;
    }
    for (const auto& [name, value] : shown) total += value;
    double handed_in = 0;
    for (const auto& [name, value] : names) handed_in += value;
    ASSERT_DOUBLE_EQ(total, handed_in) << "at step " << step;
    ASSERT_LE(now.size(), 3U);
  }
}

}  // namespace
}  // namespace steelyard::gateway
