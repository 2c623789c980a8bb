#include "steelyard/gateway/api/job_feeds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::gateway {
namespace {

TEST(JobFeed, gives_what_came_after_an_event) {
  JobFeed feed(1000);
  feed.add("progress", "1");
  feed.add("progress", "2");
  const auto news = feed.after(1, 1000);
  EXPECT_EQ(news.text, "id: 2\nevent: progress\ndata: 2\n\n");
  EXPECT_EQ(news.last, 2U);
  EXPECT_FALSE(news.ended);
  EXPECT_EQ(feed.after(2, 1000).text, "");
}

TEST(JobFeed, ends_with_the_last_event_and_takes_none_after_it) {
  JobFeed feed(1000);
  feed.add("outcome", "{}", true);
  feed.add("progress", "9");
  const auto news = feed.after(0, 1000);
  EXPECT_EQ(news.text, "id: 1\nevent: outcome\ndata: {}\n\n");
  EXPECT_TRUE(news.ended);
  EXPECT_TRUE(feed.after(1, 1000).ended);
}

TEST(JobFeed, drops_the_oldest_and_says_so) {
  JobFeed feed(70);
  for (int i = 0; i < 5; ++i) feed.add("partial", "x");
  EXPECT_THAT(feed.after(0, 1000).text,
              testing::StartsWith("id: 3\nevent: gap\ndata: {}\n\nid: 4"));
}

TEST(JobFeed, wakes_who_listens) {
  JobFeed feed(1000);
  int woken = 0;
  const auto listener = feed.listen([&woken] { ++woken; });
  feed.add("progress", "1");
  EXPECT_EQ(woken, 1);
  feed.forget(listener);
  feed.add("progress", "2");
  EXPECT_EQ(woken, 1);
}

TEST(JobFeed, ends_without_an_outcome_when_it_is_closed) {
  JobFeed feed(1000);
  feed.add("progress", "1");
  int woken = 0;
  feed.listen([&woken] { ++woken; });
  feed.close();
  feed.close();
  EXPECT_EQ(woken, 1);
  EXPECT_TRUE(feed.after(0, 1000).ended);
  EXPECT_TRUE(feed.after(1, 1000).ended);
}

TEST(JobFeeds, drop_the_oldest_when_all_may_keep_too_much) {
  JobFeeds feeds;
  const auto first = std::make_shared<JobFeed>(JobFeeds::kMaxKeptBytes / 2);
  first->add("progress", "1");
  int woken = 0;
  first->listen([&woken] { ++woken; });
  feeds.add({1, 1}, first);
  feeds.add({1, 2}, std::make_shared<JobFeed>(JobFeeds::kMaxKeptBytes / 2));
  EXPECT_EQ(feeds.find({1, 1}), first);
  feeds.add({1, 3}, std::make_shared<JobFeed>(1));
  EXPECT_EQ(feeds.find({1, 1}), nullptr);
  EXPECT_NE(feeds.find({1, 2}), nullptr);
  EXPECT_NE(feeds.find({1, 3}), nullptr);
  EXPECT_EQ(woken, 1);
  EXPECT_TRUE(first->after(0, 1000).ended);
  EXPECT_EQ(first->after(0, 1000).text, "");
}

TEST(JobFeeds, forget_a_feed_that_is_closed_before_its_end) {
  JobFeeds feeds;
  const auto open = std::make_shared<JobFeed>(100);
  const auto ended = std::make_shared<JobFeed>(100);
  feeds.add({1, 1}, open);
  feeds.add({1, 2}, ended);
  ended->add("outcome", "{}", true);
  for (const JobId id : {JobId{1, 1}, JobId{1, 2}, JobId{1, 3}}) feeds.close(id);
  EXPECT_TRUE(open->ended());
  EXPECT_EQ(feeds.find({1, 1}), nullptr);
  EXPECT_EQ(feeds.find({1, 2}), ended);
}

TEST(JobFeeds, keep_a_bounded_number_those_that_go_on_first) {
  JobFeeds feeds;
  for (std::uint64_t i = 1; i <= JobFeeds::kMaxFeeds; ++i) {
    feeds.add({1, i}, std::make_shared<JobFeed>(100));
  }
  feeds.find({1, 7})->add("outcome", "{}", true);
  feeds.add({2, 1}, std::make_shared<JobFeed>(100));
  EXPECT_EQ(feeds.find({1, 7}), nullptr);
  EXPECT_NE(feeds.find({1, 1}), nullptr);
  feeds.add({2, 2}, std::make_shared<JobFeed>(100));
  EXPECT_EQ(feeds.find({1, 1}), nullptr);
  EXPECT_NE(feeds.find({2, 2}), nullptr);
}

}  // namespace
}  // namespace steelyard::gateway
