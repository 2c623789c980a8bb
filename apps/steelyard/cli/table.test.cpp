#include "cli/table.hpp"

#include <gtest/gtest.h>

namespace steelyard::cli {
namespace {

Table two_columns() {
  return Table(
      {{.heading = "NAME", .may_shrink = true}, {.heading = "COUNT", .to_the_right = true}});
}

TEST(Table, columns_stand_below_each_other) {
  Table table = two_columns();
  table.add({"demo", "7"});
  table.add({"another", "1,234"});
  EXPECT_EQ(table.text(0),
            "NAME     COUNT\n"
            "demo         7\n"
            "another  1,234\n");
}

TEST(Table, long_names_are_shortened_to_fit_a_terminal) {
  Table table = two_columns();
  table.add({"a-very-long-name", "1"});
  EXPECT_EQ(table.text(20),
            "NAME           COUNT\n"
            "a-very-long-…      1\n");
}

TEST(Table, what_may_not_shrink_stays_whole) {
  Table table = two_columns();
  table.add({"a-very-long-name", "123456789012"});
  EXPECT_EQ(table.text(10),
            "NAME             COUNT\n"
            "a-very-…  123456789012\n");
}

TEST(Table, code_points_count_not_bytes) {
  Table table = two_columns();
  table.add({"b\xc3\xbcro", "1"});
  EXPECT_EQ(table.text(0),
            "NAME  COUNT\n"
            "b\xc3\xbcro      1\n");
}

TEST(Table, control_characters_cannot_reach_the_terminal) {
  Table table = two_columns();
  table.add({"a\x1b[2J\nb", "1"});
  EXPECT_EQ(table.text(0),
            "NAME     COUNT\n"
            "a?[2J b      1\n");
}

TEST(Figures, counts_have_commas) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1'000), "1,000");
  EXPECT_EQ(with_commas(12'345'678), "12,345,678");
}

TEST(Figures, times_are_said_as_people_say_them) {
  EXPECT_EQ(readable_time(0), "0.0 ms");
  EXPECT_EQ(readable_time(0.0004), "0.4 ms");
  EXPECT_EQ(readable_time(2.34), "2.3 s");
  EXPECT_EQ(readable_time(320), "5 min 20 s");
  EXPECT_EQ(readable_time(11'100), "3 h 05 min");
  EXPECT_EQ(readable_time(187'200), "2 d 4 h");
}

TEST(Figures, bytes_have_units) {
  EXPECT_EQ(readable_bytes(64), "64 B");
  EXPECT_EQ(readable_bytes(1'536), "1.5 KiB");
  EXPECT_EQ(readable_bytes(4ULL << 30), "4.0 GiB");
}

}  // namespace
}  // namespace steelyard::cli
