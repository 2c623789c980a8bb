#include "inproc/audit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inproc_example {
namespace {

using testing::HasSubstr;

struct Sides {
  std::vector<RequesterCount> requesters{{"one", {}, {}, 0}, {"two", {}, {}, 0}};
  std::vector<WorkerCount> workers{{steelyard::WorkerId{0}, {}}, {steelyard::WorkerId{1}, {}}};
  steelyard::BalancerStats stats;
  steelyard::BalancerBooks books;

  Sides() {
    for (std::uint64_t number = 1; number <= 4; ++number) {
      requesters[number % 2].sent.insert(number);
      requesters[number % 2].received.insert(number);
      workers[number / 3].done.insert(number);
      books.dispatched.insert(number);
      books.completed.insert(number);
    }
    stats.attempts.dispatched = stats.attempts.completed = stats.attempts_run = 4;
    stats.jobs.accepted = stats.jobs.finished = 4;
  }

  [[nodiscard]] Audit compared() const { return audit(requesters, workers, stats, books); }
};

TEST(Audit, agrees_when_every_side_counted_the_same) {
  const Sides sides;
  const Audit result = sides.compared();
  EXPECT_TRUE(result.agrees) << result.table;
  EXPECT_THAT(result.table, HasSubstr("all sides agree"));
}

TEST(Audit, names_a_request_whose_answer_did_not_come) {
  Sides sides;
  sides.requesters[1].received = {};
  sides.requesters[1].received.insert(1);
  const Audit result = sides.compared();
  EXPECT_FALSE(result.agrees);
  EXPECT_THAT(result.table, HasSubstr("sent but not received: 3"));
}

TEST(Audit, names_a_request_that_the_balancer_never_heard_was_done) {
  Sides sides;
  sides.books.dispatched.insert(5);
  sides.requesters[0].sent.insert(5);
  sides.requesters[0].received.insert(5);
  sides.workers[0].done.insert(5);
  const Audit result = sides.compared();
  EXPECT_FALSE(result.agrees);
  EXPECT_THAT(result.table, HasSubstr("done but not completed: 5"));
}

TEST(Audit, names_a_request_that_no_worker_did) {
  Sides sides;
  sides.workers[1].done = {};
  sides.workers[1].done.insert(3);
  const Audit result = sides.compared();
  EXPECT_FALSE(result.agrees);
  EXPECT_THAT(result.table, HasSubstr("dispatched but not done: 4"));
}

TEST(Audit, sees_a_request_that_was_done_twice) {
  Sides sides;
  sides.workers[0].done.insert(4);
  EXPECT_FALSE(sides.compared().agrees);
}

TEST(Audit, sees_that_workers_ran_another_number_than_was_dispatched) {
  Sides sides;
  sides.stats.attempts_run = 3;
  EXPECT_FALSE(sides.compared().agrees);
}

}  // namespace
}  // namespace inproc_example
