#include "inproc/work.hpp"

#include <algorithm>
#include <map>
#include <sstream>
#include <stdexcept>

#include "steelyard/base/random.hpp"

namespace inproc_example {
namespace {

bool is_prime(std::uint64_t number) {
  if (number < 2) return false;
  for (std::uint64_t divisor = 2; divisor * divisor <= number; ++divisor) {
    if (number % divisor == 0) return false;
  }
  return true;
}

}  // namespace

std::uint64_t count_primes(std::uint64_t from, std::uint64_t to) {
  std::uint64_t primes = 0;
  for (std::uint64_t number = from; number < to; ++number) primes += is_prime(number) ? 1 : 0;
  return primes;
}

std::vector<std::uint32_t> shuffled_numbers(std::size_t length, std::uint64_t seed) {
  steelyard::base::Random random(seed);
  std::vector<std::uint32_t> numbers(length);
  for (std::uint32_t& number : numbers) number = static_cast<std::uint32_t>(random.next());
  return numbers;
}

std::vector<std::uint32_t> sorted(std::vector<std::uint32_t> numbers) {
  std::ranges::sort(numbers);
  return numbers;
}

std::string commonest_word(const std::string& text) {
  std::map<std::string, int> counts;
  std::istringstream words(text);
  for (std::string word; words >> word;) ++counts[word];
  if (counts.empty()) throw std::invalid_argument("the text has no word");
  return std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; })
      ->first;
}

}  // namespace inproc_example
