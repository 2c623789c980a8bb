#include "cli/logging.hpp"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::cli {
namespace {

std::string operate_page() {
  std::ifstream file(STEELYARD_OPERATE_PAGE);
  EXPECT_TRUE(file) << STEELYARD_OPERATE_PAGE;
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The rows of the page's table of events: "| `name` | level | …".
std::set<std::string> rows_of(const std::string& page) {
  std::set<std::string> rows;
  std::istringstream lines(page.substr(page.find("| event | level |")));
  for (std::string line; std::getline(lines, line) && line.starts_with('|');) {
    if (line.starts_with("| `")) rows.insert(line.substr(0, line.find('|', line.find('|', 2) + 1)));
  }
  return rows;
}

TEST(LogEvents, are_those_that_the_page_for_operators_lists) {
  std::set<std::string> events;
  for (const LogEventName& event : log_event_names()) {
    // A worker's own word about it is the same event.
    events.insert(fmt::format("| `{}` | {} ", event.name, to_string(event.level)));
  }
  EXPECT_EQ(rows_of(operate_page()), events);
}

TEST(LogEvents, have_names_that_differ) {
  std::set<std::string_view> names;
  for (const LogEventName& event : log_event_names()) {
    EXPECT_TRUE(names.insert(event.name).second) << event.name;
  }
}

TEST(SentenceOf, a_line_is_the_same_in_both_formats) {
  EXPECT_EQ(sentence_of("listening on tcp://127.0.0.1:7411"), "listening on tcp://127.0.0.1:7411");
  EXPECT_EQ(sentence_of(R"({"time":"2026-01-01T00:00:00.000Z","level":"info","text":"ready: q"})"),
            "ready: q");
}

TEST(SentenceOf, what_is_no_line_of_the_log_stays_as_it_is) {
  EXPECT_EQ(sentence_of("{a"), "{a");
  EXPECT_EQ(sentence_of(R"({"result": 7})"), R"({"result": 7})");
  EXPECT_EQ(sentence_of(""), "");
}

constexpr const char* kLost =
    R"({"time":"t","level":"warning","event":"worker_lost","text":"it is lost","worker":"w"})";

TEST(AsOfPart, a_childs_line_has_its_name_in_front_or_in_it) {
  EXPECT_EQ(as_of_part("broker", kLost, {}), "broker: it is lost");
  EXPECT_EQ(as_of_part("broker", kLost, {.json = true}),
            R"({"time":"t","level":"warning","event":"worker_lost","text":"it is lost",)"
            R"("worker":"w","part":"broker"})");
}

TEST(AsOfPart, a_sentence_begins_no_line_of_its_own) {
  EXPECT_EQ(as_of_part("hub", R"({"level":"info","text":"a\nbroker: all is lost"})", {}),
            "hub: a broker: all is lost");
}

TEST(AsOfPart, what_is_below_the_level_is_left_out) {
  EXPECT_EQ(as_of_part("broker", kLost, {.least = LogLevel::Error}), std::nullopt);
  EXPECT_NE(as_of_part("broker", kLost, {.least = LogLevel::Warning}), std::nullopt);
}

TEST(AsOfPart, what_is_no_line_of_the_log_is_shown_all_the_same) {
  EXPECT_EQ(as_of_part("hub", "Killed\x1b", {.least = LogLevel::Error}), "hub: Killed?");
  const auto line = as_of_part("hub", "Killed", {.json = true});
  EXPECT_THAT(line.value(),
              testing::HasSubstr(R"("event":"message","text":"Killed","part":"hub")"));
}

}  // namespace
}  // namespace steelyard::cli
