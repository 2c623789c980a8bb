#include "steelyard/gateway/http/conversation.hpp"

#include <gtest/gtest.h>

#include "steelyard/gateway/http/conversation_world.test.hpp"

namespace steelyard::http::test {
namespace {

using namespace std::chrono_literals;

TEST(Conversation, hands_over_what_came_in_single_bytes) {
  World world;
  for (const char byte : std::string("POST /a?b=c HTTP/1.1\r\nHost: x\r\nX-Y: z\r\n"
                                     "Content-Length: 3\r\n\r\nabc")) {
    world.say({&byte, 1});
  }
  ASSERT_EQ(world.handler.requests.size(), 1U);
  const Request& request = world.handler.requests.front();
  EXPECT_EQ(request.method(), "POST");
  EXPECT_EQ(request.path(), "/a");
  EXPECT_EQ(request.query(), "b=c");
  EXPECT_EQ(request.header("x-y"), "z");
  EXPECT_EQ(request.body(), "abc");
  EXPECT_EQ(request.peer(), "127.0.0.1:5");
}

TEST(Conversation, answers_in_the_order_of_the_requests) {
  World world;
  world.say(get("/1") + get("/2") + get("/3"));
  ASSERT_EQ(world.handler.requests.size(), 3U);
  world.handler.answer(2, "three");
  world.handler.answer(1, "two");
  EXPECT_EQ(world.heard(), "");
  world.handler.answer(0, "one");
  EXPECT_EQ(world.heard(), answer_of("one") + answer_of("two") + answer_of("three"));
  EXPECT_FALSE(world.conversation.is_over());
}

TEST(Conversation, keeps_an_answer_whose_exchange_is_let_go_before_its_turn) {
  World world;
  world.say(get("/1") + get("/2"));
  world.handler.answer(1, "two");
  world.handler.exchanges[1].reset();
  world.handler.answer(0, "one");
  EXPECT_EQ(world.heard(), answer_of("one") + answer_of("two"));
}

TEST(Conversation, answers_500_for_an_exchange_that_is_given_up) {
  World world;
  world.say(get("/"));
  world.handler.exchanges.clear();
  EXPECT_TRUE(world.heard().starts_with("HTTP/1.1 500 "));
  EXPECT_FALSE(world.conversation.is_over());
}

TEST(Conversation, reads_no_further_than_the_answers_it_may_owe) {
  World world({.max_pipelined_requests = 2});
  world.say(get("/1") + get("/2") + get("/3") + get("/4"));
  EXPECT_EQ(world.handler.requests.size(), 2U);
  world.handler.answer(0, "one");
  world.heard();
  EXPECT_EQ(world.handler.requests.size(), 3U);
  world.handler.answer(1, "two");
  world.handler.answer(2, "three");
  world.heard();
  EXPECT_EQ(world.handler.requests.size(), 4U);
}

std::string post(std::string_view body) {
  return "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string(body);
}

TEST(Conversation, holds_bounded_bodies_in_all) {
  World world({.max_body_bytes = 10});
  for (int i = 0; i < 5; ++i) world.say(post("123456"));
  EXPECT_EQ(world.handler.requests.size(), 2U);
  world.pass(1h);  // the client is not to blame
  world.handler.answer(0, "one");
  world.heard();
  EXPECT_EQ(world.handler.requests.size(), 3U);
}

TEST(Conversation, takes_another_body_when_a_later_request_is_answered) {
  World world({.max_body_bytes = 10});
  world.say(post("1") + post("1234567890") + post("3"));
  EXPECT_EQ(world.handler.requests.size(), 2U);
  world.handler.answer(1, "two");
  EXPECT_EQ(world.heard(), "");
  EXPECT_EQ(world.handler.requests.size(), 3U);
  world.handler.answer(2, "three");
  world.handler.answer(0, "one");
  EXPECT_EQ(world.heard(), answer_of("one") + answer_of("two") + answer_of("three"));
}

TEST(Conversation, takes_a_bounded_amount_ahead) {
  World world({.max_pipelined_requests = 1});
  world.say(get("/1"));
  EXPECT_TRUE(world.conversation.wants_input());
  while (world.conversation.wants_input()) world.say(get("/more"));
  EXPECT_EQ(world.handler.requests.size(), 1U);
}

TEST(Conversation, reads_nothing_for_a_client_that_does_not_take_its_answers) {
  World world;
  world.handler.answers_at_once = true;
  world.say(get("/1"));
  std::string unread(Conversation::kMaxUnsentBytes, 'x');
  world.handler.answers_at_once = false;
  world.say(get("/2"));
  world.handler.answer(1, unread);
  world.say(get("/3"));
  EXPECT_EQ(world.handler.requests.size(), 2U);
  world.heard();
  EXPECT_EQ(world.handler.requests.size(), 3U);
}

TEST(Conversation, reads_a_chunked_body_without_its_trailers) {
  World world;
  world.say("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  world.say("3;ext=1\r\nab");
  world.say("c\r\n2\r\nde\r\n0\r\nHost: evil\r\nX: y\r\n\r\n");
  ASSERT_EQ(world.handler.requests.size(), 1U);
  EXPECT_EQ(world.handler.requests[0].body(), "abcde");
  EXPECT_EQ(world.handler.requests[0].header("host"), "x");
  EXPECT_EQ(world.handler.requests[0].header("x"), std::nullopt);
}

TEST(Conversation, refuses_wrong_chunks) {
  for (const char* body :
       {"x\r\n", "3\r\nabcX", "-1\r\n", "3\nabc", "\r\n\r\n", "fffffffffffffffff\r\n"}) {
    World world;
    world.say("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    world.say(std::string(body) + "\r\n\r\n\r\n");
    EXPECT_TRUE(world.heard().starts_with("HTTP/1.1 400 ")) << body;
    EXPECT_TRUE(world.conversation.is_over());
  }
}

TEST(Conversation, refuses_chunk_heads_without_end) {
  World world;
  world.say("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 20'000 && !world.conversation.is_over(); ++i) {
    world.say("0");
    world.heard();
  }
  EXPECT_TRUE(world.conversation.is_over());
}

TEST(Conversation, refuses_a_body_over_the_limit_before_it_comes) {
  World world({.max_body_bytes = 10});
  world.say("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_TRUE(world.heard().starts_with("HTTP/1.1 413 "));
  World chunked({.max_body_bytes = 10});
  chunked.say("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n");
  EXPECT_EQ(chunked.heard(), "");
  chunked.say("6\r\n");
  EXPECT_TRUE(chunked.heard().starts_with("HTTP/1.1 413 "));
}

TEST(Conversation, refuses_a_head_over_the_limit) {
  World world({.max_header_bytes = 100});
  world.say("GET / HTTP/1.1\r\nX: " + std::string(100, 'x'));
  EXPECT_TRUE(world.heard().starts_with("HTTP/1.1 431 "));
  EXPECT_EQ(world.around.counters.malformed.read(), 1U);
}

TEST(Conversation, answers_the_good_request_before_it_refuses_what_follows) {
  World world;
  world.say(get("/") + "\x01\x02");
  EXPECT_EQ(world.heard(), "");
  world.handler.answer(0, "good");
  const std::string heard = world.heard();
  EXPECT_TRUE(heard.starts_with(answer_of("good") + "HTTP/1.1 400 Bad Request\r\n")) << heard;
  EXPECT_NE(heard.find("Content-Type: application/problem+json\r\n"), std::string::npos);
  EXPECT_NE(heard.find("Connection: close\r\n"), std::string::npos);
  EXPECT_TRUE(world.conversation.is_over());
  EXPECT_TRUE(world.conversation.should_linger());
}

TEST(Conversation, lets_the_client_continue_when_its_turn_has_come) {
  World world;
  world.say(get("/1") +
            "POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(world.heard(), "");
  world.handler.answer(0, "one");
  EXPECT_EQ(world.heard(), answer_of("one") + "HTTP/1.1 100 Continue\r\n\r\n");
  world.say("b");
  world.handler.answer(1, "two");
  EXPECT_EQ(world.heard(), answer_of("two"));
}

TEST(Conversation, does_not_ask_for_a_body_that_is_there) {
  World world;
  world.say("POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\nb");
  EXPECT_EQ(world.heard(), "");
  EXPECT_EQ(world.handler.requests.size(), 1U);
}

TEST(Conversation, ends_after_the_answer_to_a_request_that_wants_it) {
  World world;
  world.say(get("/", "Connection: close\r\n") + get("/never"));
  world.handler.answer(0, "last");
  EXPECT_EQ(world.heard(), answer_of("last", "Connection: close\r\n"));
  EXPECT_TRUE(world.conversation.is_over());
  EXPECT_EQ(world.handler.requests.size(), 1U);
}

TEST(Conversation, answers_options_of_the_whole_server) {
  World world;
  world.say("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(world.heard().starts_with("HTTP/1.1 204 "));
  EXPECT_TRUE(world.handler.requests.empty());
}

TEST(Conversation, does_not_take_the_body_of_an_unread_request_for_the_next_one) {
  const std::string hidden = get("/hidden");
  for (const std::string& framing :
       {"Content-Length: " + std::to_string(hidden.size()) + "\r\n\r\n" + hidden,
        std::string("Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden)}) {
    World world;
    world.say("OPTIONS * HTTP/1.1\r\nHost: x\r\n" + framing);
    EXPECT_TRUE(world.heard().starts_with("HTTP/1.1 400 "));
    EXPECT_TRUE(world.handler.requests.empty());
    EXPECT_TRUE(world.conversation.is_over());
  }
}

TEST(Conversation, gives_an_absolute_target_as_a_path) {
  World world;
  world.say("GET http://a.b?c HTTP/1.2\r\nHost: x\r\n\r\n");
  ASSERT_EQ(world.handler.requests.size(), 1U);
  EXPECT_EQ(world.handler.requests[0].path(), "/");
  EXPECT_EQ(world.handler.requests[0].query(), "c");
  EXPECT_EQ(world.handler.requests[0].header("Host"), "a.b");
}

TEST(Conversation, streams_and_tells_when_the_client_has_taken_it) {
  World world;
  world.say(get("/"));
  Exchange& exchange = *world.handler.exchanges[0];
  exchange.begin_stream({.content_type = "text/event-stream"});
  exchange.send("hello");
  EXPECT_GT(exchange.unsent_bytes(), 5U);
  int drained = 0;
  exchange.when_unsent_at_most(0, [&] { ++drained; });
  EXPECT_EQ(drained, 0);
  EXPECT_TRUE(world.heard().ends_with("\r\n\r\n5\r\nhello\r\n"));
  EXPECT_EQ(drained, 1);
  EXPECT_EQ(exchange.unsent_bytes(), 0U);
  exchange.end();
  EXPECT_EQ(world.heard(), "0\r\n\r\n");
  EXPECT_FALSE(world.conversation.is_over());
}

TEST(Conversation, streams_to_an_old_client_until_the_end_of_the_connection) {
  World world;
  world.say("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  world.handler.exchanges[0]->begin_stream({});
  world.handler.exchanges[0]->send("hello");
  world.handler.exchanges[0]->end();
  EXPECT_TRUE(world.heard().ends_with("Connection: close\r\n\r\nhello"));
  EXPECT_TRUE(world.conversation.is_over());
}

TEST(Conversation, breaks_off_a_stream_that_is_given_up) {
  World world;
  world.say(get("/1") + get("/2"));
  bool second_is_gone = false;
  world.handler.exchanges[1]->when_gone([&] { second_is_gone = true; });
  world.handler.exchanges[0]->begin_stream({});
  world.handler.exchanges[0]->send("hello");
  world.handler.exchanges.pop_front();
  EXPECT_TRUE(world.heard().ends_with("5\r\nhello\r\n"));
  EXPECT_TRUE(world.conversation.is_over());
  EXPECT_TRUE(second_is_gone);
}

TEST(Conversation, tells_that_a_client_has_gone) {
  World world;
  world.say(get("/1") + get("/2"));
  world.handler.answer(0, "one");
  int gone = 0;
  world.handler.exchanges[0]->when_gone([&] { gone += 10; });
  world.handler.exchanges[1]->when_gone([&] { ++gone; });
  world.conversation.end_of_input();
  EXPECT_EQ(gone, 1);
  EXPECT_EQ(world.around.counters.gone.read(), 1U);
  EXPECT_EQ(world.around.counters.unanswered.read(), 0U);
  world.handler.exchanges[1]->when_gone([&] { ++gone; });
  EXPECT_EQ(gone, 2);
  world.handler.answer(1, "to nobody");
  EXPECT_TRUE(world.conversation.is_over());
}

TEST(Conversation, sends_what_is_answered_to_a_client_that_ends_its_half) {
  World world;
  world.handler.answers_at_once = true;
  world.say(get("/"));
  world.conversation.end_of_input();
  EXPECT_FALSE(world.conversation.is_over());
  EXPECT_EQ(world.heard(), answer_of("ok"));
  EXPECT_TRUE(world.conversation.is_over());
}

TEST(Conversation, lets_go_of_calls_that_hold_their_exchange) {
  for (const bool is_answered : {false, true}) {
    World world;
    world.say(get("/"));
    std::shared_ptr<Exchange> exchange = std::move(world.handler.exchanges[0]);
    const std::weak_ptr<Exchange> watched = exchange;
    exchange->begin_stream({});
    exchange->when_unsent_at_most(0, [exchange] {});
    exchange->when_gone([exchange] {});
    if (is_answered) exchange->end();
    exchange.reset();
    if (!is_answered) world.conversation.abandon();
    EXPECT_TRUE(watched.expired());
  }
}

TEST(Conversation, is_outlived_by_its_exchanges) {
  KeepingHandler kept;
  {
    World world;
    world.say(get("/"));
    std::swap(kept.exchanges, world.handler.exchanges);
  }
  kept.answer(0, "to nobody");
}

TEST(Conversation, tells_the_access_log_about_each_answer) {
  std::vector<AccessRecord> records;
  World world({.access = [&](const AccessRecord& record) { records.push_back(record); }});
  world.say("POST /a?b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" + get("/gone"));
  world.now += 5ms;
  world.handler.answer(0, "four");
  world.conversation.abandon();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].method, "POST");
  EXPECT_EQ(records[0].target, "/a?b");
  EXPECT_EQ(records[0].peer, "127.0.0.1:5");
  EXPECT_EQ(records[0].status, 200U);
  EXPECT_EQ(records[0].request_bytes, 3U);
  EXPECT_EQ(records[0].response_bytes, 4U);
  EXPECT_EQ(records[0].took, 5ms);
  EXPECT_FALSE(records[0].client_gone);
  EXPECT_EQ(records[1].target, "/gone");
  EXPECT_TRUE(records[1].client_gone);
}

TEST(Conversation, tells_the_access_log_how_long_what_it_refused_took) {
  std::vector<AccessRecord> records;
  const auto keep = [&](const AccessRecord& record) { records.push_back(record); };
  World fresh({.access = keep});
  fresh.pass(3s);
  fresh.say("\x01");
  World used({.access = keep});
  used.handler.answers_at_once = true;
  used.say(get("/"));
  used.pass(3s);
  used.say("\x01");
  World refused({.access = keep});
  refused.conversation.refuse_connection();
  ASSERT_EQ(records.size(), 4U);
  for (const AccessRecord& record : records) EXPECT_EQ(record.took, 0s);
}

}  // namespace
}  // namespace steelyard::http::test
