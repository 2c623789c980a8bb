#include "fleet/real/http_reply.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fleet {
namespace {

using testing::HasSubstr;

std::string reason(std::string_view bytes) {
  const auto reply = parse_http_reply(bytes);
  return reply.has_value() ? "well formed" : reply.error().context;
}

TEST(HttpReply, has_a_status_and_a_body) {
  const auto reply = parse_http_reply("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nyes");
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->status, 200);
  EXPECT_EQ(reply->body, "yes");
}

TEST(HttpReply, without_a_length_ends_with_the_connection) {
  const auto reply = parse_http_reply("HTTP/1.0 404 Not Found\r\nServer: x\r\n\r\nno");
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->status, 404);
  EXPECT_EQ(reply->body, "no");
}

TEST(HttpReply, needs_no_reason_behind_the_status) {
  const auto reply = parse_http_reply("HTTP/1.1 204\r\n\r\n");
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->status, 204);
}

TEST(HttpReply, malformed_ones_are_refused) {
  EXPECT_THAT(reason(""), HasSubstr("no complete head"));
  EXPECT_THAT(reason("HTTP/1.1 200 OK\r\n"), HasSubstr("no complete head"));
  EXPECT_THAT(reason("SSH-2.0-server\r\n\r\n"), HasSubstr("HTTP status"));
  EXPECT_THAT(reason("HTTP/1.1 2x0 OK\r\n\r\n"), HasSubstr("HTTP status"));
  EXPECT_THAT(reason("HTTP/2 200 OK\r\n\r\n"), HasSubstr("HTTP status"));
  EXPECT_THAT(reason("HTTP/1.1 2000 OK\r\n\r\n"), HasSubstr("HTTP status"));
}

TEST(HttpReply, a_body_that_was_cut_off_is_refused) {
  EXPECT_THAT(reason("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nyes"), HasSubstr("3 bytes"));
  EXPECT_THAT(reason("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nyes"), HasSubstr("'x'"));
  EXPECT_THAT(reason("HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nyes"), HasSubstr("''"));
}

}  // namespace
}  // namespace fleet
