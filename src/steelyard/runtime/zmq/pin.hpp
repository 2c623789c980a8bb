#pragma once

#include <cstdint>
#include <string>

namespace steelyard {

/// A state that so many workers are to hold whatever happens.
struct Pin {
  std::string state{};
  std::uint32_t workers = 1;  ///< 0: none any more
  std::string queue{};        ///< of workers that serve it; empty: of any
};

/// How far a pin is. Together they are fewer than asked for while workers are missing or busy.
struct PinStatus {
  std::uint32_t holding = 0;  ///< workers that hold it and do not give it up
  std::uint32_t loading = 0;  ///< workers that are loading it
  friend bool operator==(const PinStatus&, const PinStatus&) = default;
};

}  // namespace steelyard
