#include <gtest/gtest.h>

#include "steelyard/base/assert.hpp"
#include "steelyard/base/interner.hpp"
#include "steelyard/base/names.hpp"
#include "steelyard/base/nearest.hpp"
#include "steelyard/base/result.hpp"

namespace steelyard::base {
namespace {

TEST(Names, accept_the_documented_alphabet_only) {
  EXPECT_TRUE(is_valid_name("models/en-GB:v1.2@host_3"));
  EXPECT_FALSE(is_valid_name(""));
  EXPECT_FALSE(is_valid_name("-dash-first"));
  EXPECT_FALSE(is_valid_name("with space"));
  EXPECT_FALSE(is_valid_name("<b>"));
  EXPECT_FALSE(is_valid_name(std::string_view("nul\0", 4)));
}

TEST(Names, are_limited_to_200_bytes) {
  EXPECT_TRUE(is_valid_name(std::string(200, 'a')));
  EXPECT_FALSE(is_valid_name(std::string(201, 'a')));
}

TEST(Interner, gives_one_number_per_name) {
  Interner<QueueId> interner(10);
  const QueueId a = interner.intern("a");
  EXPECT_EQ(interner.intern("a"), a);
  EXPECT_NE(interner.intern("b"), a);
  EXPECT_EQ(interner.name(a), "a");
  EXPECT_FALSE(interner.find("c").valid());
}

TEST(Interner, answers_none_when_full_and_still_knows_the_old_names) {
  Interner<QueueId> interner(1);
  const QueueId a = interner.intern("a");
  EXPECT_FALSE(interner.intern("b").valid());
  EXPECT_EQ(interner.intern("a"), a);
}

TEST(Nearest, suggests_a_close_word_and_nothing_far) {
  const std::vector<std::string> words{"oldest", "round-robin", "least-loaded"};
  EXPECT_EQ(nearest("oldst", words), "oldest");
  EXPECT_EQ(nearest("leastloaded", words), "least-loaded");
  EXPECT_EQ(nearest("xyz", words), "");
}

TEST(ErrorCode, names_are_stable_both_ways) {
  for (int code = 0; code <= static_cast<int>(ErrorCode::SystemError); ++code) {
    const auto value = static_cast<ErrorCode>(code);
    EXPECT_NE(to_string(value), "unknown");
    EXPECT_EQ(error_code_from(to_string(value)), value);
  }
}

TEST(ErrorCode, names_of_the_journal_are_those_that_scripts_know) {
  EXPECT_EQ(to_string(ErrorCode::JournalFull), "journal_full");
  EXPECT_EQ(to_string(ErrorCode::JournalBroken), "journal_broken");
  EXPECT_EQ(to_string(ErrorCode::JournalInUse), "journal_in_use");
}

TEST(AssertDeathTest, stays_on_and_names_the_condition) {
  EXPECT_DEATH(STEELYARD_ASSERT(1 == 2), "assertion failed: 1 == 2");
}

}  // namespace
}  // namespace steelyard::base
