// The server over real sockets, with the bytes as they go over the wire.
#include "steelyard/gateway/http/server.hpp"

#include <algorithm>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "steelyard/gateway/http/running_server.test.hpp"

namespace steelyard::http::test {
namespace {

using namespace std::chrono_literals;

std::string get(std::string_view path, std::string_view headers = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n" + std::string(headers) + "\r\n";
}

TEST(HttpServer, serves_many_requests_of_a_connection) {
  Running running;
  Client client = running.client();
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(client.send(get("/" + std::to_string(i))));
    ASSERT_TRUE(client.read_response().ends_with("\r\n\r\n/" + std::to_string(i)));
  }
  EXPECT_EQ(running.server->stats().requests, 100U);
  EXPECT_EQ(running.server->stats().answers[1], 100U);  // 2xx
  EXPECT_EQ(running.server->stats().connections, 1U);
  EXPECT_EQ(running.server->stats().open_connections, 1U);
}

TEST(HttpServer, answers_in_order_what_is_ready_out_of_order) {
  Running running;
  Client client = running.client();
  client.send(get("/hold?a") + get("/hold?b") + get("/now"));
  ASSERT_TRUE(running.wait_held(2));
  running.answer("b");
  running.answer("a");
  EXPECT_TRUE(client.read_response().ends_with("\r\n\r\na"));
  EXPECT_TRUE(client.read_response().ends_with("\r\n\r\nb"));
  EXPECT_TRUE(client.read_response().ends_with("\r\n\r\n/now"));
}

TEST(HttpServer, answers_more_pipelined_requests_than_it_may_owe) {
  Running running({.max_pipelined_requests = 2});
  Client client = running.client();
  std::string requests = get("/hold?a");
  for (int i = 0; i < 500; ++i) requests += get("/" + std::to_string(i));
  client.send(requests);
  running.answer("a");
  EXPECT_TRUE(client.read_response().ends_with("\r\n\r\na"));
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(client.read_response().ends_with("\r\n\r\n/" + std::to_string(i)));
  }
}

