#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/runtime/task/parts.hpp"
#include "steelyard/runtime/zmq/test_parts.hpp"
#include "steelyard/runtime/zmq/test_wire_world.hpp"

/// Jobs that workers forward, as messages and with real sockets and threads.
namespace steelyard::zmq_runtime {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

JobReport forward_to(const std::string& queue, std::string payload, std::string state = {}) {
  JobReport report{kDoneForwarded, std::move(payload), milliseconds(1), {}};
  report.forward_queue = queue;
  report.forward_state = std::move(state);
  return report;
}

/// A worker of the stage "first" whose jobs are answered by hand.
class WorkerForwards : public testing::Test {
 protected:
  WorkerForwards() { first_.runs = false; }

  void submit(const std::vector<std::string>& payloads) {
    world_.submit(client_, {"first"}, payloads);
    world_.settle();
  }

  WireWorld world_;
  WireWorld::TestWorker& first_ = world_.add_worker({"first"}, 4);
  WireWorld::TestClient& client_ = world_.add_direct_client();
};

TEST_F(WorkerForwards, go_to_the_broker_and_on_to_the_next_stage) {
  auto& second = world_.add_worker({"second"});
  submit({"a"});
  world_.finish(first_, *first_.session->take(), forward_to("second", "b"));
  world_.pass(milliseconds(20));
  EXPECT_THAT(second.ran, ElementsAre("b"));
  ASSERT_EQ(client_.answers.size(), 1u);
  EXPECT_EQ(client_.answers[0].text, "done:b");
  EXPECT_EQ(client_.answers[0].sequence, 1u);
}

TEST_F(WorkerForwards, to_different_places_may_be_told_together_with_results) {
  auto& second = world_.add_worker({"second"}, 4);
  auto& third = world_.add_worker({"third"}, 4);
  submit({"a", "b", "c", "d"});
  std::vector<AssignedJob> jobs;
  while (auto job = first_.session->take()) jobs.push_back(*job);
  ASSERT_EQ(jobs.size(), 4u);
  world_.finish(first_, jobs[0], forward_to("second", "a2"));
  world_.finish(first_, jobs[1], WireWorld::done(jobs[1]));
  world_.finish(first_, jobs[2], forward_to("third", "c3", "blue"));
  world_.finish(first_, jobs[3], forward_to("second", "d2"));
  world_.pass(milliseconds(20));
  EXPECT_THAT(second.ran, testing::UnorderedElementsAre("a2", "d2"));
  EXPECT_THAT(third.ran, ElementsAre("c3"));
  std::map<std::uint64_t, std::string> answers;
  for (const auto& answer : client_.answers) answers[answer.sequence] = answer.text;
  EXPECT_THAT(answers, ElementsAre(testing::Pair(1, "done:a2"), testing::Pair(2, "done:b"),
                                   testing::Pair(3, "done:c3"), testing::Pair(4, "done:d2")));
}

TEST_F(WorkerForwards, never_take_the_direct_way) {
  submit(std::vector<std::string>(40, "x"));
  while (auto job = first_.session->take()) {
    world_.finish(first_, *job, WireWorld::done(*job));  // opens the link
    world_.pass(milliseconds(5));
  }
  const auto direct = client_.session->direct();
  ASSERT_GT(direct, 0u);
  submit({"a"});
  world_.finish(first_, *first_.session->take(), forward_to("second", std::string(100'000, 'y')));
  world_.pass(milliseconds(20));
  EXPECT_EQ(client_.session->direct(), direct);
  EXPECT_EQ(world_.jobs().queued, 1u);
}

TEST_F(WorkerForwards, that_are_too_large_fail_the_job) {
  submit({"a"});
  world_.finish(first_, *first_.session->take(),
                forward_to("second", std::string((1 << 20) + 1, 'y')));
  world_.pass(milliseconds(20));
  ASSERT_EQ(client_.answers.size(), 1u);
  EXPECT_EQ(client_.answers[0].text,
            "the payload that it was forwarded with has 1048577 bytes, over max_payload_bytes = "
            "1048576");
}

TEST_F(WorkerForwards, that_a_cut_has_lost_are_made_again) {
  auto& second = world_.add_worker({"second"});
  submit({"a"});
  world_.finish(first_, *first_.session->take(), forward_to("second", "b"));
  while (first_.session->next_message(world_.now())) {
  }
  world_.cut(first_);
  world_.pass(std::chrono::seconds(10), milliseconds(100));
  const auto again = first_.session->take();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->payload, "a");
  world_.finish(first_, *again, forward_to("second", "b"));
  world_.pass(milliseconds(20));
  EXPECT_THAT(second.ran, ElementsAre("b"));
  EXPECT_EQ(client_.answers.size(), 1u);
}

/// Two stages with real workers: "first" forwards what its payload says, "second" tells what it
/// sees.
class Stages : public testing::Test {
 protected:
  static steelyard::Answer first(const Work& work, WorkerState&) {
    if (work.payload == "stay") return "stayed";
    if (work.payload == "bad queue") return Forward{"no\nname", "x"};
    if (work.payload == "bad state") return Forward{"second", "x", "-"};
    if (work.payload == "again" && work.hop < 3) return Forward{"first", "again"};
    return Forward{"second", pack_parts({work.payload, "second part"}), "m1"};
  }
  static std::string second(const Work& work, WorkerState&) {
    if (work.attempt == 1) throw RetryableError("once more");
    const auto parts = work.parts();
    return std::string(work.state) + " hop " + std::to_string(work.hop) + " attempt " +
           std::to_string(work.attempt) + " " + std::string(parts->at(0)) + "+" +
           std::string(parts->at(1));
  }
  RemoteWorkerOptions options() { return {.endpoint = broker_.endpoint(), .context = context_}; }
  Result<std::string> answer(const std::string& payload) {
    auto result = client_.submit("first", payload).wait_for(kPatience);
    if (!result) return failure(ErrorCode::TimedOut, "no answer came");
    return *result;
  }

  std::shared_ptr<Context> context_ = std::make_shared<Context>();
  RunningBroker broker_{{.listen = {"inproc://broker"}, .context = context_}};
  RunningWorker first_{options(), "first", first};
  RunningWorker second_{options(), "second", second};
  Client client_{{.endpoint = "inproc://broker", .context = context_}};
};

TEST_F(Stages, see_payload_state_hop_and_attempts_of_their_own) {
  EXPECT_EQ(answer("a"), "m1 hop 1 attempt 2 a+second part");
  EXPECT_EQ(answer("again"), "m1 hop 4 attempt 2 again+second part");
  EXPECT_EQ(answer("stay"), "stayed");
  EXPECT_EQ(first_.worker().stats().forwarded, 5u);
  EXPECT_EQ(first_.worker().stats().finished, 1u);
}

TEST_F(Stages, with_names_that_are_none_fail_the_job_clearly) {
  EXPECT_EQ(answer("bad queue").error(),
            (Error{ErrorCode::WorkFailed,
                   "the work function forwarded the job to a queue whose name is not allowed: "
                   "'no\nname'"}));
  EXPECT_EQ(answer("bad state").error(),
            (Error{ErrorCode::WorkFailed,
                   "the work function forwarded the job to a state whose name is not allowed: "
                   "'-'"}));
}

TEST_F(Stages, cannot_be_changed_by_a_part_of_a_unit) {
  CompletionQueue completions;
  client_.submit_unit("first", {"stay", "a"}, {}, completions, 5);
  const std::vector<Completion> taken = completions.take(kPatience);
  ASSERT_EQ(taken.size(), 1u);
  const auto answers = unpack_unit(taken[0].result.value());
  ASSERT_TRUE(answers && answers->size() == 2u);
  EXPECT_EQ((*answers)[0], "stayed");
  ASSERT_FALSE((*answers)[1]);
  EXPECT_THAT((*answers)[1].error().context, HasSubstr("forwarded it to queue 'second', but it is "
                                                       "one of several calls in a batch"));
}

}  // namespace
}  // namespace steelyard::zmq_runtime
