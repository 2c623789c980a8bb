#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "steelyard/base/result.hpp"

/// Made-up text: the stuff that models are built from.
namespace models {

/// Word `number` of the language, "bakemi" for example; small numbers are the common words.
[[nodiscard]] std::string word_number(std::size_t number);

/// Writes `bytes` bytes of text, always the same for the same `name`. A file that is there with
/// that size is left as it is; another process may do the same at the same time. Errors:
/// SystemError.
[[nodiscard]] steelyard::Result<void> write_corpus(const std::filesystem::path& path,
                                                   std::string_view name, std::size_t bytes);

/// Reads a whole file. Errors: SystemError.
[[nodiscard]] steelyard::Result<std::string> read_text(const std::filesystem::path& path);

/// Gives each word of `text` to `take`, in order; words are parted by blanks and line ends.
template <class Take>
void for_each_word(std::string_view text, const Take& take) {
  while (true) {
    const std::size_t start = text.find_first_not_of(" \n");
    if (start == std::string_view::npos) return;
    text.remove_prefix(start);
    const std::string_view word = text.substr(0, text.find_first_of(" \n"));
    take(word);
    text.remove_prefix(word.size());
  }
}

}  // namespace models
