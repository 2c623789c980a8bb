#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/runtime/task/partial_charge.hpp"
#include "steelyard/runtime/task/test_lines.hpp"

namespace steelyard {
namespace {

using test::JobText;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::SizeIs;

constexpr std::size_t kPartialBytes = 1000;
constexpr std::size_t kWindowPartials = 3;
constexpr std::size_t kWindowBytes = kWindowPartials * partial_charge_bytes(kPartialBytes);

/// Jobs whose progress and partial results somebody listens to.
class LinesTellTest : public test::LinesTaskTest {
 protected:
  std::string run_heard(LinesWorkers& workers, std::string_view payload) {
    return run(workers, JobText{payload, "", "7-1", &control_});
  }
  std::future<std::string> begin(LinesWorkers& workers, std::string_view payload) {
    return std::async(std::launch::async,
                      [this, &workers, payload] { return run_heard(workers, payload); });
  }
  /// Grants what comes until so many have come.
  void take(std::size_t partials) {
    std::size_t granted = 0;
    EXPECT_TRUE(test::eventually([&] {
      const std::size_t told = sink_.partials().size();
      EXPECT_LE(told - granted, kWindowPartials);
      control_.grant((told - granted) * partial_charge_bytes(kPartialBytes));
      granted = told;
      return granted >= partials;
    }));
  }
  [[nodiscard]] bool window_is_full() const { return sink_.partials().size() == kWindowPartials; }

  test::RecordingSink sink_;
  JobControl control_{sink_, kWindowBytes};
};

TEST_F(LinesTellTest, progress_and_partial_results_come_before_the_result) {
  LinesWorkers workers(options());
  EXPECT_EQ(run_heard(workers, "tell"), "told");
  control_.function_ended();
  EXPECT_THAT(sink_.percents(), ElementsAre(40, 80));
  EXPECT_THAT(sink_.partials(), ElementsAre("one ", R"({"a":2})", "\xff\xfe\xfd"));
}

TEST_F(LinesTellTest, a_job_that_nobody_listens_to_is_done_as_well) {
  LinesWorkers workers(options());
  EXPECT_EQ(run(workers, "tell"), "told");
  EXPECT_EQ(run(workers, "partials"), "all");
}

TEST_F(LinesTellTest, a_progress_that_is_none_breaks_the_contract) {
  LinesWorkers workers(options());
  EXPECT_EQ(run_heard(workers, "wrong progress"),
            "error: the process wrote an answer whose \"progress\" is not a number from 0 to 100: "
            "{\"id\":\"7-1\",\"progress\":140}; it will be replaced");
  EXPECT_EQ(workers.counters().replaced, 1u);
}

TEST_F(LinesTellTest, all_partial_results_arrive_when_they_are_taken) {
  LinesWorkers workers(options());
  auto outcome = begin(workers, "partials");
  take(500);
  EXPECT_EQ(outcome.get(), "all");
  EXPECT_THAT(sink_.partials(), AllOf(SizeIs(500), Each(SizeIs(kPartialBytes))));
}

TEST_F(LinesTellTest, a_process_has_to_wait_while_there_is_no_credit_and_stops_all_the_same) {
  LinesTaskOptions patient = options();
  patient.cancel_grace_ms = std::chrono::milliseconds(50);
  LinesWorkers workers(patient);
  auto outcome = begin(workers, "many partials");
  const pid_t process = wait_until_begun();
  EXPECT_TRUE(test::eventually([&] { return window_is_full(); }));
  // What it has written beyond the window is in its pipe and in one read of that.
  EXPECT_LT(test::written_bytes_at_rest(process), std::size_t{300'000});
  EXPECT_TRUE(window_is_full());
  control_.request_stop(StopReason::Cancelled);
  EXPECT_TRUE(outcome.get().starts_with("killed: "));
  EXPECT_TRUE(window_is_full());
}

TEST_F(LinesTellTest, the_end_of_a_process_waits_behind_its_partial_results) {
  LinesWorkers workers(options());
  auto outcome = begin(workers, "partials, die");
  EXPECT_TRUE(test::eventually([&] { return window_is_full(); }));
  take(10);
  EXPECT_TRUE(outcome.get().starts_with("died: the process ended with exit status 3"));
}

}  // namespace
}  // namespace steelyard
