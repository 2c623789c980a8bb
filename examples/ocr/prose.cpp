#include "ocr/prose.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "ocr/utf8.hpp"

namespace ocr {
namespace {

constexpr std::size_t kFewestWords = 8;
constexpr std::string_view kBlanks = " \t\r\n";

bool is_plain(char32_t character) {
  constexpr std::u32string_view kPunctuation = U".,;:!?()'-¡¿";
  const auto between = [&](char32_t first, char32_t last) {
    return character >= first && character <= last;
  };
  // Latin-1 and Latin Extended-A, whose first 64 have the signs of multiplication and division.
  const bool accented = between(U'À', U'ſ') && character != U'×' && character != U'÷';
  return between(U'a', U'z') || between(U'A', U'Z') || between(U'0', U'9') || accented ||
         kPunctuation.find(character) != std::u32string_view::npos;
}

bool is_plain_word(const std::string& word) {
  const std::u32string characters = decode_utf8(word);
  return word.find("--") == std::string::npos &&
         std::all_of(characters.begin(), characters.end(), is_plain);
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t end = 0; end != std::string_view::npos;) {
    const std::size_t start = text.find_first_not_of(kBlanks, end);
    if (start == std::string_view::npos) break;
    end = text.find_first_of(kBlanks, start);
    words.emplace_back(text.substr(start, end - start));
  }
  return words;
}

/// Adds the words of a paragraph, if it is prose, and begins the next one.
void end_paragraph(std::vector<std::string>& paragraph, std::vector<std::string>& words) {
  if (paragraph.size() >= kFewestWords &&
      std::all_of(paragraph.begin(), paragraph.end(), is_plain_word)) {
    words.insert(words.end(), paragraph.begin(), paragraph.end());
  }
  paragraph.clear();
}

}  // namespace

std::vector<std::string> prose_words(std::string_view text) {
  std::vector<std::string> words;
  std::vector<std::string> paragraph;
  while (!text.empty()) {
    const std::size_t length = std::min(text.find('\n'), text.size());
    const std::vector<std::string> line = split(text.substr(0, length));
    if (line.empty()) end_paragraph(paragraph, words);
    paragraph.insert(paragraph.end(), line.begin(), line.end());
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  end_paragraph(paragraph, words);
  return words;
}

steelyard::Result<std::vector<std::string>> cut_passages(const std::vector<std::string>& words,
                                                         const PassageOptions& options) {
  const std::size_t needed = options.count * options.words;
  if (words.size() < needed) {
    return steelyard::failure(
        steelyard::ErrorCode::InvalidArgument,
        fmt::format("{} pages of {} words need {} words, the text has {} to use", options.count,
                    options.words, needed, words.size()));
  }
  std::vector<std::string> passages(options.count);
  for (std::size_t i = 0; i < needed; ++i) {
    std::string& passage = passages[i / options.words];
    if (!passage.empty()) passage += ' ';
    passage += words[i];
  }
  return passages;
}

std::vector<std::u32string> break_lines(std::u32string_view text, std::size_t columns) {
  std::vector<std::u32string> lines;
  while (!text.empty()) {
    const std::u32string_view word = text.substr(0, text.find(U' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (word.empty()) continue;
    if (lines.empty() || lines.back().size() + 1 + word.size() > columns) {
      lines.emplace_back(word);
    } else {
      lines.back().append(U" ").append(word);
    }
  }
  return lines;
}

}  // namespace ocr
