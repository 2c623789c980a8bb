#include "models/bigram_model.hpp"

#include <gtest/gtest.h>

#include "models/corpus.hpp"
#include "steelyard/runtime/task/temporary_folder.hpp"

namespace models {
namespace {

constexpr std::string_view kText = "to be or not to be\nto do or to die";

TEST(BigramModel, predicts_the_word_that_follows_most_often) {
  const BigramModel model(kText);
  EXPECT_EQ(model.predict("to"), (Prediction{"be", 2}));
  EXPECT_EQ(model.predict("not"), (Prediction{"to", 1}));
}

TEST(BigramModel, prefers_the_first_in_the_alphabet_among_equals) {
  EXPECT_EQ(BigramModel(kText).predict("or"), (Prediction{"not", 1}));
  EXPECT_EQ(BigramModel("x b x a").predict("x"), (Prediction{"a", 1}));
}

TEST(BigramModel, pairs_reach_over_line_ends) {
  EXPECT_EQ(BigramModel(kText).predict("be"), (Prediction{"or", 1}));
}

TEST(BigramModel, knows_nothing_about_the_last_word_and_strangers) {
  const BigramModel model(kText);
  EXPECT_EQ(model.predict("die"), Prediction{});
  EXPECT_EQ(model.predict("live"), Prediction{});
  EXPECT_EQ(BigramModel("").predict("to"), Prediction{});
}

TEST(BigramModel, says_what_a_plain_scan_says) {
  const auto folder = steelyard::TemporaryFolder::make("steelyard-models-test").value();
  ASSERT_TRUE(write_corpus(folder->path() / "m1", "m1", 300'000).has_value());
  const BigramModel model = BigramModel::load(folder->path() / "m1");
  const std::string text = read_text(folder->path() / "m1").value();
  for (std::size_t number = 0; number < 200; ++number) {
    const std::string word = word_number(number);
    EXPECT_EQ(model.predict(word), predict_by_scan(text, word)) << word;
  }
}

TEST(BigramModel, loading_an_absent_file_throws) {
  EXPECT_THROW(static_cast<void>(BigramModel::load("/nowhere/m1")), std::runtime_error);
}

TEST(Corpus, depends_on_the_name_only) {
  const auto folder = steelyard::TemporaryFolder::make("steelyard-models-test").value();
  for (const auto& [file, name] : {std::pair("a", "m1"), {"b", "m1"}, {"c", "m2"}}) {
    ASSERT_TRUE(write_corpus(folder->path() / file, name, 100'001).has_value());
  }
  EXPECT_EQ(read_text(folder->path() / "a").value().size(), 100'001);
  EXPECT_EQ(read_text(folder->path() / "a"), read_text(folder->path() / "b"));
  EXPECT_NE(read_text(folder->path() / "a"), read_text(folder->path() / "c"));
}

TEST(Corpus, words_are_different) {
  EXPECT_EQ(word_number(0), "bake");
  EXPECT_NE(word_number(1), word_number(10));
}

}  // namespace
}  // namespace models
