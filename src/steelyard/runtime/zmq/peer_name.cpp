#include "steelyard/runtime/zmq/peer_name.hpp"

#include <array>
#include <random>

#include <unistd.h>

#include "steelyard/base/names.hpp"

namespace steelyard::zmq_runtime {

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

std::string peer_name(const std::string& given) {
  if (!given.empty()) return given;
  const std::string name = host_name() + "-" + std::to_string(getpid());
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
