#include "top/model.hpp"

#include <cmath>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "top/test_snapshots.hpp"

namespace steelyard::cli {
namespace {

using testing::ElementsAre;

std::vector<std::string> names(const TopModel& model) {
  std::vector<std::string> result;
  for (const std::size_t row : model.order()) {
    result.push_back(model.list().rows[row].cells[0].text);
  }
  return result;
}

constexpr const char* kQueues = R"(["a", 1, 5, 0, 0, 0, 0], ["B", 1, 50, 0, 0, 0, 0],
                                   ["c", 1, 7, 0, 0, 0, 0])";

TEST(TopModel, lists_queues_with_most_waiting_jobs_first) {
  TopModel model;
  model.take(TestSnapshot{.queues = kQueues}.object());
  EXPECT_THAT(names(model), ElementsAre("B", "c", "a"));
  model.reverse();
  EXPECT_THAT(names(model), ElementsAre("a", "c", "B"));
  EXPECT_TRUE(model.sort_by("queue"));
  EXPECT_THAT(names(model), ElementsAre("B", "a", "c"));
  EXPECT_FALSE(model.sort_by("weather"));
}

TEST(TopModel, sorts_names_with_numbers_by_their_numbers) {
  TopModel model;
  model.show(TopView::Workers);
  model.take(TestSnapshot{.workers = R"(["w-10", 1, 0, 0, "idle", null, 0, 0, 0],
                                        ["w-9", 1, 0, 0, "idle", null, 0, 0, 0])"}
                 .object());
  EXPECT_THAT(names(model), ElementsAre("w-9", "w-10"));
}

TEST(TopModel, puts_what_is_not_known_last_whichever_way_it_is_sorted) {
  TopModel model;
  model.take(TestSnapshot{.uptime_s = 1, .queues = R"(["old", 1, 0, 0, 5, 0, 0])"}.object());
  model.take(TestSnapshot{.uptime_s = 2, .queues = R"(["new", 1, 0, 0, 5, 0, 0],
                                                      ["old", 1, 0, 0, 6, 0, 0])"}
                 .object());
  ASSERT_TRUE(model.sort_by("done/s"));
  EXPECT_THAT(names(model), ElementsAre("old", "new"));
  model.reverse();
  EXPECT_THAT(names(model), ElementsAre("old", "new"));
}

TEST(TopModel, filters_by_any_text_in_any_case) {
  TopModel model;
  model.take(TestSnapshot{.queues = kQueues}.object());
  model.filter("b");
  EXPECT_THAT(names(model), ElementsAre("B"));
  model.filter("nothing like it");
  EXPECT_THAT(names(model), ElementsAre());
  EXPECT_EQ(model.selected_row(), nullptr);
  model.move_selection(3);
  model.filter("");
  EXPECT_EQ(names(model).size(), 3U);
}

TEST(TopModel, keeps_the_selection_on_its_row_when_that_moves) {
  TopModel model;
  model.take(TestSnapshot{.queues = kQueues}.object());
  model.move_selection(1);
  EXPECT_EQ(model.selected_row()->cells[0].text, "c");
  model.take(TestSnapshot{.uptime_s = 11, .queues = R"(["c", 1, 99, 0, 0, 0, 0],
                                                       ["B", 1, 50, 0, 0, 0, 0])"}
                 .object());
  EXPECT_EQ(model.selected(), 0U);
  EXPECT_EQ(model.selected_row()->cells[0].text, "c");
  model.take(TestSnapshot{.uptime_s = 12, .queues = R"(["B", 1, 50, 0, 0, 0, 0])"}.object());
  EXPECT_EQ(model.selected_row()->cells[0].text, "B");
}

TEST(TopModel, moves_the_selection_no_further_than_the_ends) {
  TopModel model;
  model.take(TestSnapshot{.queues = kQueues}.object());
  model.move_selection(INT64_MAX / 2);
  EXPECT_EQ(model.selected(), 2U);
  model.move_selection(-INT64_MAX / 2);
  EXPECT_EQ(model.selected(), 0U);
}

TEST(TopModel, has_rates_only_between_two_snapshots_of_one_broker) {
  TopModel model;
  model.take(TestSnapshot{.uptime_s = 10, .finished = 100}.object());
  EXPECT_TRUE(std::isnan(model.per_s("finished")));
  model.take(TestSnapshot{.uptime_s = 12, .finished = 130}.object());
  EXPECT_EQ(model.per_s("finished"), 15);
  model.take(TestSnapshot{.uptime_s = 14, .incarnation = "00000000000000bb"}.object());
  EXPECT_TRUE(std::isnan(model.per_s("finished")));
}

TEST(TopModel, says_what_the_trouble_is_until_the_next_answer) {
  TopModel model;
  model.take(TestSnapshot{.queues = kQueues}.object());
  model.lose("no answer for 3.0 s");
  EXPECT_EQ(model.trouble(), "no answer for 3.0 s");
  EXPECT_EQ(names(model).size(), 3U);
  model.take(TestSnapshot{.uptime_s = 11}.object());
  EXPECT_EQ(model.trouble(), std::nullopt);
}

TEST(TopModel, each_view_keeps_its_own_order_and_selection) {
  TopModel model;
  model.take(TestSnapshot{.queues = kQueues, .workers = R"(["w", 1, 0, 0, "idle", null, 0, 0, 0])"}
                 .object());
  model.move_selection(2);
  model.show(TopView::Workers);
  EXPECT_EQ(model.selected_row()->cells[0].text, "w");
  model.sort_by_next();
  model.show(TopView::Queues);
  EXPECT_EQ(model.selected_row()->cells[0].text, "a");
  EXPECT_EQ(model.sorting().column, 2U);
}

}  // namespace
}  // namespace steelyard::cli
