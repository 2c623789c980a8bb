#include "steelyard/gateway/http/answer.hpp"

#include <gtest/gtest.h>

namespace steelyard::http {
namespace {

std::string written(const Response& response, const Framing& framing) {
  std::string out;
  append_answer(out, response, framing, "now");
  return out;
}

TEST(Answer, has_the_headers_of_the_server_and_of_the_handler) {
  EXPECT_EQ(written({.status = 201,
                     .content_type = "text/plain",
                     .body = "abc",
                     .headers = {{"Location", "/x"}}},
                    {}),
            "HTTP/1.1 201 Created\r\nDate: now\r\nContent-Type: text/plain\r\nLocation: /x\r\n"
            "Content-Length: 3\r\n\r\nabc");
}

TEST(Answer, to_head_is_the_same_without_the_body) {
  EXPECT_EQ(written({.body = "abc"}, {.head_only = true}),
            "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 3\r\n\r\n");
}

TEST(Answer, says_what_becomes_of_the_connection) {
  EXPECT_NE(written({}, {.close = true}).find("Connection: close\r\n"), std::string::npos);
  EXPECT_NE(written({}, {.minor_version = 0}).find("Connection: keep-alive\r\n"),
            std::string::npos);
  EXPECT_EQ(written({}, {}).find("Connection"), std::string::npos);
}

TEST(Answer, without_content_has_no_length) {
  EXPECT_EQ(written({.status = 204, .body = "abc"}, {}),
            "HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n");
}

TEST(Answer, leaves_out_headers_that_would_break_its_framing) {
  EXPECT_EQ(written({.headers = {{"content-length", "7"},
                                 {"Transfer-Encoding", "chunked"},
                                 {"Connection", "close"},
                                 {"Date", "then"},
                                 {"X", "a\r\nSet-Cookie: b"},
                                 {"Y: z\r\nQ", "a"},
                                 {"", "a"}}},
                    {}),
            "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 0\r\n\r\n");
}

TEST(Answer, with_a_status_that_is_none_is_500) {
  EXPECT_TRUE(written({.status = 100}, {}).starts_with("HTTP/1.1 500 Internal Server Error\r\n"));
  EXPECT_TRUE(written({.status = 1000}, {}).starts_with("HTTP/1.1 500 "));
  EXPECT_EQ(written({.status = 799}, {}).substr(0, 15), "HTTP/1.1 799 \r\n");
}

TEST(Answer, as_a_stream_is_chunked_or_bare) {
  std::string chunked = written({.body = "0123456789abcdef"}, {.stream = true});
  append_piece(chunked, "", {.stream = true});
  append_piece(chunked, "xy", {.stream = true});
  append_end_of_stream(chunked, {.stream = true});
  EXPECT_EQ(chunked,
            "HTTP/1.1 200 OK\r\nDate: now\r\nTransfer-Encoding: chunked\r\n\r\n"
            "10\r\n0123456789abcdef\r\n2\r\nxy\r\n0\r\n\r\n");
  const Framing old{.minor_version = 0, .stream = true, .close = true};
  std::string bare = written({.body = "a"}, old);
  append_piece(bare, "b", old);
  append_end_of_stream(bare, old);
  EXPECT_EQ(bare, "HTTP/1.1 200 OK\r\nDate: now\r\nConnection: close\r\n\r\nab");
}

TEST(HttpDate, is_the_one_of_the_rfc) {
  EXPECT_EQ(http_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
}

}  // namespace
}  // namespace steelyard::http
