#include "graph/lucas_lehmer.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "steelyard/base/assert.hpp"

namespace graph {
namespace {

using steelyard::ErrorCode;
using steelyard::failure;
using steelyard::Result;

constexpr std::size_t kLimbBytes = 4;
constexpr std::uint32_t kFullLimb = 0xffff'ffff;

bool is_odd_prime(std::uint32_t number) {
  if (number < 3 || number % 2 == 0) return false;
  for (std::uint32_t divisor = 3; divisor * divisor <= number; divisor += 2) {
    if (number % divisor == 0) return false;
  }
  return true;
}

}  // namespace

LucasLehmer::LucasLehmer(std::uint32_t exponent)
    : exponent_(exponent), limbs_(exponent / 32 + 1), wide_(2 * limbs_.size()) {
  limbs_[0] = 4;
}

Result<LucasLehmer> LucasLehmer::begin(std::uint32_t exponent) {
  if (exponent > kMaxExponent || !is_odd_prime(exponent)) {
    return failure(
        ErrorCode::InvalidArgument,
        fmt::format("{} cannot be worked on: use an odd prime up to {}", exponent, kMaxExponent));
  }
  return LucasLehmer(exponent);
}

Result<LucasLehmer> LucasLehmer::go_on(std::uint32_t exponent, std::uint32_t steps_done,
                                       std::string_view residue) {
  auto test = begin(exponent);
  if (!test) return test;
  test->steps_done_ = steps_done;
  std::vector<std::uint32_t>& limbs = test->limbs_;
  const bool fits = residue.size() == limbs.size() * kLimbBytes && steps_done <= exponent - 2;
  for (std::size_t i = 0; fits && i < limbs.size(); ++i) {
    limbs[i] = 0;
    for (std::size_t byte = 0; byte < kLimbBytes; ++byte) {
      const auto value = static_cast<std::uint8_t>(residue[i * kLimbBytes + byte]);
      limbs[i] |= std::uint32_t{value} << (8 * byte);
    }
  }
  if (!fits || limbs.back() > test->top_mask() || test->is_modulus()) {
    return failure(ErrorCode::InvalidArgument,
                   fmt::format("this is no place to go on with {}", exponent));
  }
  return test;
}

void LucasLehmer::step() {
  STEELYARD_ASSERT(!done());
  square();
  subtract_two();
  ++steps_done_;
}

bool LucasLehmer::is_prime() const {
  STEELYARD_ASSERT(done());
  return std::ranges::all_of(limbs_, [](std::uint32_t limb) { return limb == 0; });
}

std::string LucasLehmer::residue() const {
  std::string bytes;
  bytes.reserve(limbs_.size() * kLimbBytes);
  for (const std::uint32_t limb : limbs_) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
      bytes.push_back(static_cast<char>((limb >> shift) & 0xff));
    }
  }
  return bytes;
}

/// 2^p is 1 modulo 2^p - 1, so what is above bit p is added to what is below.
void LucasLehmer::square() {
  std::ranges::fill(wide_, 0);
  const std::size_t count = limbs_.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t factor = limbs_[i];
    std::uint64_t carry = 0;
    for (std::size_t j = 0; j < count; ++j) {
      carry += wide_[i + j] + factor * limbs_[j];
      wide_[i + j] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    wide_[i + count] = static_cast<std::uint32_t>(carry);
  }
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t above = i + count < wide_.size() ? wide_[i + count] : 0;
    const std::uint64_t high = (wide_[i + count - 1] >> top_bits()) | (above << (32 - top_bits()));
    const std::uint32_t low = i + 1 < count ? wide_[i] : wide_[i] & top_mask();
    carry += low + (high & kFullLimb);
    limbs_[i] = static_cast<std::uint32_t>(carry);
    carry >>= 32;
  }
  // The carry went into the spare bits of the top limb.
  std::uint64_t over = limbs_.back() >> top_bits();
  limbs_.back() &= top_mask();
  for (std::size_t i = 0; over > 0; ++i) {
    over += limbs_[i];
    limbs_[i] = static_cast<std::uint32_t>(over);
    over >>= 32;
  }
  if (is_modulus()) std::ranges::fill(limbs_, 0);
}

void LucasLehmer::subtract_two() {
  const bool is_small = limbs_[0] < 2 && std::all_of(limbs_.begin() + 1, limbs_.end(),
                                                     [](auto limb) { return limb == 0; });
  if (is_small) {  // the modulus is added first, whose bits are all set
    const std::uint32_t below = 2 - limbs_[0];
    std::ranges::fill(limbs_, kFullLimb);
    limbs_.back() = top_mask();
    limbs_[0] -= below;
    return;
  }
  std::uint32_t borrow = 2;
  for (std::size_t i = 0; borrow > 0; ++i) {
    const bool goes_below = limbs_[i] < borrow;
    limbs_[i] -= borrow;
    borrow = goes_below ? 1 : 0;
  }
}

bool LucasLehmer::is_modulus() const {
  return limbs_.back() == top_mask() &&
         std::all_of(limbs_.begin(), limbs_.end() - 1,
                     [](std::uint32_t limb) { return limb == kFullLimb; });
}

}  // namespace graph
