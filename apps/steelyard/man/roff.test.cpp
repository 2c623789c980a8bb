#include "man/roff.hpp"

#include <gtest/gtest.h>

namespace steelyard::cli {
namespace {

/// What follows the title of a page.
std::string written(const Roff& page) {
  return page.text().substr(page.text().find('\n') + 1);
}

TEST(Roff, a_page_begins_with_its_title) {
  EXPECT_EQ(Roff("STEELYARD", "steelyard 0.1.0").text(),
            ".TH STEELYARD 1 \"\" \"steelyard 0.1.0\" \"User Commands\"\n");
}

TEST(Roff, what_is_typed_can_be_copied_from_the_page) {
  Roff page("X", "");
  page.lines({R"(worker --exec 'a\b' `c` ^~ "d")"});
  EXPECT_EQ(written(page),
            ".PP\n.EX\n"
            "worker \\-\\-exec \\(aqa\\eb\\(aq \\(gac\\(ga \\(ha\\(ti \\(dqd\\(dq\n"
            ".EE\n");
}

TEST(Roff, no_text_is_a_request) {
  Roff page("X", "");
  page.paragraph(".so /etc/passwd");
  page.lines({"'br", ".br"});
  EXPECT_EQ(written(page),
            ".PP\n\\&.so /etc/passwd\n"
            ".PP\n.EX\n\\(aqbr\n\\&.br\n.EE\n");
}

TEST(Roff, other_letters_are_told_by_number) {
  Roff page("X", "");
  page.paragraph("b\xc3\xbcro \xe2\x80\xa6 \xf0\x9f\x9a\x80");
  EXPECT_EQ(written(page), ".PP\nb\\[u00FC]ro \\[u2026] \\[u1F680]\n");
}

TEST(Roff, terms_stand_in_bold_above_their_meaning) {
  Roff page("X", "");
  page.section("OPTIONS");
  page.entry("--json", "print JSON");
  EXPECT_EQ(written(page), ".SH \"OPTIONS\"\n.TP\n\\fB\\-\\-json\\fR\nprint JSON\n");
}

}  // namespace
}  // namespace steelyard::cli
