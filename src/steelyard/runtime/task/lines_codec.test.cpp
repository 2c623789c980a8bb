#include "steelyard/runtime/task/lines_codec.hpp"

#include <gtest/gtest.h>

#include "steelyard/runtime/task/line_buffer.hpp"

namespace steelyard {
namespace {

using namespace std::string_view_literals;

Work work_with(std::string_view payload) {
  return {.queue = "q",
          .payload = payload,
          .state = "m1",
          .user = "ada",
          .id = "7-1",
          .attempt = 2,
          .hop = 3};
}

LinesAnswer parsed(std::string_view line) {
  auto answer = parse_answer_line(line);
  EXPECT_TRUE(answer.has_value()) << line;
  return answer ? std::move(*answer) : LinesAnswer{};
}

std::string result_of(std::string_view line) {
  const LinesAnswer answer = parsed(line);
  const auto* done = std::get_if<LinesAnswer::Done>(&answer.what);
  EXPECT_NE(done, nullptr) << line;
  return done != nullptr ? done->result : "";
}

std::string why_refused(std::string_view line) {
  const auto answer = parse_answer_line(line);
  EXPECT_FALSE(answer.has_value()) << line;
  return answer ? "" : answer.error().context;
}

TEST(LinesCodec, a_job_is_one_line_of_json) {
  EXPECT_EQ(encode_job_line(work_with("a\n\"b\"\\\u20ac")),
            "{\"id\":\"7-1\",\"state\":\"m1\",\"payload\":\"a\\n\\\"b\\\"\\\\\u20ac\","
            "\"attempt\":2,\"hop\":3}\n");
}

TEST(LinesCodec, a_payload_that_is_not_utf8_comes_as_base64) {
  EXPECT_EQ(
      encode_job_line(work_with("\xff\xfe\xfd"sv)),
      "{\"id\":\"7-1\",\"state\":\"m1\",\"payload_base64\":\"//79\",\"attempt\":2,\"hop\":3}\n");
}

TEST(LinesCodec, a_result_is_text_base64_or_any_json) {
  EXPECT_EQ(result_of(R"({"id":"1","result":"a\nb\u20ac"})"), "a\nb\u20ac");
  EXPECT_EQ(result_of(R"({"id":"1","result_base64":"//79"})"), "\xff\xfe\xfd");
  EXPECT_EQ(result_of(R"({"id":"1","result":{"a":[1,true,null]}})"), R"({"a":[1,true,null]})");
  EXPECT_EQ(result_of(R"({"id":"1","result":3.5})"), "3.5");
  EXPECT_EQ(result_of(R"({"id":"1","result":"a","error":null})"), "a");
  EXPECT_EQ(result_of("  {\"id\":\"1\",\"result\":\"\",\"other\":1}\r"), "");
}

TEST(LinesCodec, an_error_may_ask_for_another_attempt) {
  const LinesAnswer plain = parsed(R"({"id":"1","error":"no","result":"ignored"})");
  EXPECT_EQ(std::get<LinesAnswer::Failed>(plain.what).text, "no");
  EXPECT_FALSE(std::get<LinesAnswer::Failed>(plain.what).retry);
  const LinesAnswer again = parsed(R"({"id":"1","error":"no","retry":true})");
  EXPECT_TRUE(std::get<LinesAnswer::Failed>(again.what).retry);
}

TEST(LinesCodec, progress_and_loads_leave_the_job_open) {
  const LinesAnswer progress = parsed(R"({"id":"1","progress":40})");
  EXPECT_TRUE(std::holds_alternative<LinesAnswer::Working>(progress.what));
  EXPECT_EQ(progress.progress_percent, 40);
  EXPECT_FALSE(progress.loaded_s.has_value());
  const LinesAnswer loaded = parsed(R"({"id":"1","loaded_s":4.5})");
  EXPECT_TRUE(std::holds_alternative<LinesAnswer::Working>(loaded.what));
  EXPECT_EQ(loaded.loaded_s, 4.5);
  EXPECT_EQ(loaded.progress_percent, std::nullopt);
  EXPECT_EQ(parsed(R"({"id":"1","loaded_s":4,"result":"r"})").loaded_s, 4.0);
}

TEST(LinesCodec, progress_is_a_number_from_0_to_100_and_may_come_with_anything) {
  EXPECT_EQ(parsed(R"({"id":"1","progress":0})").progress_percent, 0);
  EXPECT_EQ(parsed(R"({"id":"1","progress":99.9})").progress_percent, 99);
  EXPECT_EQ(parsed(R"({"id":"1","progress":100,"result":"r"})").progress_percent, 100);
  EXPECT_EQ(parsed(R"({"id":"1","progress":7,"partial":"p"})").progress_percent, 7);
  for (const std::string_view wrong : {"-1", "100.5", "101", "1e300", "\"40\"", "null", "true"}) {
    const std::string line = R"({"id":"1","progress":)" + std::string(wrong) + "}";
    EXPECT_EQ(why_refused(line),
              "an answer whose \"progress\" is not a number from 0 to 100: " + line);
  }
}

TEST(LinesCodec, a_partial_result_is_text_base64_or_any_json) {
  const auto partial_of = [](std::string_view line) {
    const LinesAnswer answer = parsed(line);
    const auto* partial = std::get_if<LinesAnswer::Partial>(&answer.what);
    return partial != nullptr ? partial->bytes : "none";
  };
  EXPECT_EQ(partial_of(R"({"id":"1","partial":"a\nb"})"), "a\nb");
  EXPECT_EQ(partial_of(R"({"id":"1","partial":[1,2]})"), "[1,2]");
  EXPECT_EQ(partial_of(R"({"id":"1","partial_base64":"//79"})"), "\xff\xfe\xfd");
  EXPECT_NE(why_refused(R"({"id":"7","partial_base64":"?"})").find("not base 64"),
            std::string::npos);
}

TEST(LinesCodec, a_job_is_cancelled_by_a_line_and_may_answer_that_it_has_stopped) {
  EXPECT_EQ(encode_cancel_line("7-1"), "{\"cancel\":\"7-1\"}\n");
  const LinesAnswer stopped = parsed(R"({"id":"1","stopped":true})");
  EXPECT_TRUE(std::holds_alternative<LinesAnswer::Stopped>(stopped.what));
  EXPECT_EQ(result_of(R"({"id":"1","stopped":true,"result":"in time"})"), "in time");
  EXPECT_NE(why_refused(R"({"id":"1","stopped":false})"), "");
}

TEST(LinesCodec, a_failed_load_and_the_size_of_a_state_come_beside_an_answer) {
  const LinesAnswer failed = parsed(R"({"id":"1","error":"no","load_failed":true})");
  EXPECT_TRUE(std::holds_alternative<LinesAnswer::Failed>(failed.what));
  EXPECT_TRUE(failed.load_failed);
  EXPECT_EQ(parsed(R"({"id":"1","loaded_s":4,"state_bytes":24000000000})").state_bytes,
            24'000'000'000u);
  EXPECT_NE(why_refused(R"({"id":"7","result":1,"state_bytes":-1})").find("state_bytes"),
            std::string::npos);
}

TEST(LinesCodec, states_are_let_go_of_and_loaded_by_lines_of_their_own) {
  EXPECT_EQ(encode_evict_line("m1"), "{\"evict\":\"m1\"}\n");
  EXPECT_EQ(encode_load_line("m1", "load-1"), "{\"load\":\"m1\",\"id\":\"load-1\"}\n");
}

TEST(LinesCodec, what_is_not_an_answer_is_refused_with_the_reason) {
  EXPECT_EQ(why_refused("loading\x1b model"),
            "a line that is not JSON (logs belong on standard error): loading? model");
  EXPECT_EQ(why_refused("[1]"), "a line that is not a JSON object: [1]");
  EXPECT_EQ(why_refused(R"({"result":"x"})"), R"(an answer without an "id": {"result":"x"})");
  EXPECT_EQ(why_refused(R"({"id":7})"), R"(an answer without an "id": {"id":7})");
  EXPECT_NE(why_refused(R"({"id":"7"})").find("neither \"result\" nor \"error\""),
            std::string::npos);
  EXPECT_NE(why_refused(R"({"id":"7","result_base64":"?"})").find("not base 64"),
            std::string::npos);
  EXPECT_NE(why_refused(R"({"id":"7","loaded_s":"x"})").find("loaded_s"), std::string::npos);
  EXPECT_NE(why_refused(R"({"id":"7","loaded_s":-1})").find("loaded_s"), std::string::npos);
  EXPECT_NE(why_refused(""), "");
  EXPECT_NE(why_refused("{\"id\":\"7\",\"result\":\"\xff\"}"), "");
}

TEST(LinesCodec, a_refusal_shows_only_the_beginning_of_a_long_line) {
  const std::string why = why_refused(std::string(5000, 'x'));
  EXPECT_TRUE(why.ends_with("xxx ..."));
  EXPECT_LT(why.size(), 300u);
}

TEST(LineBuffer, lines_are_cut_wherever_the_pieces_end) {
  LineBuffer lines;
  EXPECT_EQ(lines.next(), std::nullopt);
  lines.append("ab");
  EXPECT_EQ(lines.next(), std::nullopt);
  EXPECT_EQ(lines.pending_bytes(), 2u);
  lines.append("c\n\nde\nf");
  EXPECT_EQ(lines.next(), "abc");
  EXPECT_EQ(lines.next(), "");
  EXPECT_EQ(lines.next(), "de");
  EXPECT_EQ(lines.next(), std::nullopt);
  EXPECT_EQ(lines.pending_bytes(), 1u);
  lines.append("\n");
  EXPECT_EQ(lines.next(), "f");
  EXPECT_EQ(lines.next(), std::nullopt);
  EXPECT_EQ(lines.pending_bytes(), 0u);
}

}  // namespace
}  // namespace steelyard