TEST(HttpServer, speaks_http_1_0) {
  Running running;
  Client once = running.client();
  once.send("GET /a HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(once.read_to_end().ends_with("Connection: close\r\n\r\n/a"));
  EXPECT_FALSE(once.was_reset);
  Client kept = running.client();
  for (int i = 0; i < 3; ++i) {
    kept.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_NE(kept.read_response().find("Connection: keep-alive\r\n"), std::string::npos);
  }
}

TEST(HttpServer, answers_head_and_continue_and_large_bodies) {
  Running running;
  Client client = running.client();
  client.send("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(client.read_to("\r\n\r\n").ends_with("Content-Length: 2\r\n\r\n"));
  const std::string body(5'000'000, 'b');
  client.send(
      "POST /p HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5000000\r\n\r\n");
  EXPECT_EQ(client.read_to("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  std::jthread sender([&] { client.send(body); });
  EXPECT_TRUE(client.read_response().ends_with("\r\n\r\n/p" + body));
}

struct BadRequest {
  std::string name;
  std::string bytes;
  unsigned status;
};

class BadInput : public testing::TestWithParam<BadRequest> {};

TEST_P(BadInput, is_refused_with_a_problem_document_and_the_end) {
  Running running({.max_header_bytes = 1000, .max_body_bytes = 1000});
  Client client = running.client();
  client.send(GetParam().bytes);
  const std::string heard = client.read_to_end();
  EXPECT_TRUE(heard.starts_with("HTTP/1.1 " + std::to_string(GetParam().status) + " ")) << heard;
  EXPECT_NE(heard.find("Content-Type: application/problem+json\r\n"), std::string::npos) << heard;
  EXPECT_NE(heard.find("Connection: close\r\n"), std::string::npos) << heard;
  EXPECT_NE(heard.find("\"status\":" + std::to_string(GetParam().status)), std::string::npos);
  EXPECT_FALSE(client.was_reset);
  client.close();
  EXPECT_TRUE(running.wait_stats([](const ServerStats& s) { return s.open_connections == 0; }));
  EXPECT_EQ(running.server->stats().malformed, 1U);
  EXPECT_EQ(running.server->stats().answers[GetParam().status / 100 - 1], 1U);
  EXPECT_EQ(running.server->stats().requests, 0U);
}

std::string post(const std::string& headers, const std::string& body) {
  return "POST / HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n" + body;
}

const std::string kChunked = "Transfer-Encoding: chunked\r\n";

INSTANTIATE_TEST_SUITE_P(
    Http, BadInput,
    testing::Values(
        BadRequest{"request_line", "GET /\r\n\r\n", 400},
        BadRequest{"method", "G(T / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        BadRequest{"target", "GET x HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        BadRequest{"tls_hello", std::string("\x16\x03\x01\x02\x00\x01", 6), 400},
        BadRequest{"line_feed_alone", "GET / HTTP/1.1\nHost: x\n\n", 400},
        BadRequest{"version_2", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505},
        BadRequest{"version_3", "PRI * HTTP/3.0\r\n\r\n", 505},
        BadRequest{"connect", "CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n", 501},
        BadRequest{"header_too_large", get("/", "X: " + std::string(1000, 'x') + "\r\n"), 431},
        BadRequest{"header_without_end", "GET / HTTP/1.1\r\nX: " + std::string(5000, 'x'), 431},
        BadRequest{"target_too_large", get("/" + std::string(1000, 'x')), 431},
        BadRequest{"body_too_large", post("Content-Length: 1001\r\n", ""), 413},
        BadRequest{"body_too_large_and_sent",
                   post("Content-Length: 300000\r\n", std::string(300'000, 'x')), 413},
        BadRequest{"chunks_too_large",
                   post(kChunked, "3e8\r\n" + std::string(1000, 'x') + "\r\n1\r\n"), 413},
        BadRequest{"chunk_size", post(kChunked, "xyz\r\n\r\n"), 400},
        BadRequest{"chunk_end", post(kChunked, "1\r\nabcdefg\r\n\r\n"), 400},
        BadRequest{"chunk_size_overflow", post(kChunked, "10000000000000000\r\n\r\n"), 400},
        BadRequest{"both_lengths", post(kChunked + "Content-Length: 3\r\n", "0\r\n\r\n"), 400},
        BadRequest{"two_lengths", post("Content-Length: 3\r\nContent-Length: 4\r\n", "abc"), 400},
        BadRequest{"length_list", post("Content-Length: 3, 4\r\n", "abc"), 400},
        BadRequest{"length_negative", post("Content-Length: -3\r\n", "abc"), 400},
        BadRequest{"encoding", post("Transfer-Encoding: gzip\r\n", ""), 501},
        BadRequest{"encoding_list", post("Transfer-Encoding: chunked, gzip\r\n", ""), 501},
        BadRequest{"no_host", "GET / HTTP/1.1\r\n\r\n", 400},
        BadRequest{"two_hosts", get("/", "Host: y\r\n"), 400},
        BadRequest{"fold", get("/", "A: b\r\n c\r\n"), 400},
        BadRequest{"space_before_colon", get("/", "Content-Length : 3\r\n"), 400},
        BadRequest{"bare_return", get("/", "A: b\rc\r\n"), 400},
        BadRequest{"nul", get("/", std::string("A: b\0c\r\n", 8)), 400},
        BadRequest{"control", get("/", "A: b\x01\r\n"), 400},
        BadRequest{"nul_in_target", get(std::string("/a\0b", 4)), 400},
        BadRequest{"expectation", get("/", "Expect: more\r\n"), 417}),
    [](const auto& tested) { return tested.param.name; });

TEST(HttpServer, answers_the_good_request_before_the_garbage) {
  Running running;
  Client client = running.client();
  client.send(get("/good") + "garbage\r\n\r\n");
  EXPECT_TRUE(client.read_response().ends_with("/good"));
  EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 400 "));
}

TEST(HttpServer, gives_up_a_head_and_a_body_that_do_not_come) {
  Running running({.header_timeout = 30ms, .body_timeout = 30ms});
  Client head = running.client();
  head.send("GET / HT");
  EXPECT_TRUE(head.read_to_end().starts_with("HTTP/1.1 408 "));
  Client body = running.client();
  body.send(post("Content-Length: 2\r\n", "a"));
  EXPECT_TRUE(body.read_to_end().starts_with("HTTP/1.1 408 "));
  EXPECT_EQ(running.server->stats().timed_out, 2U);
}

TEST(HttpServer, closes_an_idle_connection_without_a_word) {
  Running running({.idle_timeout = 30ms});
  Client fresh = running.client();
  Client used = running.client();
  used.send(get("/"));
  used.read_response();
  EXPECT_EQ(used.read_to_end(), "");
  EXPECT_EQ(fresh.read_to_end(), "");
  EXPECT_FALSE(used.was_reset || fresh.was_reset);
  EXPECT_FALSE(used.has_waited_too_long || fresh.has_waited_too_long);
}

TEST(HttpServer, gives_up_a_client_that_does_not_take_its_answer) {
  Running running({.write_timeout = 30ms});
  Client client = running.client(4096);
  client.send(get("/flood"));
  EXPECT_TRUE(running.wait_stats([](const ServerStats& s) { return s.timed_out == 1; }));
  EXPECT_TRUE(running.wait_stats([](const ServerStats& s) { return s.open_connections == 0; }));
  EXPECT_EQ(running.server->stats().gone, 1U);
}

TEST(HttpServer, streams_no_faster_than_the_client_takes) {
  Running running;
  Client client = running.client(4096);
  client.send(get("/flood") + get("/after"));
  std::size_t bytes = 0;
  client.read_to("\r\n\r\n");
  for (;;) {
    const std::string size = client.read_to("\r\n");
    const std::size_t chunk = std::stoul(size, nullptr, 16);
    client.read(chunk + 2);
    bytes += chunk;
    if (chunk == 0) break;
  }
  EXPECT_EQ(bytes, 64U * 64 * 1024);
  EXPECT_TRUE(client.read_response().ends_with("/after"));
  EXPECT_GT(running.board.drained, 0);
}

TEST(HttpServer, sees_a_client_go_while_its_request_is_worked_on) {
  Running running;
  for (const bool by_reset : {false, true}) {
    Client client = running.client();
    client.send(get("/hold"));
    ASSERT_TRUE(running.wait_held(by_reset ? 2 : 1));
    by_reset ? client.reset() : client.close();
    ASSERT_TRUE(running.board.wait([&](Board& b) { return b.gone == (by_reset ? 2 : 1); }));
  }
  EXPECT_TRUE(running.wait_stats([](const ServerStats& s) { return s.open_connections == 0; }));
  EXPECT_EQ(running.server->stats().gone, 2U);
  EXPECT_EQ(running.server->stats().unanswered, 0U);
}

TEST(HttpServer, takes_a_client_that_ends_its_half_as_gone) {
  Running running;
  Client client = running.client();
  client.send(get("/hold"));
  client.end_output();
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_TRUE(running.board.wait([](Board& b) { return b.gone == 1; }));
}

TEST(HttpServer, refuses_connections_over_the_limit) {
  Running running({.max_connections = 2});
  Client first = running.client();
  Client second = running.client();
  first.send(get("/1"));
  first.read_response();
  second.send(get("/2"));
  second.read_response();
  for (int i = 0; i < 5; ++i) {
    Client third = running.client();
    third.send(get("/3"));
    const std::string heard = third.read_to_end();
    EXPECT_TRUE(heard.starts_with("HTTP/1.1 503 ")) << heard;
    EXPECT_NE(heard.find("Retry-After: 1\r\n"), std::string::npos);
    EXPECT_FALSE(third.was_reset);
  }
  EXPECT_EQ(running.server->stats().refused, 5U);
  first.close();
  EXPECT_TRUE(running.wait_stats([](const ServerStats& s) { return s.open_connections == 1; }));
  Client again = running.client();
  again.send(get("/4"));
  EXPECT_TRUE(again.read_response().ends_with("/4"));
}

TEST(HttpServer, hands_connections_to_its_threads_in_turn) {
  Running running({.threads = 3});
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(std::make_unique<Client>(running.server->address()));
    clients.back()->send(get("/"));
    clients.back()->read_response();
  }
  running.board.change([](Board& b) {
    std::sort(b.threads.begin(), b.threads.end());
    EXPECT_EQ(std::unique(b.threads.begin(), b.threads.end()) - b.threads.begin(), 3);
  });
}

TEST(HttpServer, drains) {
  Running running({.threads = 2});
  Client idle = running.client();
  idle.send(get("/"));
  idle.read_response();
  Client busy = running.client();
  busy.send(get("/hold?a"));
  ASSERT_TRUE(running.wait_held(1));
  running.server->drain();
  EXPECT_EQ(idle.read_to_end(), "");
  running.answer("a");
  EXPECT_TRUE(busy.read_to_end().ends_with("Connection: close\r\n\r\na"));
  EXPECT_TRUE(running.board.wait([&](Board&) { return running.has_returned; }));
  EXPECT_EQ(running.board.destroyed, 2);
  EXPECT_FALSE(running.board.destroyed_elsewhere);
}

TEST(HttpServer, answers_those_who_had_connected_when_it_drains) {
  for (const std::uint32_t threads : {1U, 2U}) {
    Running running({.threads = threads, .first_request_timeout = 10s});
    Client first = running.client();
    Client second = running.client();
    Client idle = running.client();
    idle.send(get("/"));
    idle.read_response();
    running.server->drain();
    EXPECT_EQ(idle.read_to_end(), "");  // it has begun
    for (Client* client : {&first, &second}) {
      EXPECT_TRUE(client->send(get("/late")));
      EXPECT_TRUE(client->read_to_end().ends_with("Connection: close\r\n\r\n/late"));
      EXPECT_FALSE(client->was_reset);
    }
    EXPECT_TRUE(running.board.wait([&](Board&) { return running.has_returned; }));
  }
}

TEST(HttpServer, does_not_wait_for_long_in_a_drain_for_those_who_ask_nothing) {
  Running running({.first_request_timeout = 30ms});
  Client silent = running.client();
  running.server->drain();
  EXPECT_EQ(silent.read_to_end(), "");
  EXPECT_FALSE(silent.was_reset || silent.has_waited_too_long);
  EXPECT_TRUE(running.board.wait([&](Board&) { return running.has_returned; }));
}

TEST(HttpServer, answers_what_had_come_when_it_drains) {
  Running running({.threads = 2});
  Client other = running.client();  // of the thread that drains first
  other.send(get("/"));
  other.read_response();
  Client client = running.client();
  client.send(get("/block"));
  ASSERT_TRUE(running.board.wait([](Board& b) { return b.blocked == 1; }));
  client.send(get("/behind"));
  running.server->drain();
  EXPECT_EQ(other.read_to_end(), "");  // the other thread has been told as well
  running.board.change([](Board& b) { b.may_go_on = true; });
  EXPECT_TRUE(client.read_response().ends_with("\r\n\r\n/block"));
  EXPECT_TRUE(client.read_to_end().ends_with("Connection: close\r\n\r\n/behind"));
}

TEST(HttpServer, stops_at_once) {
  Running running({.threads = 2});
  Client busy = running.client();
  busy.send(get("/hold?a"));
  ASSERT_TRUE(running.wait_held(1));
  running.server->stop();
  EXPECT_EQ(busy.read_to_end(), "");
  EXPECT_TRUE(running.board.wait([&](Board&) { return running.has_returned; }));
  running.board.change([](Board& b) {
    EXPECT_EQ(b.gone, 1);
    EXPECT_EQ(b.destroyed, 2);
    b.held.clear();
  });
}

TEST(HttpServer, goes_on_after_it_had_no_descriptors) {
  Running running;
  Client first = running.client();
  first.send(get("/"));
  first.read_response();
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  std::vector<int> taken;
  rlimit tight = before;
  tight.rlim_cur = 64;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
  for (int fd = 0; (fd = ::dup(1)) >= 0;) taken.push_back(fd);
  ::close(taken.back());  // for the client's end, as nobody else connects; the server's finds none
  taken.pop_back();
  Client second = running.client();
  second.send(get("/second"));
  for (const int fd : taken) ::close(fd);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_TRUE(second.read_response().ends_with("/second"));
}

TEST(HttpServer, says_why_it_cannot_listen) {
  const auto make = [](auto&) { return std::unique_ptr<Handler>(); };
  for (const char* address : {"", "x", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", "::1:80",
                              "host:80", "127.0.0.1:80x", "[127.0.0.1]:80"}) {
    const auto server = Server::open({.listen = address}, make);
    ASSERT_FALSE(server) << address;
    EXPECT_EQ(server.error().code, ErrorCode::InvalidArgument) << address;
  }
  Running running;
  const auto taken = Server::open({.listen = running.server->address()}, make);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::SystemError);
}

}  // namespace
}  // namespace steelyard::http::test
