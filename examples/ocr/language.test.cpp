#include "ocr/language.hpp"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ocr {
namespace {

using testing::HasSubstr;

TEST(Language, is_found_by_its_code_and_names_its_package) {
  const auto german = find_language("deu");
  ASSERT_TRUE(german);
  EXPECT_EQ(german->text_file, "tutor.de.utf-8");
  EXPECT_EQ(pack_name(*german), "tesseract-ocr-deu");
}

TEST(Language, that_is_unknown_is_refused_with_the_known_ones) {
  const auto refused = find_language("xyz");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, steelyard::ErrorCode::InvalidArgument);
  EXPECT_THAT(refused.error().context, HasSubstr("'xyz' (known: eng deu fra"));
}

TEST(Language, lists_and_file_names_are_no_languages) {
  for (const char* name : {"", "deu+fra", "../deu", "script/Latin", "~deu"}) {
    EXPECT_FALSE(find_language(name)) << name;
  }
}

TEST(Language, each_has_a_text_of_its_own) {
  std::set<std::string_view> files;
  for (const Language& language : known_languages()) files.insert(language.text_file);
  EXPECT_EQ(files.size(), known_languages().size());
}

}  // namespace
}  // namespace ocr
