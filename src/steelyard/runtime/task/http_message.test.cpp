#include "steelyard/runtime/task/http_message.hpp"

#include "steelyard/runtime/task/parts.hpp"

namespace steelyard {
namespace {

using testing::HasSubstr;
using testing::Pair;

std::string wrong(std::string_view head, std::string_view body = "") {
  const auto answer = read_http_answer(pack_parts({head, body}));
  return answer ? "right" : answer.error().context;
}

TEST(HttpMessage, request_comes_as_it_was_sent) {
  HttpRequest sent;
  sent.method = "POST";
  sent.path = "/is_prime/a%20b";
  sent.query = "n=7&n=8&x=%22";
  sent.parameters = {{"n", "7"}, {"n", "8"}, {"x", "\""}};
  sent.captures = {{"name", "a b"}};
  sent.headers = {{"x-user", "ann\t\\"}};
  sent.peer = "127.0.0.1:1";
  const std::string head = http_request_head(sent);
  EXPECT_EQ(head.find('\n'), std::string::npos);
  const auto read = read_http_request(pack_parts({head, std::string_view("\0\xff", 2)}));
  ASSERT_TRUE(read) << read.error().context;
  EXPECT_EQ(read->method, "POST");
  EXPECT_EQ(read->path, sent.path);
  EXPECT_EQ(read->query, sent.query);
  EXPECT_EQ(read->parameter("n"), "7");
  EXPECT_EQ(read->parameter("x"), "\"");
  EXPECT_EQ(read->parameter("y"), std::nullopt);
  EXPECT_EQ(read->capture("name"), "a b");
  EXPECT_EQ(read->header("X-User"), "ann\t\\");
  EXPECT_EQ(read->peer, "127.0.0.1:1");
  EXPECT_EQ(read->body, std::string("\0\xff", 2));
}

TEST(HttpMessage, request_has_a_question_mark_for_what_is_not_utf_8) {
  HttpRequest sent;
  sent.query = "a\xff";
  const auto read = read_http_request(pack_parts({http_request_head(sent), ""}));
  ASSERT_TRUE(read) << read.error().context;
  EXPECT_EQ(read->query, "a?");
}

TEST(HttpMessage, request_that_is_none_is_refused) {
  EXPECT_FALSE(read_http_request("plain"));
  EXPECT_FALSE(read_http_request(pack_parts({"{}", ""})));
  EXPECT_FALSE(read_http_request(pack_parts({"[]", ""})));
  EXPECT_FALSE(read_http_request(pack_parts({"{", ""})));
}

TEST(HttpMessage, result_is_a_body_with_status_200) {
  const auto answer = read_http_answer("7 is prime");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200u);
  EXPECT_EQ(answer->content_type, std::nullopt);
  EXPECT_EQ(answer->body, "7 is prime");
}

TEST(HttpMessage, answer_says_status_content_type_and_headers) {
  const std::string result =
      http_answer(404, "text/plain", "no", {{"Set-Cookie", "a=1"}, {"Set-Cookie", "b=2"}});
  const auto answer = read_http_answer(result);
  ASSERT_TRUE(answer) << answer.error().context;
  EXPECT_EQ(answer->status, 404u);
  EXPECT_EQ(answer->content_type, "text/plain");
  EXPECT_EQ(answer->body, "no");
  EXPECT_THAT(answer->headers,
              testing::ElementsAre(Pair("Set-Cookie", "a=1"), Pair("Set-Cookie", "b=2")));
}

TEST(HttpMessage, answer_that_would_break_the_connection_is_refused) {
  EXPECT_EQ(wrong("{}"), "right");
  EXPECT_THAT(wrong("nonsense"), HasSubstr("not JSON"));
  EXPECT_THAT(wrong("[]"), HasSubstr("not a JSON object"));
  EXPECT_THAT(wrong(R"({"stauts":200})"), HasSubstr("'stauts' is not status"));
  for (const char* status : {"199", "100", "600", "-1", "\"200\"", "2e2", "null"}) {
    EXPECT_THAT(wrong(R"({"status":)" + std::string(status) + "}"), HasSubstr("200 to 599"));
  }
  EXPECT_THAT(wrong(R"({"status":204})", "x"), HasSubstr("has no body"));
  EXPECT_THAT(wrong(R"({"content_type":"a\r\nb"})"), HasSubstr("control characters"));
  EXPECT_THAT(wrong(R"({"headers":{"a":"b\nc"}})"), HasSubstr("control characters"));
  EXPECT_THAT(wrong(R"({"headers":{"a":1}})"), HasSubstr("not a text"));
  EXPECT_THAT(wrong(R"({"headers":{"a b":"c"}})"), HasSubstr("cannot name a header"));
  EXPECT_THAT(wrong(R"({"headers":{"":"c"}})"), HasSubstr("cannot name a header"));
  for (const char* name : {"Content-Length", "TRANSFER-ENCODING", "connection", "Upgrade"}) {
    EXPECT_THAT(wrong(R"({"headers":{")" + std::string(name) + R"(":"1"}})"),
                HasSubstr("for the server to say"));
  }
  EXPECT_THAT(wrong(R"({"headers":{"a":[["b"]]}})"), HasSubstr("not"));
}

}  // namespace
}  // namespace steelyard
