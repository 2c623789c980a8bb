#include "ocr/prose.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ocr {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Prose, of_a_paragraph_spans_its_lines) {
  EXPECT_THAT(
      prose_words("  1. Bewege den Cursor\n     umher, bis Du Dich (ganz) sicher fühlst.\n"),
      ElementsAre("1.", "Bewege", "den", "Cursor", "umher,", "bis", "Du", "Dich", "(ganz)",
                  "sicher", "fühlst."));
}

TEST(Prose, paragraphs_with_key_names_or_lines_to_practise_on_are_left_out) {
  EXPECT_THAT(prose_words("Now press <ESC> to make sure that you are there.\n\n"
                          "---> There is some text missing from this line here.\n\n"
                          "~~~~~~~~~~ ~~~~~~~~ one two three four five six seven\n"),
              IsEmpty());
}

TEST(Prose, headlines_are_too_short) {
  EXPECT_THAT(prose_words("Lesson one: moving the cursor\n\nseven words are not enough for this\n"),
              IsEmpty());
}

TEST(Prose, a_blank_line_parts_what_is_plain_from_what_is_not) {
  EXPECT_THAT(prose_words("a b c d e f g h\n \t\nNOT THIS = ONE BECAUSE OF THE SIGN"),
              ElementsAre("a", "b", "c", "d", "e", "f", "g", "h"));
}

TEST(Prose, accented_letters_are_plain_and_signs_among_them_are_not) {
  EXPECT_EQ(prose_words("¿Qué? à É ß ñ ø Ż ž").size(), 8U);
  EXPECT_THAT(prose_words("one two three four × five six seven"), IsEmpty());
  EXPECT_THAT(prose_words("one two three four \xFF five six seven"), IsEmpty());
}

TEST(Prose, is_cut_into_passages_of_so_many_words) {
  const auto passages = cut_passages({"a", "b", "c", "d", "e"}, {.count = 2, .words = 2});
  ASSERT_TRUE(passages);
  EXPECT_THAT(*passages, ElementsAre("a b", "c d"));
}

TEST(Prose, that_is_too_short_for_the_passages_is_refused_with_the_numbers) {
  const auto passages = cut_passages({"a", "b", "c"}, {.count = 2, .words = 2});
  ASSERT_FALSE(passages);
  EXPECT_THAT(passages.error().context, HasSubstr("need 4 words, the text has 3"));
}

TEST(Prose, lines_are_as_long_as_the_columns_allow) {
  EXPECT_THAT(break_lines(U"an old man and sea", 6),
              ElementsAre(U"an old", U"man", U"and", U"sea"));
  EXPECT_THAT(break_lines(U"an old man and sea", 7), ElementsAre(U"an old", U"man and", U"sea"));
}

TEST(Prose, a_word_longer_than_a_line_has_its_own) {
  EXPECT_THAT(break_lines(U"a longest b", 4), ElementsAre(U"a", U"longest", U"b"));
  EXPECT_THAT(break_lines(U"", 4), IsEmpty());
}

}  // namespace
}  // namespace ocr
