#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>

namespace models {

/// What a model says about a word.
struct Prediction {
  std::string next;       ///< the word that follows it most often; empty: it never occurs
  std::size_t count = 0;  ///< how often that is

  friend bool operator==(const Prediction&, const Prediction&) = default;
};

/// A small language model: which word follows which most often in a text. It takes a while to build
/// and answers at once.
/// Thread safety: constant once built.
class BigramModel {
 public:
  /// Counts every pair of neighbouring words. Among equals, the first in the alphabet is preferred.
  explicit BigramModel(std::string_view text);

  /// Reads the text from a file. Throws std::runtime_error when that fails.
  [[nodiscard]] static BigramModel load(const std::filesystem::path& path);

  [[nodiscard]] Prediction predict(const std::string& word) const;

 private:
  std::unordered_map<std::string, Prediction> predictions_;
};

/// The same answer found another way, by walking through the text for this one word: slow for many
/// questions, but short enough to be trusted.
[[nodiscard]] Prediction predict_by_scan(std::string_view text, std::string_view word);

}  // namespace models
