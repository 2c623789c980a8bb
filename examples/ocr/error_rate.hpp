#pragma once

#include <cstddef>
#include <string_view>

namespace ocr {

/// How far what was read is from what was written.
struct ReadingErrors {
  std::size_t wrong = 0;       ///< characters to insert, remove or replace
  std::size_t characters = 0;  ///< of the text as it was written

  ReadingErrors& operator+=(const ReadingErrors& other);
  friend bool operator==(const ReadingErrors&, const ReadingErrors&) = default;
};

/// The character error rate; 0 for an empty text.
[[nodiscard]] double error_rate(const ReadingErrors& errors);

/// The fewest characters to insert, remove or replace to make the one of the other (Levenshtein).
/// Cost: O(product of the lengths) in time, O(length of `right`) in memory.
[[nodiscard]] std::size_t edit_distance(std::u32string_view left, std::u32string_view right);

/// Compares two texts in UTF-8 by characters. Any run of blanks and line ends counts as one blank,
/// and none at the ends: where lines were broken is no error.
[[nodiscard]] ReadingErrors compare(std::string_view written, std::string_view read);

}  // namespace ocr
