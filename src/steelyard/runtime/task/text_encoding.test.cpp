#include "steelyard/runtime/task/text_encoding.hpp"

#include <gtest/gtest.h>

namespace steelyard {
namespace {

using namespace std::string_view_literals;

TEST(TextEncoding, well_formed_utf8_of_every_length_is_recognised) {
  EXPECT_TRUE(is_valid_utf8(""));
  EXPECT_TRUE(is_valid_utf8("a\0\x7f\n"sv));
  EXPECT_TRUE(is_valid_utf8("\u00e4\u20ac\U0001f600\U0010ffff\ud7ff\ue000"));
}

TEST(TextEncoding, malformed_utf8_is_recognised) {
  for (const std::string_view bytes :
       {"\x80"sv, "\xff"sv, "\xc3"sv, "\xc0\xaf"sv, "\xe0\x80\x80"sv, "\xed\xa0\x80"sv,
        "\xf4\x90\x80\x80"sv, "\xf0\x9f\x98"sv, "\xe2\x82z"sv, "ab\xc3z"sv}) {
    EXPECT_FALSE(is_valid_utf8(bytes)) << base64_encode(bytes);
  }
}

TEST(TextEncoding, printable_replaces_controls_and_broken_characters) {
  EXPECT_EQ(printable("a\x1b[31m\n\t\u20ac\x80z\x7f\0"sv), "a?[31m\n\t\u20ac?z??");
  EXPECT_EQ(printable("\xc2\x9b\xc2\xa0\xc2"sv), "?\u00a0?");
}

TEST(TextEncoding, base64_has_the_values_of_the_rfc) {
  EXPECT_EQ(base64_encode(""), "");
  EXPECT_EQ(base64_encode("f"), "Zg==");
  EXPECT_EQ(base64_encode("fo"), "Zm8=");
  EXPECT_EQ(base64_encode("foo"), "Zm9v");
  EXPECT_EQ(base64_encode("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64_encode("\xff\xfe\xfd"sv), "//79");
}

TEST(TextEncoding, base64_of_all_bytes_comes_back) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    bytes.push_back(static_cast<char>(i));
    EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes) << i;
  }
}

TEST(TextEncoding, what_is_not_base64_is_refused) {
  for (const std::string_view text : {"Zg"sv, "Zg="sv, "Z==="sv, "Zm9\n"sv, "Zm 9"sv, "=Zm9"sv,
                                      "Zg==Zg=="sv, "===="sv, "Zm9-"sv}) {
    EXPECT_EQ(base64_decode(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace steelyard
