#include "steelyard/runtime/zmq/direct_address.hpp"

#include <array>
#include <memory>
#include <string_view>

#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include "steelyard/runtime/zmq/peer_name.hpp"

namespace steelyard::zmq_runtime {
namespace {

/// The local address from which this machine would talk to `to`. A datagram socket that is
/// connected learns its route and says nothing.
std::optional<std::string> local_address(const addrinfo& to) {
  const int probe = socket(to.ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return std::nullopt;
  sockaddr_storage local{};
  socklen_t size = sizeof local;
  auto* address = reinterpret_cast<sockaddr*>(&local);
  const bool known =
      connect(probe, to.ai_addr, to.ai_addrlen) == 0 && getsockname(probe, address, &size) == 0;
  close(probe);
  std::array<char, NI_MAXHOST> text{};
  if (!known || getnameinfo(address, size, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST)) {
    return std::nullopt;
  }
  return std::string(text.data());
}

std::optional<std::string> tcp_address(std::string_view host, const std::string& port) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_family = AF_INET;  // the only one that the sockets are told to use
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(std::string(host).c_str(), port.c_str(), &hints, &found) != 0) {
    return std::nullopt;
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
  const auto local = local_address(*found);
  if (!local) return std::nullopt;
  return fmt::format("tcp://{}:*", *local);
}

}  // namespace

bool is_direct_address(std::string_view address) {
  if (address.starts_with("ipc://@") || address.starts_with("inproc://")) return true;
  constexpr std::string_view kTcp = "tcp://";
  return address.starts_with(kTcp) &&
         address.find_first_not_of("0123456789.:", kTcp.size()) == std::string_view::npos;
}

std::optional<std::string> direct_address(const std::string& endpoint) {
  constexpr std::string_view kTcp = "tcp://";
  if (endpoint.starts_with("inproc://")) {
    return fmt::format("inproc://steelyard-results-{:016x}", random_key());
  }
  if (endpoint.starts_with("ipc://")) {
    return fmt::format("ipc://@steelyard-results-{:016x}", random_key());
  }
  const std::size_t colon = endpoint.rfind(':');
  if (!endpoint.starts_with(kTcp) || colon <= kTcp.size()) return std::nullopt;
  const std::string_view host = std::string_view(endpoint).substr(kTcp.size(), colon - kTcp.size());
  return tcp_address(host, endpoint.substr(colon + 1));
}

}  // namespace steelyard::zmq_runtime
