#include "graph/stage.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

namespace graph {
namespace {

using namespace steelyard;

Answer visit(const TaskFunction& stage, std::string_view payload) {
  WorkerState state;
  return stage(Work{.queue = kQueue, .payload = payload, .state = {}, .user = {}, .id = "1-1"},
               state);
}

TEST(MersenneStage, answers_a_request_in_one_visit_when_it_may) {
  const TaskFunction stage = mersenne_stage(std::chrono::milliseconds(0));
  EXPECT_EQ(visit(stage, "1279"), Answer("2^1279-1 is prime"));
  EXPECT_EQ(visit(stage, "1283"), Answer("2^1283-1 is not prime"));
  EXPECT_EQ(visit(stage, "3"), Answer("2^3-1 is prime"));
}

TEST(MersenneStage, forwards_a_long_request_to_itself_until_it_is_done) {
  const TaskFunction stage = mersenne_stage(std::chrono::milliseconds(1));
  std::string payload = "4423";
  int visits = 1;
  Answer answer = visit(stage, payload);
  while (const auto* forward = std::get_if<Forward>(&answer)) {
    ++visits;
    EXPECT_EQ(forward->queue, kQueue);
    payload = forward->payload;
    answer = visit(stage, payload);
  }
  EXPECT_EQ(answer, Answer("2^4423-1 is prime"));
  EXPECT_GT(visits, 5);
}

TEST(MersenneStage, refuses_what_is_no_request) {
  const TaskFunction stage = mersenne_stage(std::chrono::milliseconds(1));
  for (const std::string& wrong :
       {std::string(), std::string("x"), std::string("12 "), std::string("-3"), std::string("9"),
        std::string("99999999999"), pack_parts({"61", "1"}), pack_parts({"61", "1", "short"})}) {
    EXPECT_THROW(static_cast<void>(visit(stage, wrong)), std::invalid_argument) << wrong;
  }
}

TEST(MersenneStage, stops_when_it_is_asked_to) {
  JobControl control;
  control.request_stop(StopReason::Cancelled);
  WorkerState state;
  const Work work{.queue = kQueue,
                  .payload = "1279",
                  .state = {},
                  .user = {},
                  .id = "1-1",
                  .control = &control};
  EXPECT_THROW(static_cast<void>(mersenne_stage(std::chrono::milliseconds(0))(work, state)),
               StoppedError);
}

}  // namespace
}  // namespace graph
