#include "steelyard/hub/announcement.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/monitor/announcements.hpp"

namespace steelyard::hub {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

constexpr TimePoint kNow{seconds(100)};

GroupSpec group(const std::string& name) {
  GroupSpec spec;
  spec.name = name;
  spec.queues = {name};
  spec.restarts.give_up_after_crashes = 2;
  return spec;
}

/// Of a group whose worker has ended so often.
Crew crashed(const std::string& name, int times, const std::string& words = "exit status 3") {
  Crew crew(group(name));
  TimePoint now = kNow;
  static_cast<void>(crew.time_passed(now, std::nullopt));
  for (int i = 0; i < times; ++i) {
    // Each start has the next number.
    static_cast<void>(crew.ended(now, MemberId{static_cast<std::uint64_t>(i) + 1}, words, false));
    now += seconds(30);
    static_cast<void>(crew.time_passed(now, std::nullopt));
  }
  return crew;
}

boost::json::object said(const std::vector<const Crew*>& crews) {
  const std::string text = announcement("host-1", 37, crews);
  EXPECT_LE(text.size(), monitor::kMaxAnnouncementBytes);
  EXPECT_TRUE(monitor::Announcement::parse("hub", "host-1", text)) << text;
  return boost::json::parse(text).as_object();
}

TEST(Announcement, says_how_each_group_is) {
  const Crew fine = crashed("ocr", 0);
  const auto object = said({&fine});
  EXPECT_EQ(object.at("host"), "host-1");
  EXPECT_EQ(object.at("machine_load"), 37);
  EXPECT_EQ(object.at("warnings").as_array().size(), 0U);
  EXPECT_EQ(boost::json::serialize(object.at("groups")),
            R"([{"group":"ocr","queues":["ocr"],"wanted":1,"running":0,"starting":1,"min":1,)"
            R"("max":1,"state":"running","restarts":0,"why":"1 as configured","evidence":""}])");
}

TEST(Announcement, warns_of_a_group_that_was_given_up_with_the_evidence) {
  const Crew lost = crashed("ocr", 2, "exit status 3; its last words: no model");
  const auto object = said({&lost});
  EXPECT_EQ(object.at("groups").at(0).at("state"), "given_up");
  EXPECT_EQ(object.at("groups").at(0).at("restarts"), 2);
  ASSERT_EQ(object.at("warnings").as_array().size(), 1U);
  EXPECT_THAT(std::string(object.at("warnings").at(0).as_string()),
              HasSubstr("group ocr is given up after 2 crashes in a row: mend its command, then "
                        "`steelyard reload`; ocr: exit status 3; its last words: no model"));
}

TEST(Announcement, does_not_warn_of_a_single_crash) {
  const Crew crew = crashed("ocr", 1);
  EXPECT_EQ(warning_of(crew), "");
}

TEST(Announcement, of_many_groups_with_long_words_stays_within_its_limit) {
  std::vector<Crew> crews;
  for (int i = 0; i < 200; ++i) {
    crews.push_back(crashed(fmt::format("group-{}", i), 2, std::string(5'000, 'x')));
  }
  std::vector<const Crew*> all;
  for (const Crew& crew : crews) all.push_back(&crew);
  EXPECT_GT(said(all).at("warnings").as_array().size(), 0U);
}

}  // namespace
}  // namespace steelyard::hub
