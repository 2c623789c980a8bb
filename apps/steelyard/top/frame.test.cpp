#include "top/frame.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/table.hpp"
#include "top/test_snapshots.hpp"

namespace steelyard::cli {
namespace {

using testing::Each;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

std::string text(const std::vector<FrameLine>& lines) {
  std::string result;
  for (const FrameLine& line : lines) result += line.text + "\n";
  return result;
}

TopModel model_with(const TestSnapshot& snapshot) {
  TopModel model;
  model.take(snapshot.object());
  return model;
}

/// So many queues, the first with most jobs.
TestSnapshot many_queues(std::size_t count) {
  TestSnapshot snapshot;
  for (std::size_t i = 0; i < count; ++i) {
    snapshot.queues +=
        fmt::format(R"({}["queue-{}", 1, {}, 0, 0, 0, 0])", i == 0 ? "" : ",", i, count - i);
  }
  return snapshot;
}

TEST(TopFrame, of_80_by_24_shows_the_most_important_columns_of_each_view) {
  TopModel model = model_with(many_queues(3));
  const auto queues = make_frame(model, {.endpoint = "tcp://127.0.0.1:7411"});
  EXPECT_EQ(queues.size(), 24U);
  EXPECT_THAT(queues[0].text, StartsWith("steelyard top  tcp://127.0.0.1:7411  up 10.0 s "));
  EXPECT_THAT(queues[0].text, EndsWith(" OK"));
  EXPECT_EQ(queues[1].text, "5 queued  2 running  2 workers with 4 slots");
  EXPECT_THAT(queues[5].text, StartsWith("QUEUE"));
  EXPECT_THAT(queues[5].text, EndsWith("WORKERS    QUEUED RUNNING  DONE/S  FAILED LONGEST   WAIT"
                                       "    RUN"));
  EXPECT_THAT(queues[6].text, StartsWith("queue-0 "));
  for (const auto& [view, headings] :
       {std::pair(TopView::Workers, "DOES     BUSY    TASK         STATE          AT  DONE/S WORK"),
        std::pair(TopView::Users, "QUEUED RUNNING  DONE/S  FAILED SHARE   DUE   WAIT LONGEST"),
        std::pair(TopView::Jobs, "STATUS       QUEUE        WORKER         AT TRY    AGE")}) {
    model.show(view);
    EXPECT_THAT(make_frame(model, {})[5].text, HasSubstr(headings));
  }
}

TEST(TopFrame, fits_whatever_size_the_terminal_has) {
  const TopModel model = model_with(many_queues(500));
  for (std::size_t columns = 1; columns < 200; columns += 7) {
    for (std::size_t lines = 1; lines < 60; ++lines) {
      const auto frame = make_frame(
          model, {.columns = columns, .lines = lines, .footer = "a footer of some length"});
      ASSERT_EQ(frame.size(), lines);
      for (const FrameLine& line : frame) ASSERT_LE(shown_width(line.text), columns);
    }
  }
}

TEST(TopFrame, shows_the_page_with_the_selected_row) {
  TopModel model = model_with(many_queues(100));
  model.move_selection(99);
  const auto frame = make_frame(model, {});
  const auto selected = std::ranges::find(frame, FrameStyle::Selected, &FrameLine::style);
  ASSERT_NE(selected, frame.end());
  EXPECT_THAT(selected->text, StartsWith("queue-99 "));
}

TEST(TopFrame, says_how_many_warnings_there_are_and_the_first_one) {
  const TopModel model = model_with({.warnings = {"no workers: start one", "another"}});
  const auto frame = make_frame(model, {});
  EXPECT_THAT(frame[0].text, EndsWith("2 WARNINGS"));
  EXPECT_EQ(frame[3].text, "(1 of 2) no workers: start one");
  EXPECT_EQ(frame[3].style, FrameStyle::Attention);
}

TEST(TopFrame, never_passes_on_what_could_disturb_a_terminal) {
  const TopModel model = model_with(
      {.warnings = {"\x1b[2J\nboo"}, .queues = R"(["\u001b[31mred", 1, 1, 0, 0, 0, 0])"});
  EXPECT_THAT(text(make_frame(model, {.endpoint = "ipc:///tmp/\x1b"})),
              testing::Not(HasSubstr("\x1b")));
  EXPECT_EQ(make_frame(model, {}).size(), 24U);
}

TEST(TopFrame, says_that_the_broker_does_not_answer_and_keeps_what_is_known) {
  TopModel model = model_with(many_queues(2));
  model.lose("no answer from tcp://127.0.0.1:7411 for 3.0 s");
  const auto frame = make_frame(model, {});
  EXPECT_THAT(frame[0].text, EndsWith("NO ANSWER"));
  EXPECT_EQ(frame[3].text, "no answer from tcp://127.0.0.1:7411 for 3.0 s");
  EXPECT_THAT(text(frame), HasSubstr("queue-1"));
}

TEST(TopFrame, before_the_first_answer_says_that_it_waits) {
  EXPECT_THAT(text(make_frame(TopModel(), {})), HasSubstr("waiting for the broker's first answer"));
}

TEST(TopFrame, without_a_number_of_lines_has_all_rows_and_no_footer) {
  const TopModel model = model_with(many_queues(300));
  const auto frame = make_frame(
      model, {.columns = full_width(model), .lines = 0, .has_selection = false, .footer = "keys"});
  EXPECT_EQ(frame.size(), 306U);
  EXPECT_THAT(frame.back().text, StartsWith("queue-299 "));
  EXPECT_THAT(frame[5].text, EndsWith("EXPIRED       DONE"));
}

TEST(TopFrame, help_fits_into_80_by_24) {
  const auto help = make_help({});
  EXPECT_EQ(help.size(), 24U);
  EXPECT_THAT(text(help), HasSubstr("any key goes back"));
  EXPECT_THAT(text(help), testing::Not(HasSubstr("…")));
}

}  // namespace
}  // namespace steelyard::cli
