#pragma once

#include <cstdint>
#include <memory>
#include <thread>

#include "steelyard/base/result.hpp"

namespace fleet {

/// Three small services for the real commands to be run against: one that greets over TCP, an HTTP
/// server and a name server. They listen on free ports of 127.0.0.1 and answer after 5 to 25 ms,
/// as devices in the same building would.
///
/// All on one thread of their own, until this object ends.
class LoopbackServices {
 public:
  /// Errors: SystemError when a port cannot be had.
  [[nodiscard]] static steelyard::Result<std::unique_ptr<LoopbackServices>> start();
  ~LoopbackServices();
  LoopbackServices(const LoopbackServices&) = delete;
  LoopbackServices& operator=(const LoopbackServices&) = delete;

  [[nodiscard]] std::uint16_t greeting_port() const;
  [[nodiscard]] std::uint16_t http_port() const;
  [[nodiscard]] std::uint16_t dns_port() const;

 private:
  struct Parts;
  explicit LoopbackServices(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
  std::jthread thread_;
};

}  // namespace fleet
