#include "ocr/error_rate.hpp"

#include <gtest/gtest.h>

namespace ocr {
namespace {

TEST(ErrorRate, the_distance_counts_what_is_inserted_removed_and_replaced) {
  EXPECT_EQ(edit_distance(U"kitten", U"sitting"), 3U);
  EXPECT_EQ(edit_distance(U"sitting", U"kitten"), 3U);
  EXPECT_EQ(edit_distance(U"same", U"same"), 0U);
}

TEST(ErrorRate, the_distance_from_nothing_is_the_length) {
  EXPECT_EQ(edit_distance(U"", U"four"), 4U);
  EXPECT_EQ(edit_distance(U"four", U""), 4U);
  EXPECT_EQ(edit_distance(U"", U""), 0U);
}

TEST(ErrorRate, an_accent_is_one_character_not_its_bytes) {
  EXPECT_EQ(compare("größer", "grosser"), (ReadingErrors{3, 6}));
  EXPECT_EQ(compare("élève", "eleve"), (ReadingErrors{2, 5}));
}

TEST(ErrorRate, broken_lines_and_the_blanks_around_a_text_are_no_errors) {
  EXPECT_EQ(compare("one two three", "\n one\ntwo \t three\n\f"), (ReadingErrors{0, 13}));
}

TEST(ErrorRate, a_missing_blank_between_words_is_an_error) {
  EXPECT_EQ(compare("one two", "onetwo"), (ReadingErrors{1, 7}));
}

TEST(ErrorRate, the_rate_of_several_texts_weighs_them_by_length) {
  ReadingErrors errors = compare("abcdefgh", "abcdefgh");
  errors += compare("ab", "xy");
  EXPECT_DOUBLE_EQ(error_rate(errors), 0.2);
}

TEST(ErrorRate, an_empty_text_has_no_rate) {
  EXPECT_EQ(error_rate({}), 0);
}

}  // namespace
}  // namespace ocr
