#include "steelyard/runtime/zmq/peer_name.hpp"

#include <array>
#include <random>

#include <unistd.h>

#include "steelyard/base/names.hpp"

namespace steelyard::zmq_runtime {

std::string peer_name(const std::string& given) {
  if (!given.empty()) return given;
  std::array<char, 128> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host = {};
  const std::string name = std::string(host.data()) + "-" + std::to_string(getpid());
  return is_valid_name(name) ? name : "process-" + std::to_string(getpid());
}

std::string program_name() {
  return "steelyard " STEELYARD_VERSION;
}

std::uint64_t random_key() {
  std::random_device device;
  std::uint64_t key = 0;
  while (key == 0) key = (std::uint64_t{device()} << 32) | device();
  return key;
}

}  // namespace steelyard::zmq_runtime
