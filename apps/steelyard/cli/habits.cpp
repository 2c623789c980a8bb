#include "cli/habits.hpp"

#include <algorithm>

namespace steelyard::cli {

std::vector<std::string> without_habits(std::vector<std::string> words) {
  if (words.empty()) return words;
  if (words.front() == "version") words.front() = "--version";
  if (words.front() == "help") {
    words.front() = "--help";
    std::rotate(words.begin(), words.begin() + 1, words.end());
  }
  return words;
}

}  // namespace steelyard::cli
