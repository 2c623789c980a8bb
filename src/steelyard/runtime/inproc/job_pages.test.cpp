#include "steelyard/runtime/inproc/job_pages.hpp"

#include <cstdint>
#include <deque>

#include <gtest/gtest.h>

namespace steelyard::inproc {
namespace {

class Named final : public JobNode {
 public:
  explicit Named(JobNumber given) { number = given; }
  AttemptEnding run(WorkerState&) noexcept override { return AttemptEnding::Finished; }
  void fail(Error) noexcept override {}
  void deliver() noexcept override {}
  void refuse(Error) noexcept override {}
};

TEST(JobPages, give_numbers_from_one_and_the_jobs_back_in_any_order) {
  JobPages pages;
  std::deque<Named> jobs;
  for (std::uint64_t i = 1; i <= 5000; ++i) {
    EXPECT_EQ(pages.next(), i);
    pages.append(jobs.emplace_back(i));
  }
  for (std::uint64_t i = 5000; i >= 1; --i) {
    EXPECT_EQ(pages.at(i).number, i);
    EXPECT_EQ(pages.take(i).number, i);
  }
  EXPECT_EQ(pages.next(), 5001U);
}

TEST(JobPages, keep_one_that_takes_long_while_many_come_and_go) {
  JobPages pages;
  Named longest(1);
  pages.append(longest);
  for (std::uint64_t i = 2; i <= 100'000; ++i) {
    Named passing(i);
    pages.append(passing);
    ASSERT_EQ(pages.take(i).number, i);
  }
  EXPECT_EQ(pages.take(1).number, 1U);
  Named next(100'001);
  pages.append(next);
  EXPECT_EQ(pages.take(100'001).number, 100'001U);
}

TEST(JobPagesDeathTest, taking_one_twice_is_a_programmers_error) {
  JobPages pages;
  Named job(1);
  pages.append(job);
  (void)pages.take(1);
  EXPECT_DEATH((void)pages.take(1), "assertion failed");
}

}  // namespace
}  // namespace steelyard::inproc
