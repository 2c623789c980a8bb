#pragma once

#include <cstdint>
#include <string>

namespace steelyard::core {

/// What a strategy has done wrong; see strategy::Strategy for what is done instead.
struct StrategyFaults {
  std::uint64_t thrown = 0;      ///< exceptions, but for those that are counted as too slow
  std::uint64_t unsound = 0;     ///< answers that were not allowed
  std::uint64_t too_slow = 0;    ///< answers that took too long: strategy::TooSlow
  std::string last_exception{};  ///< the text of the last one thrown, 200 bytes at most
  std::string last_too_slow{};   ///< and of the last that was too slow

  [[nodiscard]] std::uint64_t total() const { return thrown + unsound + too_slow; }
};

}  // namespace steelyard::core
