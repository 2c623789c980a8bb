#include "top/conversation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "top/test_snapshots.hpp"

namespace steelyard::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class TopConversationTest : public testing::Test {
 protected:
  TopConversationTest() {
    model_.take(TestSnapshot{.queues = R"(["ocr", 1, 9, 0, 0, 0, 0], ["films", 1, 5, 0, 0, 0, 0])",
                             .workers = R"(["gpu-1", 1, 0, 0, "idle", null, 0, 0, 0],
                                           ["gpu-2", 1, 0, 0, "idle", null, 0, 0, 0])"}
                    .object());
  }

  /// Presses the keys of a text; what the last one asks for.
  std::optional<Wish> type(std::string_view text) {
    std::optional<Wish> wish;
    for (const char sign : text) wish = talk_.press(Key::of(sign));
    return wish;
  }
  std::optional<Wish> press(Key::Kind kind) { return talk_.press({kind}); }

  TopModel model_;
  TopConversation talk_{model_, std::chrono::milliseconds(1'000)};
};

TEST_F(TopConversationTest, drains_the_selected_worker_when_the_question_is_answered_with_y) {
  type("2j");
  EXPECT_FALSE(type("d"));
  EXPECT_THAT(talk_.footer(), StartsWith("drain 'gpu-2'?"));
  const auto wish = type("y");
  ASSERT_TRUE(wish && std::holds_alternative<DrainWorker>(*wish));
  EXPECT_EQ(std::get<DrainWorker>(*wish).worker, "gpu-2");
}

TEST_F(TopConversationTest, does_nothing_when_a_question_is_answered_with_anything_else) {
  for (const char answer : {'n', 'q', ' ', 'd'}) {
    type("2d");
    EXPECT_FALSE(type(std::string(1, answer)));
    EXPECT_EQ(talk_.footer(), "nothing was done");
    EXPECT_FALSE(type("y"));
  }
}

TEST_F(TopConversationTest, the_answer_is_for_the_row_that_was_asked_about_wherever_that_is_now) {
  type("1c");
  EXPECT_THAT(talk_.footer(), HasSubstr("ALL jobs of queue 'ocr'"));
  model_.take(TestSnapshot{.uptime_s = 11, .queues = R"(["films", 1, 50, 0, 0, 0, 0])"}.object());
  const auto wish = type("y");
  ASSERT_TRUE(wish && std::holds_alternative<CancelJobs>(*wish));
  EXPECT_EQ(std::get<CancelJobs>(*wish).queue, "ocr");
}

TEST_F(TopConversationTest, cancels_the_selected_job) {
  model_.take_jobs(boost::json::parse(R"({"rows": [{"job": "00ab-7"}]})").as_object());
  type("4c");
  const auto wish = type("Y");
  ASSERT_TRUE(wish && std::holds_alternative<CancelJob>(*wish));
  EXPECT_EQ(std::get<CancelJob>(*wish).job, "00ab-7");
}

TEST_F(TopConversationTest, says_where_a_key_is_of_use_when_it_is_not_here) {
  type("1d");
  EXPECT_EQ(talk_.footer(), "d drains a worker: 2 lists them");
  type("2c");
  EXPECT_THAT(talk_.footer(), StartsWith("c cancels a job (4 lists them)"));
  type("4c");
  EXPECT_EQ(talk_.footer(), "there is nothing to cancel");
  type("%");
  EXPECT_EQ(talk_.footer(), "? lists the keys");
}

TEST_F(TopConversationTest, a_filter_is_typed_kept_and_dropped) {
  type("/films");
  EXPECT_EQ(model_.filter(), "films");
  EXPECT_THAT(talk_.footer(), StartsWith("/films_"));
  press(Key::Kind::Backspace);
  press(Key::Kind::Enter);
  EXPECT_EQ(model_.filter(), "film");
  type("/q");
  press(Key::Kind::Escape);
  EXPECT_EQ(model_.filter(), "film");
  press(Key::Kind::Escape);
  EXPECT_EQ(model_.filter(), "");
  type("/" + std::string(1'000, 'x'));
  EXPECT_EQ(model_.filter().size(), 100U);
}

TEST_F(TopConversationTest, tab_goes_round_the_views) {
  press(Key::Kind::Tab);
  EXPECT_EQ(model_.view(), TopView::Workers);
  press(Key::Kind::BackTab);
  press(Key::Kind::BackTab);
  EXPECT_EQ(model_.view(), TopView::Jobs);
  press(Key::Kind::Tab);
  EXPECT_EQ(model_.view(), TopView::Queues);
}

TEST_F(TopConversationTest, help_goes_with_any_key_which_does_nothing_else) {
  type("?");
  EXPECT_TRUE(talk_.shows_help());
  EXPECT_FALSE(type("q"));
  EXPECT_FALSE(talk_.shows_help());
  const auto wish = type("q");
  EXPECT_TRUE(wish && std::holds_alternative<Quit>(*wish));
}

TEST_F(TopConversationTest, the_interval_has_bounds) {
  type("<");
  EXPECT_EQ(talk_.interval(), std::chrono::milliseconds(500));
  type("<<<<<<<<<<");
  EXPECT_EQ(talk_.interval(), std::chrono::milliseconds(100));
  type(">>>>>>>>>>>>>>>>>");
  EXPECT_EQ(talk_.interval(), std::chrono::milliseconds(60'000));
  EXPECT_EQ(talk_.footer(), "looks every 60 s");
}

TEST_F(TopConversationTest, pauses_and_looks_on_demand) {
  type("p");
  EXPECT_TRUE(talk_.paused());
  const auto wish = type(" ");
  EXPECT_TRUE(wish && std::holds_alternative<LookNow>(*wish));
  type("p");
  EXPECT_FALSE(talk_.paused());
}

}  // namespace
}  // namespace steelyard::cli
