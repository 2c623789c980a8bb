#include "steelyard/gateway/http/head_check.hpp"

#include <gtest/gtest.h>

namespace steelyard::http {
namespace {

unsigned status_of(std::string_view head) {
  const auto facts = check_head(head);
  return facts ? 200 : facts.error().status;
}

unsigned status_with(const std::string& header_lines) {
  return status_of("GET / HTTP/1.1\r\nHost: x\r\n" + header_lines + "\r\n");
}

TEST(CheckHead, reads_what_decides_the_framing) {
  const auto facts = check_head(
      "POST /a?b HTTP/1.1\r\nHost: x:80\r\ncontent-length:  12 \r\nExpect: 100-Continue\r\n\r\n");
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->method, "POST");
  EXPECT_EQ(facts->path, "/a?b");
  EXPECT_EQ(facts->content_length, 12U);
  EXPECT_TRUE(facts->expects_continue);
  EXPECT_TRUE(facts->keep_alive);
}

TEST(CheckHead, knows_how_long_a_connection_is_kept) {
  const auto keeps = [](std::string_view version, std::string_view connection) {
    const auto facts = check_head("GET / HTTP/" + std::string(version) + "\r\nHost: x\r\n" +
                                  std::string(connection) + "\r\n");
    return facts.value().keep_alive;
  };
  EXPECT_TRUE(keeps("1.1", ""));
  EXPECT_FALSE(keeps("1.1", "Connection: Close\r\n"));
  EXPECT_FALSE(keeps("1.1", "Connection: te, close\r\n"));
  EXPECT_FALSE(keeps("1.0", ""));
  EXPECT_TRUE(keeps("1.0", "Connection: Keep-Alive\r\n"));
}

TEST(CheckHead, reduces_an_absolute_target) {
  const auto facts = check_head("GET HTTP://a.b:80/c?d HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->path, "/c?d");
  EXPECT_EQ(facts->authority, "a.b:80");
  EXPECT_EQ(check_head("GET http://a HTTP/1.1\r\nHost: x\r\n\r\n").value().path, "");
}

TEST(CheckHead, refuses_a_request_line_that_is_none) {
  for (const char* line :
       {"GET /", "GET", "GET  / HTTP/1.1", "GET / HTTP/1.1 ", "GET / HTTP/1", "GET / http/1.1",
        "G@T / HTTP/1.1", "GET x HTTP/1.1", "GET /a b HTTP/1.1", "GET /\x01 HTTP/1.1",
        "GET /\x80 HTTP/1.1", "GET * HTTP/1.1", "GET http:///x HTTP/1.1", " GET / HTTP/1.1"}) {
    EXPECT_EQ(status_of(std::string(line) + "\r\nHost: x\r\n\r\n"), 400U) << line;
  }
}

TEST(CheckHead, refuses_other_versions_with_505) {
  EXPECT_EQ(status_of("GET / HTTP/2.0\r\nHost: x\r\n\r\n"), 505U);
  EXPECT_EQ(status_of("GET / HTTP/0.9\r\nHost: x\r\n\r\n"), 505U);
  EXPECT_EQ(status_of("GET / HTTP/1.2\r\nHost: x\r\n\r\n"), 200U);
}

TEST(CheckHead, refuses_to_be_a_proxy) {
  EXPECT_EQ(status_of("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"), 501U);
}

TEST(CheckHead, refuses_header_lines_that_can_be_read_in_two_ways) {
  for (const char* line : {"a : b", " folded", "\tfolded", "no colon", ": b", "a\x01: b", "a: \x01",
                           "a: b\rc", "a: \x7f", "Host: y", "Host: x"}) {
    EXPECT_EQ(status_with(std::string(line) + "\r\n"), 400U) << line;
  }
  EXPECT_EQ(status_with(std::string("a: \0b\r\n", 7)), 400U);
  EXPECT_EQ(status_with("a: \tb \xC3\xA4\r\nb:\r\n"), 200U);
}

TEST(CheckHead, refuses_doubtful_lengths) {
  for (const char* line : {"Content-Length: 1\r\nContent-Length: 2", "Content-Length: 1, 1",
                           "Content-Length: +1", "Content-Length: -1", "Content-Length: 0x1",
                           "Content-Length:", "Content-Length: 1\r\nTransfer-Encoding: chunked",
                           "Transfer-Encoding: chunked\r\nContent-Length: 1",
                           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"}) {
    EXPECT_EQ(status_with(std::string(line) + "\r\n"), 400U) << line;
  }
  EXPECT_EQ(status_with("Content-Length: 99999999999999999999\r\n"), 413U);
  EXPECT_EQ(status_with("Transfer-Encoding: gzip, chunked\r\n"), 501U);
  EXPECT_EQ(status_with("Transfer-Encoding: xchunked\r\n"), 501U);
  EXPECT_EQ(status_of("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400U);
}

TEST(CheckHead, needs_a_host_in_http_1_1_only) {
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\n\r\n"), 400U);
  EXPECT_EQ(status_of("GET / HTTP/1.0\r\n\r\n"), 200U);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), 400U);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost:\r\n\r\n"), 200U);
}

TEST(CheckHead, takes_a_limited_number_of_headers) {
  std::string lines;
  for (std::size_t i = 1; i < kMaxHeaders; ++i) lines += "a: b\r\n";  // and the Host
  EXPECT_EQ(status_with(lines), 200U);
  EXPECT_EQ(status_with(lines + "a: b\r\n"), 431U);
}

TEST(CheckHead, refuses_expectations_it_cannot_meet) {
  EXPECT_EQ(status_with("Expect: wonders\r\n"), 417U);
}

TEST(HeadScanner, finds_the_end_in_pieces) {
  const std::string head = "GET / HTTP/1.1\r\nHost: x\r\n\r\nrest";
  HeadScanner scanner;
  for (std::size_t bytes = 1; bytes < head.size() - 4; ++bytes) {
    EXPECT_EQ(scanner.scan(head.substr(0, bytes)).value(), std::nullopt) << bytes;
  }
  EXPECT_EQ(scanner.scan(head).value(), head.size() - 4);
}

TEST(HeadScanner, refuses_a_line_feed_alone_at_once) {
  EXPECT_EQ(HeadScanner().scan("GET / HTTP/1.1\n").error().status, 400U);
  EXPECT_EQ(HeadScanner().scan("GET / HTTP/1.1\r\n\n").error().status, 400U);
}

}  // namespace
}  // namespace steelyard::http
