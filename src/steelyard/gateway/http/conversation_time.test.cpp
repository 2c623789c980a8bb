// Time-outs and drains of a conversation.
#include <gtest/gtest.h>

#include "steelyard/gateway/http/conversation_world.test.hpp"

namespace steelyard::http::test {
namespace {

using namespace std::chrono_literals;

TEST(Conversation, gives_up_slow_heads_and_bodies_with_408) {
  World head({.header_timeout = 10s});
  head.say("GET ");
  head.pass(9s);
  head.say("/");
  EXPECT_EQ(head.heard(), "");
  head.pass(1s);
  EXPECT_TRUE(head.heard().starts_with("HTTP/1.1 408 "));
  EXPECT_TRUE(head.conversation.is_over());
  EXPECT_EQ(head.around.counters.timed_out.read(), 1U);
  EXPECT_EQ(head.around.counters.malformed.read(), 0U);

  World body({.body_timeout = 10s});
  body.say("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n");
  body.pass(9s);
  body.say("a");
  body.pass(9s);
  EXPECT_EQ(body.heard(), "");
  body.pass(1s);
  EXPECT_TRUE(body.heard().starts_with("HTTP/1.1 408 "));
}

TEST(Conversation, ends_silently_when_idle) {
  World world({.idle_timeout = 10s});
  world.handler.answers_at_once = true;
  world.pass(9s);
  world.say(get("/"));
  EXPECT_EQ(world.heard(), answer_of("ok"));
  world.pass(9s);
  EXPECT_FALSE(world.conversation.is_over());
  world.pass(1s);
  EXPECT_EQ(world.heard(), "");
  EXPECT_TRUE(world.conversation.is_over());
}

TEST(Conversation, is_idle_after_an_empty_line_in_two_pieces) {
  World world({.header_timeout = 10s, .idle_timeout = 75s});
  world.say("\r");
  world.say("\n");
  world.pass(74s);
  EXPECT_FALSE(world.conversation.is_over());
  world.pass(1s);
  EXPECT_EQ(world.heard(), "");
  EXPECT_TRUE(world.conversation.is_over());
}

TEST(Conversation, does_not_hurry_the_handler) {
  World world;
  world.say(get("/"));
  world.pass(24h);
  EXPECT_FALSE(world.conversation.is_over());
}

TEST(Conversation, gives_up_a_client_that_takes_nothing) {
  World world({.write_timeout = 10s});
  world.say(get("/"));
  world.handler.answer(0, std::string(1000, 'x'));
  world.conversation.sent(0);
  world.pass(9s);
  world.conversation.sent(1);
  world.pass(9s);
  EXPECT_FALSE(world.conversation.is_over());
  world.pass(1s);
  EXPECT_TRUE(world.conversation.is_over());
  EXPECT_EQ(world.around.counters.timed_out.read(), 1U);
}

TEST(Conversation, answers_what_was_taken_before_a_drain_and_says_goodbye) {
  World world;
  world.say(get("/1") + get("/2"));
  world.conversation.drain();
  world.say(get("/3"));
  world.handler.answer(0, "one");
  world.handler.answer(1, "two");
  EXPECT_EQ(world.heard(), answer_of("one") + answer_of("two", "Connection: close\r\n"));
  EXPECT_TRUE(world.conversation.is_over());
  EXPECT_EQ(world.handler.requests.size(), 2U);
}

TEST(Conversation, reads_the_request_that_has_begun_to_its_end_in_a_drain) {
  World world;
  world.say("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na");
  world.conversation.drain();
  EXPECT_FALSE(world.conversation.is_over());
  world.say("bc" + get("/never"));
  ASSERT_EQ(world.handler.requests.size(), 1U);
  world.handler.answer(0, "last");
  EXPECT_EQ(world.heard(), answer_of("last", "Connection: close\r\n"));
  EXPECT_TRUE(world.conversation.is_over());
}

TEST(Conversation, ends_at_once_in_a_drain_when_it_is_between_two_requests) {
  World world;
  world.handler.answers_at_once = true;
  world.say(get("/"));
  world.heard();
  world.conversation.drain();
  world.pass(0ms);
  EXPECT_TRUE(world.conversation.is_over());
}

TEST(Conversation, takes_a_request_that_had_come_when_it_drains) {
  World world;
  world.handler.answers_at_once = true;
  world.say(get("/"));
  world.heard();
  world.conversation.drain();
  world.say(get("/had_come"));
  EXPECT_EQ(world.heard(), answer_of("ok", "Connection: close\r\n"));
  EXPECT_TRUE(world.conversation.is_over());
}

TEST(Conversation, waits_in_a_drain_for_its_first_request) {
  World world({.first_request_timeout = 1s});
  world.pass(9s);
  world.conversation.drain();
  world.pass(999ms);
  world.say(get("/first") + get("/never"));
  ASSERT_EQ(world.handler.requests.size(), 1U);
  world.pass(1h);
  world.handler.answer(0, "last");
  EXPECT_EQ(world.heard(), answer_of("last", "Connection: close\r\n"));
  EXPECT_TRUE(world.conversation.is_over());
}

TEST(Conversation, gives_a_first_request_that_has_begun_in_a_drain_the_time_of_any_head) {
  World world({.header_timeout = 10s, .first_request_timeout = 1s});
  world.conversation.drain();
  world.say("GET / HTTP/1.1\r\n");
  world.pass(9s);
  EXPECT_FALSE(world.conversation.is_over());
  world.pass(1s);
  EXPECT_TRUE(world.heard().starts_with("HTTP/1.1 408 "));
  EXPECT_TRUE(world.conversation.is_over());
}

TEST(Conversation, waits_in_a_drain_for_a_bounded_time) {
  for (const ServerOptions& options :
       {ServerOptions{.first_request_timeout = 1s},
        ServerOptions{.header_timeout = 1s, .first_request_timeout = 1h}}) {
    World world(options);
    world.conversation.drain();
    world.pass(500ms);
    world.say("\r\n");  // is no request
    world.conversation.drain();
    world.pass(499ms);
    EXPECT_FALSE(world.conversation.is_over());
    world.pass(1ms);
    EXPECT_EQ(world.heard(), "");
    EXPECT_TRUE(world.conversation.is_over());
  }
}

}  // namespace
}  // namespace steelyard::http::test
