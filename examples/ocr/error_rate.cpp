#include "ocr/error_rate.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "ocr/utf8.hpp"

namespace ocr {
namespace {

std::u32string with_single_blanks(std::string_view text) {
  constexpr std::u32string_view kBlanks = U" \t\n\v\f\r";
  std::u32string result;
  for (const char32_t character : decode_utf8(text)) {
    const bool blank = kBlanks.find(character) != std::u32string_view::npos;
    if (!blank) result += character;
    if (blank && !result.empty() && result.back() != U' ') result += U' ';
  }
  if (!result.empty() && result.back() == U' ') result.pop_back();
  return result;
}

}  // namespace

ReadingErrors& ReadingErrors::operator+=(const ReadingErrors& other) {
  wrong += other.wrong;
  characters += other.characters;
  return *this;
}

double error_rate(const ReadingErrors& errors) {
  if (errors.characters == 0) return 0;
  return static_cast<double>(errors.wrong) / static_cast<double>(errors.characters);
}

std::size_t edit_distance(std::u32string_view left, std::u32string_view right) {
  // distances[j]: between what was seen of `left` and the first j characters of `right`.
  std::vector<std::size_t> distances(right.size() + 1);
  std::iota(distances.begin(), distances.end(), std::size_t{0});
  for (const char32_t character : left) {
    std::size_t diagonal = distances[0]++;
    for (std::size_t j = 1; j < distances.size(); ++j) {
      const std::size_t replaced = diagonal + (character == right[j - 1] ? 0 : 1);
      diagonal = distances[j];
      distances[j] = std::min({replaced, diagonal + 1, distances[j - 1] + 1});
    }
  }
  return distances.back();
}

ReadingErrors compare(std::string_view written, std::string_view read) {
  const std::u32string expected = with_single_blanks(written);
  return {edit_distance(expected, with_single_blanks(read)), expected.size()};
}

}  // namespace ocr
