#include <gtest/gtest.h>

#include "steelyard/base/random.hpp"
#include "steelyard/wire/columns.hpp"
#include "steelyard/wire/envelope.hpp"
#include "steelyard/wire/parts.hpp"

namespace steelyard::wire {
namespace {

std::string bytes_of(std::initializer_list<int> values) {
  std::string bytes;
  for (const int value : values) bytes.push_back(static_cast<char>(value));
  return bytes;
}

TEST(Envelope, has_the_documented_bytes) {
  Leave message;
  message.set_at_once(true);
  EXPECT_EQ(encode(message, "xy"), bytes_of({'S', 'Y', 1, 7, 2, 0, 0, 0, 0x08, 0x01, 'x', 'y'}));
}

TEST(Envelope, gives_back_what_was_sealed) {
  Hello hello;
  hello.set_key(42);
  hello.set_name("me");
  const std::string bytes = encode(hello, "block");
  const auto envelope = open(bytes);
  ASSERT_TRUE(envelope);
  EXPECT_EQ(envelope->kind, Kind::Hello);
  EXPECT_EQ(envelope->block, "block");
  Hello copy;
  ASSERT_TRUE(read(*envelope, copy));
  EXPECT_EQ(copy.key(), 42u);
  EXPECT_EQ(copy.name(), "me");
}

TEST(Envelope, refuses_another_protocol) {
  const auto envelope = open("GET / HTTP/1.1\r\n\r\n");
  ASSERT_FALSE(envelope);
  EXPECT_EQ(envelope.error().code, ErrorCode::Malformed);
}

TEST(Envelope, refuses_another_version_naming_both) {
  const auto envelope = open(bytes_of({'S', 'Y', 9, 1, 0, 0, 0, 0}));
  ASSERT_FALSE(envelope);
  EXPECT_EQ(envelope.error().code, ErrorCode::VersionMismatch);
  EXPECT_EQ(envelope.error().context,
            "protocol version 1 is spoken here, the message has version 9");
}

TEST(Envelope, refuses_every_truncation) {
  Hello hello;
  hello.set_key(42);
  hello.set_name("somebody");
  const std::string whole = encode(hello);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(open(std::string_view(whole).substr(0, length))) << length;
  }
}

TEST(Envelope, a_header_that_is_no_message_is_malformed) {
  const std::string bytes = bytes_of({'S', 'Y', 1, 1, 2, 0, 0, 0, 0xff, 0xff});
  const auto envelope = open(bytes);
  ASSERT_TRUE(envelope);
  Hello hello;
  EXPECT_EQ(read(*envelope, hello).error().code, ErrorCode::Malformed);
}

TEST(Columns, an_equal_length_is_said_once) {
  Lengths lengths;
  LengthsWriter writer(lengths);
  for (int i = 0; i < 3; ++i) writer.add(2);
  EXPECT_EQ(lengths.each_size(), 0);
  std::string_view block = "aabbccrest";
  const auto column = Column::take(lengths, block);
  ASSERT_TRUE(column);
  EXPECT_EQ((*column)[0], "aa");
  EXPECT_EQ((*column)[2], "cc");
  EXPECT_EQ(block, "rest");
}

TEST(Columns, round_trip_for_random_lengths) {
  base::Random random(5);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> payloads;
    for (std::uint64_t i = random.below(20); i > 0; --i) {
      payloads.emplace_back(random.below(5), static_cast<char>('a' + random.below(26)));
    }
    Lengths lengths;
    std::string bytes;
    for (const std::string& payload : payloads) {
      LengthsWriter(lengths).add(payload.size());
      bytes += payload;
    }
    std::string_view block = bytes;
    const auto column = Column::take(lengths, block);
    ASSERT_TRUE(column);
    ASSERT_EQ(column->count(), payloads.size());
    ASSERT_TRUE(block.empty());
    for (std::uint32_t i = 0; i < column->count(); ++i) ASSERT_EQ((*column)[i], payloads[i]);
  }
}

TEST(Columns, lengths_beyond_the_block_are_malformed) {
  Lengths lengths;
  LengthsWriter(lengths).add(4);
  std::string_view block = "abc";
  EXPECT_EQ(Column::take(lengths, block).error().code, ErrorCode::Malformed);
  lengths.set_count(0xffff'ffff);  // would overflow 32 bits
  EXPECT_EQ(Column::take(lengths, block).error().code, ErrorCode::Malformed);
}

TEST(Columns, a_huge_number_of_empty_payloads_is_refused) {
  Lengths lengths;
  lengths.set_count(kMaxRunJobs + 1);
  std::string_view block;
  EXPECT_EQ(Column::take(lengths, block).error().code, ErrorCode::Malformed);
}

TEST(Columns, a_count_that_contradicts_the_lengths_is_malformed) {
  Lengths lengths;
  lengths.set_count(3);
  lengths.add_each(1);
  std::string_view block = "abc";
  EXPECT_EQ(Column::take(lengths, block).error().code, ErrorCode::Malformed);
}

TEST(Parts, round_trip) {
  const std::string packed = pack_parts({"one", "", "three"});
  const auto parts = unpack_parts(packed);
  ASSERT_TRUE(parts);
  EXPECT_EQ(*parts, (std::vector<std::string_view>{"one", "", "three"}));
}

TEST(Parts, answers_keep_each_result_and_error) {
  const std::vector<Result<std::string>> answers{
      std::string("fine"), failure(ErrorCode::WorkFailed, "broken"), std::string()};
  const auto unpacked = unpack_answers(pack_answers(answers));
  ASSERT_TRUE(unpacked);
  EXPECT_EQ(*unpacked, answers);
}

TEST(Parts, ordinary_payloads_are_no_unit) {
  EXPECT_FALSE(unpack_parts("hello"));
  EXPECT_FALSE(unpack_answers(pack_parts({"a"})));
}

}  // namespace
}  // namespace steelyard::wire
