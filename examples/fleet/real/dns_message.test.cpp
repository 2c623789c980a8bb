#include "fleet/real/dns_message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fleet {
namespace {

using steelyard::ErrorCode;
using testing::HasSubstr;

const DnsQuestion kQuestion{0x1234, "Device-7.example"};
constexpr std::uint32_t kAddress = 0xc0000207;

std::string good_reply() {
  return encode_reply(kQuestion, DnsStatus::NoError, kAddress);
}

std::string reason(std::string_view bytes) {
  const auto address = parse_reply(bytes, kQuestion);
  return address.has_value() ? *address : address.error().context;
}

TEST(DnsMessage, a_question_looks_as_rfc_1035_says) {
  const auto bytes = encode_question({0x1234, "a.example"});
  ASSERT_TRUE(bytes.has_value());
  EXPECT_EQ(*bytes, std::string("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
                                "\x01"
                                "a\x07"
                                "example\x00\x00\x01\x00\x01",
                                27));
}

TEST(DnsMessage, a_server_reads_the_question_that_was_asked) {
  EXPECT_EQ(parse_question(encode_question(kQuestion).value()), kQuestion);
}

TEST(DnsMessage, names_that_dns_cannot_hold_are_refused) {
  for (const std::string& name : {std::string(), std::string("."), std::string("a..b"),
                                  std::string("a."), std::string(64, 'a'), std::string(254, 'a')}) {
    EXPECT_FALSE(encode_question({1, name}).has_value()) << name;
  }
}

TEST(DnsMessage, the_address_is_read_from_the_reply) {
  EXPECT_EQ(parse_reply(good_reply(), kQuestion), "192.0.2.7");
}

TEST(DnsMessage, the_case_of_a_name_does_not_matter) {
  EXPECT_EQ(parse_reply(good_reply(), {0x1234, "device-7.EXAMPLE"}), "192.0.2.7");
}

TEST(DnsMessage, other_records_before_the_address_are_skipped) {
  std::string reply = good_reply();
  const std::string alias("\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x03\x01z\x00", 15);
  reply.insert(reply.size() - 16, alias);
  reply[7] = 2;
  EXPECT_EQ(parse_reply(reply, kQuestion), "192.0.2.7");
}

TEST(DnsMessage, a_name_that_does_not_exist_is_an_error_of_the_work) {
  const auto bytes = encode_reply(kQuestion, DnsStatus::NoSuchName, std::nullopt);
  const auto address = parse_reply(bytes, kQuestion);
  ASSERT_FALSE(address.has_value());
  EXPECT_EQ(address.error().code, ErrorCode::WorkFailed);
  EXPECT_THAT(address.error().context, HasSubstr("no such name"));
}

TEST(DnsMessage, a_reply_without_an_address_is_an_error) {
  EXPECT_THAT(reason(encode_reply(kQuestion, DnsStatus::NoError, std::nullopt)),
              HasSubstr("no IPv4 address"));
}

TEST(DnsMessage, a_reply_to_another_question_is_refused) {
  EXPECT_THAT(reason(encode_reply({0x1235, kQuestion.name}, DnsStatus::NoError, kAddress)),
              HasSubstr("another question"));
  EXPECT_THAT(reason(encode_reply({0x1234, "other.example"}, DnsStatus::NoError, kAddress)),
              HasSubstr("another question"));
  EXPECT_THAT(reason(encode_question(kQuestion).value()), HasSubstr("another question"));
}

TEST(DnsMessage, every_truncation_is_refused) {
  const std::string reply = good_reply();
  const std::string question = encode_question(kQuestion).value();
  for (std::size_t size = 0; size < reply.size(); ++size) {
    EXPECT_FALSE(parse_reply(std::string_view(reply).substr(0, size), kQuestion).has_value());
  }
  for (std::size_t size = 0; size < question.size(); ++size) {
    EXPECT_FALSE(parse_question(std::string_view(question).substr(0, size)).has_value());
  }
}

TEST(DnsMessage, no_byte_can_be_changed_into_something_that_breaks_the_reader) {
  const std::string reply = good_reply();
  for (std::size_t i = 0; i < reply.size(); ++i) {
    for (int value = 0; value < 256; ++value) {
      std::string changed = reply;
      changed[i] = static_cast<char>(value);
      static_cast<void>(parse_reply(changed, kQuestion));
      static_cast<void>(parse_question(changed));
    }
  }
}

}  // namespace
}  // namespace fleet
