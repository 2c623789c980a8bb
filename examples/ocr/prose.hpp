#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "steelyard/base/result.hpp"

namespace ocr {

/// The words of the prose in a text in UTF-8, in order. Prose is a paragraph (paragraphs are parted
/// by blank lines) of at least eight words that has nothing but letters, digits and the common
/// punctuation: no key names in brackets, no rules, no lines to practise on.
[[nodiscard]] std::vector<std::string> prose_words(std::string_view text);

struct PassageOptions {
  std::size_t count = 1;
  std::size_t words = 1;  ///< of each
};

/// Cuts the words, joined by blanks, into passages. Errors: InvalidArgument when there are too few.
[[nodiscard]] steelyard::Result<std::vector<std::string>> cut_passages(
    const std::vector<std::string>& words, const PassageOptions& options);

/// Breaks a text at its blanks into lines of at most `columns` characters; a longer word has a line
/// of its own.
[[nodiscard]] std::vector<std::u32string> break_lines(std::u32string_view text,
                                                      std::size_t columns);

}  // namespace ocr
