#include "steelyard/monitor/announcements.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::monitor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ErrorCode refusal(std::string_view kind, std::string_view name, std::string_view json) {
  const auto parsed = Announcement::parse(kind, name, json);
  return parsed ? ErrorCode::WorkFailed : parsed.error().code;
}

TEST(Announcement, is_kept_as_json_on_one_line_with_its_warnings_apart) {
  const auto parsed = Announcement::parse(
      "hub", "room-1", "{\"load\": 1.5,\n \"warnings\": [\"<b>hot\\u001b[31m\"]}");
  ASSERT_TRUE(parsed) << describe(parsed.error());
  EXPECT_EQ(parsed->members, R"("load":1.5,"warnings":["<b>hot\u001b[31m"])");
  EXPECT_THAT(parsed->warnings, ElementsAre("<b>hot\x1b[31m"));
}

TEST(Announcement, without_members_is_one_too) {
  const auto parsed = Announcement::parse("gateway", "g", "{}");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->members, "");
}

TEST(Announcement, is_refused_by_name_when_it_is_hostile) {
  EXPECT_EQ(refusal("broker", "a", "{}"), ErrorCode::InvalidArgument);
  EXPECT_EQ(refusal("hub", "<script>", "{}"), ErrorCode::InvalidName);
  EXPECT_EQ(refusal("hub", std::string(10'000, 'a'), "{}"), ErrorCode::InvalidName);
  EXPECT_EQ(refusal("hub", "", "{}"), ErrorCode::InvalidName);
  EXPECT_EQ(refusal("hub", "a", "[]"), ErrorCode::InvalidArgument);
  EXPECT_EQ(refusal("hub", "a", "{} {}"), ErrorCode::InvalidArgument);
  EXPECT_EQ(refusal("hub", "a", "{\"a\":\"\xff\"}"), ErrorCode::InvalidArgument);
  EXPECT_EQ(refusal("hub", "a", "{\"name\":\"another\"}"), ErrorCode::InvalidArgument);
  EXPECT_EQ(refusal("hub", "a", std::string(30'000, '[')), ErrorCode::InvalidArgument);
  EXPECT_EQ(refusal("hub", "a", "{\"warnings\":[1]}"), ErrorCode::InvalidArgument);
  EXPECT_EQ(refusal("hub", "a", "{\"warnings\":[\"" + std::string(501, 'w') + "\"]}"),
            ErrorCode::InvalidArgument);
}

TEST(Announcement, has_a_limit_for_the_bytes_it_came_with_and_those_it_is_shown_with) {
  const auto with = [](std::size_t bytes) {
    return R"({"a":")" + std::string(bytes - 8, 'x') + R"("})";
  };
  EXPECT_TRUE(Announcement::parse("hub", "a", with(kMaxAnnouncementBytes)));
  EXPECT_EQ(refusal("hub", "a", with(kMaxAnnouncementBytes + 1)), ErrorCode::InvalidArgument);
  std::string numbers = R"({"a":[1e9)";
  while (numbers.size() < kMaxAnnouncementBytes / 2) numbers += ",1e9";
  EXPECT_EQ(refusal("hub", "a", numbers + "]}"), ErrorCode::InvalidArgument);
}

TEST(Announcements, are_bounded_and_the_latest_of_a_session_counts) {
  Announcements parts;
  const auto named = [](const std::string& name) {
    return *Announcement::parse("hub", name, "{}");
  };
  for (std::uint32_t i = 0; i < kMaxParts; ++i) {
    ASSERT_TRUE(parts.put(SessionId{i}, named("hub-" + std::to_string(i))));
  }
  const auto refused = parts.put(SessionId{kMaxParts}, named("more"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::TooManyParts);
  EXPECT_THAT(refused.error().context, HasSubstr("256"));
  EXPECT_TRUE(parts.put(SessionId{3}, named("another")));
  EXPECT_EQ(parts.all().at(SessionId{3}).name, "another");
  parts.forget(SessionId{4});
  EXPECT_TRUE(parts.put(SessionId{kMaxParts}, named("more")));
}

}  // namespace
}  // namespace steelyard::monitor
