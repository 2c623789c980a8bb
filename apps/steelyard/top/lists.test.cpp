#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "top/list.hpp"
#include "top/test_snapshots.hpp"

namespace steelyard::cli {
namespace {

using testing::ElementsAre;

/// The row's cells under these headings, as they are shown.
std::vector<std::string> cells(const TopList& list, std::size_t row,
                               const std::vector<std::string>& headings) {
  std::vector<std::string> texts;
  for (const std::string& heading : headings) {
    const auto found = std::ranges::find(list.columns, heading, &TopColumn::heading);
    const auto at = static_cast<std::size_t>(found - list.columns.begin());
    texts.push_back(shown(list.rows[row].cells.at(at), list.columns.at(at).figure));
  }
  return texts;
}

TEST(TopLists, a_queue_has_its_counts_at_once_and_rates_with_the_second_snapshot) {
  const auto first = TestSnapshot{.queues = R"(["ocr", 2, 12345, 3, 100, 1, 200])"}.object();
  const TopList alone = list_queues({first});
  EXPECT_THAT(cells(alone, 0, {"QUEUE", "WORKERS", "QUEUED", "RUNNING", "FAILED", "DONE/S"}),
              ElementsAre("ocr", "2", "12,345", "3", "1", "-"));
  const auto second = TestSnapshot{.queues = R"(["ocr", 2, 12345, 3, 130, 1, 205],
                                                ["new", 1, 0, 0, 50, 0, 50])"}
                          .object();
  const TopList both = list_queues({second, &first, 2.0});
  EXPECT_THAT(cells(both, 0, {"DONE/S", "IN/S"}), ElementsAre("15.0", "2.5"));
  EXPECT_THAT(cells(both, 1, {"QUEUE", "DONE/S"}), ElementsAre("new", "-"));
}

TEST(TopLists, a_queue_whose_jobs_nobody_can_take_needs_attention) {
  const auto snapshot = TestSnapshot{.queues = R"(["lonely", 0, 7, 0, 0, 0, 7],
                                                  ["idle", 0, 0, 0, 9, 0, 9],
                                                  ["busy", 1, 9, 0, 9, 0, 9])"}
                            .object();
  const TopList list = list_queues({snapshot});
  EXPECT_TRUE(list.rows[0].needs_attention);
  EXPECT_FALSE(list.rows[1].needs_attention);
  EXPECT_FALSE(list.rows[2].needs_attention);
}

TEST(TopLists, a_worker_says_what_it_does_and_how_much_of_its_time_it_works) {
  const auto first = TestSnapshot{.workers = R"(["gpu-1", 2, 1, 0, "working", "ocr", 10, 5.0, 0.1],
      ["gpu-2", 1, 0, 1, "idle", null, 0, 0, 0.2],
      ["gpu-3", 1, 1, 0, "working", "ocr", 0, 0, 3.1])"}
                         .object();
  const auto second = TestSnapshot{.workers = R"(["gpu-1", 2, 1, 0, "working", "ocr", 16, 8.0, 0.1],
      ["gpu-2", 1, 0, 1, "idle", null, 0, 0, 0.2],
      ["gpu-3", 1, 1, 0, "working", "ocr", 0, 0, 3.1])"}
                          .object();
  const TopList list = list_workers({second, &first, 2.0});
  // 3 s of work in 2 s of two slots.
  EXPECT_THAT(cells(list, 0, {"WORKER", "DOES", "BUSY", "TASK", "DONE/S", "WORK"}),
              ElementsAre("gpu-1", "working", "1/2", "ocr", "3.0", "75%"));
  EXPECT_THAT(cells(list, 1, {"DOES", "BUSY", "TASK"}), ElementsAre("leaving", "0/1", "-"));
  EXPECT_THAT(cells(list, 2, {"DOES"}), ElementsAre("silent"));
  EXPECT_TRUE(list.rows[2].needs_attention);
}

TEST(TopLists, a_worker_whose_job_takes_long_works_all_the_time_although_nothing_has_ended) {
  const auto first =
      TestSnapshot{.workers = R"(["w", 2, 2, 0, "working", "ocr", 0, 0, 0.1])"}.object();
  EXPECT_THAT(cells(list_workers({first, &first, 2.0}), 0, {"WORK"}), ElementsAre("100%"));
  const auto ended =
      TestSnapshot{.workers = R"(["w", 2, 1, 0, "working", "ocr", 1, 60, 0.1])"}.object();
  EXPECT_THAT(cells(list_workers({ended, &first, 2.0}), 0, {"WORK"}), ElementsAre("100%"));
}

TEST(TopLists, workers_of_one_name_have_no_rate_because_nobody_knows_which_is_which) {
  const auto first = TestSnapshot{.workers = R"(["w", 1, 1, 0, "working", "q", 10, 5.0, 0.1],
                                                ["w", 1, 1, 0, "working", "q", 90, 5.0, 0.1])"}
                         .object();
  const TopList list = list_workers({first, &first, 2.0});
  EXPECT_THAT(cells(list, 0, {"WORKER", "DONE/S", "WORK"}), ElementsAre("w", "-", "-"));
}

TEST(TopLists, users_are_shown_beside_what_their_weights_grant) {
  const auto first = TestSnapshot{.users = R"(["ann", 3, 5, 1, 0, 10], ["bob", 1, 5, 1, 0, 10],
                                              ["eve", 1, 0, 0, 0, 10])"}
                         .object();
  const auto second = TestSnapshot{.users = R"(["ann", 3, 5, 1, 0, 16], ["bob", 1, 5, 1, 0, 14],
                                               ["eve", 1, 0, 0, 0, 10])"}
                          .object();
  const TopList list = list_users({second, &first, 10});
  EXPECT_THAT(cells(list, 0, {"USER", "SHARE", "DUE"}), ElementsAre("ann", "60%", "75%"));
  EXPECT_THAT(cells(list, 1, {"USER", "SHARE", "DUE"}), ElementsAre("bob", "40%", "25%"));
  EXPECT_THAT(cells(list, 2, {"USER", "SHARE", "DUE"}), ElementsAre("eve", "0%", "-"));
}

TEST(TopLists, jobs_come_from_their_own_report) {
  const auto report = boost::json::parse(R"({"rows": [{"job": "00ab-7", "queue": "ocr",
      "status": "running", "worker": "gpu-1", "state": null, "user": "ann", "priority": -3,
      "attempt": 2, "age_s": 75, "progress": 40, "slow": true, "stopping": false}, 5],
      "rows_omitted": 8})")
                          .as_object();
  const TopList list = list_jobs(report);
  ASSERT_EQ(list.rows.size(), 1U);
  EXPECT_EQ(list.rows_omitted, 8U);
  EXPECT_TRUE(list.rows[0].needs_attention);
  EXPECT_THAT(cells(list, 0, {"JOB", "STATUS", "WORKER", "AT", "TRY", "AGE", "STATE", "PRIORITY"}),
              ElementsAre("00ab-7", "running slow", "gpu-1", "40%", "2", "75.0s", "-", "-3"));
}

TEST(TopLists, are_empty_when_the_broker_sends_something_else) {
  const boost::json::object nothing;
  EXPECT_TRUE(list_queues({nothing}).rows.empty());
  EXPECT_TRUE(list_workers({nothing}).rows.empty());
  EXPECT_TRUE(list_users({nothing}).rows.empty());
  EXPECT_TRUE(list_jobs(nothing).rows.empty());
}

}  // namespace
}  // namespace steelyard::cli
