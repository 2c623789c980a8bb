#include "ocr/utf8.hpp"

#include <gtest/gtest.h>

namespace ocr {
namespace {

TEST(Utf8, characters_of_every_length_are_decoded) {
  EXPECT_EQ(decode_utf8("aß€😀z"), U"aß€😀z");
}

TEST(Utf8, an_empty_text_has_no_characters) {
  EXPECT_EQ(decode_utf8(""), U"");
}

TEST(Utf8, a_stray_byte_is_replaced_and_the_rest_kept) {
  EXPECT_EQ(decode_utf8("a\xFF"
                        "b\x80"),
            U"a\uFFFDb\uFFFD");
}

TEST(Utf8, a_character_that_is_cut_off_is_replaced_byte_by_byte) {
  EXPECT_EQ(decode_utf8("\xE2\x82"), U"\uFFFD\uFFFD");
  EXPECT_EQ(decode_utf8("\xC3(ok"), U"\uFFFD(ok");
}

TEST(Utf8, a_spelling_longer_than_needed_and_half_a_surrogate_pair_are_no_characters) {
  EXPECT_EQ(decode_utf8("\xC0\xAF"), U"\uFFFD\uFFFD");
  EXPECT_EQ(decode_utf8("\xED\xA0\x80"), U"\uFFFD\uFFFD\uFFFD");
}

}  // namespace
}  // namespace ocr
