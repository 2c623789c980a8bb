#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace fleet {

/// What is checked, and how long that may take.
struct Target {
  std::string address;  ///< IPv4
  std::uint16_t port = 0;
  std::chrono::milliseconds timeout{};
};

}  // namespace fleet
