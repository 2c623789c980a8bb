#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// Three kinds of uneven work. None of them knows that it is balanced.
namespace inproc_example {

/// How many primes lie in [from, to), by trial division: high ranges take longer than low ones.
[[nodiscard]] std::uint64_t count_primes(std::uint64_t from, std::uint64_t to);

/// `length` numbers drawn from a generator with this seed.
[[nodiscard]] std::vector<std::uint32_t> shuffled_numbers(std::size_t length, std::uint64_t seed);

[[nodiscard]] std::vector<std::uint32_t> sorted(std::vector<std::uint32_t> numbers);

/// The word that occurs most often; of several the first by alphabet.
/// Throws std::invalid_argument when the text has no word.
[[nodiscard]] std::string commonest_word(const std::string& text);

}  // namespace inproc_example
