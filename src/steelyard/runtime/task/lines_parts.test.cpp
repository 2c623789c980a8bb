#include <gtest/gtest.h>

#include "steelyard/runtime/task/lines_codec.hpp"
#include "steelyard/runtime/task/parts.hpp"

/// Forwards and payloads of several parts, as lines.
namespace steelyard {
namespace {

using namespace std::string_view_literals;

std::string line_for(std::string_view payload) {
  return encode_job_line(
      {.queue = "q", .payload = payload, .state = {}, .user = {}, .id = "7-1", .attempt = 1});
}

std::string result_of(std::string_view line) {
  auto answer = parse_answer_line(line);
  EXPECT_TRUE(answer.has_value()) << line;
  const auto* done = answer ? std::get_if<LinesAnswer::Done>(&answer->what) : nullptr;
  return done != nullptr ? done->result : "none";
}

/// Of the forward in an answer.
Forward forward_in(std::string_view object) {
  auto answer = parse_answer_line(R"({"id":"1","forward":)" + std::string(object) + "}");
  EXPECT_TRUE(answer.has_value()) << object;
  const auto* forward = answer ? std::get_if<Forward>(&answer->what) : nullptr;
  EXPECT_NE(forward, nullptr) << object;
  return forward != nullptr ? *forward : Forward{};
}

std::string why_refused(std::string_view members) {
  const auto answer = parse_answer_line(R"({"id":"1",)" + std::string(members) + "}");
  EXPECT_FALSE(answer.has_value()) << members;
  if (answer) return {};
  return answer.error().context.substr(0, answer.error().context.find(": {"));
}

TEST(LinesParts, of_a_job_are_strings_or_base64) {
  EXPECT_EQ(line_for(pack_parts({"head", "", "\xff\xfe\xfd"})),
            R"({"id":"7-1","state":"","parts":["head","",{"base64":"//79"}],"attempt":1,"hop":0})"
            "\n");
  EXPECT_EQ(line_for(pack_parts({})), R"({"id":"7-1","state":"","parts":[],"attempt":1,"hop":0})"
                                      "\n");
}

TEST(LinesParts, that_are_none_come_as_bytes) {
  EXPECT_EQ(line_for("\x89SYP\r\n\x1a\n"sv),
            R"({"id":"7-1","state":"","payload_base64":"iVNZUA0KGgo=","attempt":1,"hop":0})"
            "\n");
}

TEST(LinesParts, of_a_result_are_strings_base64_or_any_json) {
  EXPECT_EQ(result_of(R"({"id":"1","parts":["a",{"base64":"//79"},{"status":404},3]})"),
            pack_parts({"a", "\xff\xfe\xfd", R"({"status":404})", "3"}));
  EXPECT_EQ(result_of(R"({"id":"1","parts":[]})"), pack_parts({}));
  EXPECT_EQ(result_of(R"({"id":"1","parts":[{"base64":"//79","a":1}]})"),
            pack_parts({R"({"base64":"//79","a":1})"}));
}

TEST(LinesParts, that_are_wrong_are_named) {
  EXPECT_EQ(why_refused(R"("parts":"a")"), "an answer whose \"parts\" is not an array");
  EXPECT_EQ(why_refused(R"("parts":[{"base64":"?"}])"),
            "an answer whose \"parts\" have a \"base64\" that is none");
  EXPECT_EQ(why_refused(R"("parts":[{"base64":7}])"),
            "an answer whose \"parts\" have a \"base64\" that is none");
  std::string many = "0";
  for (std::size_t i = 0; i < kMaxParts; ++i) many += ",0";
  EXPECT_EQ(why_refused("\"parts\":[" + many + "]"),
            "an answer whose \"parts\" are more than 1024");
}

TEST(LinesForward, has_a_queue_a_payload_and_perhaps_a_state) {
  const Forward whole = forward_in(R"({"queue":"next","payload":"p","state":"m1"})");
  EXPECT_EQ(whole.queue, "next");
  EXPECT_EQ(whole.payload, "p");
  EXPECT_EQ(whole.state, "m1");
  EXPECT_EQ(forward_in(R"({"queue":"q","payload":{"n":1}})").payload, R"({"n":1})");
  EXPECT_EQ(forward_in(R"({"queue":"q","payload_base64":"//79"})").payload, "\xff\xfe\xfd");
  EXPECT_EQ(forward_in(R"({"queue":"q","parts":["a","b"],"state":null})").payload,
            pack_parts({"a", "b"}));
}

TEST(LinesForward, that_is_wrong_is_named) {
  EXPECT_EQ(why_refused(R"("forward":"q")"), "an answer whose \"forward\" is not an object");
  EXPECT_EQ(why_refused(R"("forward":{"payload":"p"})"),
            "an answer whose \"forward\" has no \"queue\"");
  EXPECT_EQ(why_refused(R"("forward":{"queue":7,"payload":"p"})"),
            "an answer whose \"forward\" has no \"queue\"");
  EXPECT_EQ(why_refused(R"("forward":{"queue":"q"})"),
            "an answer whose \"forward\" has no \"payload\"");
  EXPECT_EQ(why_refused(R"("forward":{"queue":"q","payload":"p","state":7})"),
            "an answer whose \"forward\" has a \"state\" that is not a string");
  EXPECT_EQ(why_refused(R"("forward":{"queue":"q","payload_base64":"?"})"),
            "an answer whose \"payload_base64\" is not base 64");
}

TEST(LinesForward, is_ignored_beside_a_result_or_an_error) {
  EXPECT_EQ(result_of(R"({"id":"1","result":"r","forward":{"queue":"q","payload":""}})"), "r");
}

}  // namespace
}  // namespace steelyard
