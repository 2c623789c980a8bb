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

}  // namespace
}  // namespace steelyard::cli
