#include "steelyard/runtime/zmq/evidence.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::zmq_runtime {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr SessionId kSession{3};

Evidence::Entry death(std::string worker, std::string text = {}) {
  return {std::move(worker), core::Death::Died, std::move(text), 1, 1'700'000'000'000};
}

TEST(Evidence, is_kept_in_order_until_it_is_forgotten) {
  Evidence evidence;
  evidence.note(kSession, 7, death("a"));
  evidence.note(kSession, 7, death("b"));
  ASSERT_THAT(evidence.of(kSession, 7), SizeIs(2));
  EXPECT_EQ(evidence.of(kSession, 7)[1], death("b"));
  evidence.forget(kSession, 7);
  evidence.forget(kSession, 7);
  EXPECT_THAT(evidence.of(kSession, 7), IsEmpty());
}

TEST(Evidence, keeps_the_latest_deaths_and_the_end_of_their_texts) {
  Evidence evidence;
  std::string text(5'000, 'x');
  text.append("the end");
  for (int i = 0; i < 20; ++i) evidence.note(kSession, 1, death(std::to_string(i), text));
  const auto& kept = evidence.of(kSession, 1);
  ASSERT_THAT(kept, SizeIs(Evidence::kMaxDeaths));
  EXPECT_EQ(kept.front().worker, "4");
  EXPECT_EQ(kept.back().text.size(), Evidence::kMaxTextBytes);
  EXPECT_TRUE(kept.back().text.ends_with("the end"));
}

TEST(Evidence, forgets_the_job_noted_first_beyond_its_limit) {
  Evidence evidence;
  for (std::uint64_t job = 1; job <= Evidence::kMaxJobs + 2; ++job) {
    evidence.note(kSession, job, death("a"));
  }
  EXPECT_EQ(evidence.jobs(), Evidence::kMaxJobs);
  EXPECT_THAT(evidence.of(kSession, 2), IsEmpty());
  EXPECT_THAT(evidence.of(kSession, 3), SizeIs(1));
}

TEST(Evidence, names_deaths_in_both_directions) {
  for (const auto how :
       {core::Death::Silent, core::Death::Left, core::Death::Forgotten, core::Death::Died}) {
    EXPECT_EQ(death_from(to_string(how)), how);
  }
  EXPECT_EQ(death_from("of old age"), core::Death::Silent);
}

}  // namespace
}  // namespace steelyard::zmq_runtime
