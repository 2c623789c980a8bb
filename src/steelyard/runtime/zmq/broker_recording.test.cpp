#include <gtest/gtest.h>

#include "steelyard/runtime/zmq/test_wire_world.hpp"
#include "steelyard/trace/replay.hpp"
#include "steelyard/trace/test_recording.hpp"

namespace steelyard::zmq_runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A broker with two workers, one of which is lost, and jobs of users with states.
std::string recorded_conversation() {
  const auto sink = std::make_shared<trace::MemorySink>();
  {
    WireWorld world;
    world.port().record(sink, 0);
    auto& client = world.add_client();
    world.add_worker_with({.queues = {"q"}, .slots = 2, .tags = {"gpu", "large"}, .max_states = 2});
    auto& lost = world.add_worker({"q", "other"});
    world.settle();
    lost.runs = false;
    for (const char* state : {"german", "", "french", "german"}) {
      world.submit(client, {.queue = "q", .state = state, .user = "ann"}, {"a", "b", "c"});
      world.pass(milliseconds(300));
    }
    world.submit(client, {.queue = "q", .tags = {"gpu"}}, {"d"});
    world.kill(lost);
    world.pass(seconds(20));
    EXPECT_EQ(client.answers.size(), 13U);
  }
  return sink->bytes();
}

TEST(BrokerPort, does_again_what_was_recorded_of_it) {
  auto reader = trace::Reader::open(trace::source_of(recorded_conversation()));
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->preface().strategy, "least-loaded");
  trace::Replay replay(reader->preface(), *strategy::Registry().make(reader->preface().strategy));
  trace::Step step;
  auto more = reader->next(step);
  for (; more && *more; more = reader->next(step)) replay.take(step, reader->names());
  ASSERT_TRUE(more);
  EXPECT_FALSE(replay.difference());
  EXPECT_GE(replay.decisions(), 13U);
  EXPECT_EQ(reader->names().states, (std::vector<std::string>{"german", "french"}));
  EXPECT_EQ(reader->names().users, std::vector<std::string>{"ann"});
  EXPECT_EQ(reader->names().tags, (std::vector<std::string>{"gpu", "large"}));
}

}  // namespace
}  // namespace steelyard::zmq_runtime
