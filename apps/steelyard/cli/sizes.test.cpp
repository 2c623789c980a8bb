#include "cli/sizes.hpp"

#include <gtest/gtest.h>

namespace steelyard::cli {
namespace {

TEST(Sizes, are_read_as_people_write_them) {
  EXPECT_EQ(parse_size("4096"), 4096u);
  EXPECT_EQ(parse_size("1B"), 1u);
  EXPECT_EQ(parse_size("24GB"), 24'000'000'000u);
  EXPECT_EQ(parse_size("1.5GB"), 1'500'000'000u);
  EXPECT_EQ(parse_size("512MiB"), 536'870'912u);
  EXPECT_EQ(parse_size("2TiB"), 2'199'023'255'552u);
  EXPECT_EQ(parse_size("3kB"), 3'000u);
}

TEST(Sizes, that_are_none_are_refused) {
  for (const char* text : {"", "GB", "24G", "24 GB", "-1", "-1GB", "0", "0.0001B", "nan", "inf",
                           "1e30", "99999999TB", "24GBs", "0x10"}) {
    EXPECT_FALSE(parse_size(text)) << text;
  }
}

}  // namespace
}  // namespace steelyard::cli
