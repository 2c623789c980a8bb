#include "steelyard/runtime/task/parts.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::string_view_literals;

std::vector<std::string_view> parts_of(std::string_view payload) {
  auto parts = unpack_parts(payload);
  EXPECT_TRUE(parts.has_value());
  return parts ? *parts : std::vector<std::string_view>{};
}

TEST(Parts, have_the_form_that_is_promised) {
  EXPECT_EQ(pack_parts({"ab", "c"}), "\x89SYP\r\n\x1a\n\x02\0\0\0\x02\0\0\0\x01\0\0\0abc"sv);
}

TEST(Parts, come_back_as_they_were) {
  EXPECT_THAT(parts_of(pack_parts({"head", "", "a\0b"sv})), ElementsAre("head", "", "a\0b"sv));
  EXPECT_THAT(parts_of(pack_parts({"one"})), ElementsAre("one"));
  EXPECT_THAT(parts_of(pack_parts({})), IsEmpty());
}

TEST(Parts, may_have_parts_themselves) {
  const std::string inner = pack_parts({"a", "b"});
  const std::string outer = pack_parts({inner, "c"});
  EXPECT_THAT(parts_of(outer), ElementsAre(std::string_view(inner), "c"));
}

TEST(Parts, of_a_payload_that_does_not_say_so_are_itself) {
  EXPECT_FALSE(has_parts("plain"));
  EXPECT_THAT(parts_of("plain"), ElementsAre("plain"));
  EXPECT_THAT(parts_of(""), ElementsAre(""));
}

TEST(Parts, that_do_not_fit_are_malformed_wherever_they_are_cut) {
  const std::string packed = pack_parts({"ab", "c"});
  for (std::size_t size = 8; size < packed.size(); ++size) {
    const auto parts = unpack_parts(packed.substr(0, size));
    ASSERT_FALSE(parts.has_value()) << size;
    EXPECT_EQ(parts.error().code, ErrorCode::Malformed);
  }
  EXPECT_FALSE(unpack_parts(packed + "x").has_value());
}

TEST(Parts, are_no_more_than_a_thousand) {
  const std::vector<std::string_view> most(kMaxParts, "x");
  EXPECT_EQ(parts_of(pack_parts(most)).size(), kMaxParts);
  std::string more = pack_parts(most);
  more[8] = 1;  // 1,025
  more.insert(12, 4, '\0');
  EXPECT_FALSE(unpack_parts(more).has_value());
}

}  // namespace
}  // namespace steelyard
