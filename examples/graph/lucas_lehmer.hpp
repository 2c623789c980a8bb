#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "steelyard/base/result.hpp"

namespace graph {

/// The largest exponent that is worked on; it takes about a minute.
inline constexpr std::uint32_t kMaxExponent = 50'000;

/// Whether 2^p - 1 is prime, found out step by step: s begins at 4 and becomes s * s - 2, all
/// modulo 2^p - 1; after p - 2 steps it is 0 exactly when 2^p - 1 is prime. What is between two
/// steps can be written down and gone on with elsewhere.
///
/// Thread safety: none. Cost: O(p^2) per step.
class LucasLehmer {
 public:
  /// Errors: InvalidArgument when `exponent` is no odd prime up to kMaxExponent.
  [[nodiscard]] static steelyard::Result<LucasLehmer> begin(std::uint32_t exponent);
  /// Goes on where `steps_done` and `residue` were read from another.
  /// Errors: InvalidArgument as `begin`, and when these cannot be of that exponent.
  [[nodiscard]] static steelyard::Result<LucasLehmer> go_on(std::uint32_t exponent,
                                                            std::uint32_t steps_done,
                                                            std::string_view residue);

  [[nodiscard]] bool done() const { return steps_done_ == exponent_ - 2; }
  /// Requires: not done (asserted).
  void step();
  /// Requires: done (asserted).
  [[nodiscard]] bool is_prime() const;

  [[nodiscard]] std::uint32_t exponent() const { return exponent_; }
  [[nodiscard]] std::uint32_t steps_done() const { return steps_done_; }
  /// s as bytes, the lowest first.
  [[nodiscard]] std::string residue() const;

 private:
  explicit LucasLehmer(std::uint32_t exponent);

  void square();
  void subtract_two();
  [[nodiscard]] std::uint32_t top_bits() const { return exponent_ % 32; }
  [[nodiscard]] std::uint32_t top_mask() const { return (1U << top_bits()) - 1; }
  [[nodiscard]] bool is_modulus() const;

  std::uint32_t exponent_ = 0;
  std::uint32_t steps_done_ = 0;
  std::vector<std::uint32_t> limbs_;  // s, below the modulus, the lowest first
  std::vector<std::uint32_t> wide_;   // twice as long, for the square
};

}  // namespace graph
