#include "primes/connection.hpp"

#include <array>
#include <cerrno>
#include <charconv>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace primes {
namespace {

using steelyard::ErrorCode;
using steelyard::failure;
using steelyard::FileDescriptor;
using steelyard::Result;
using steelyard::system_failure;

constexpr std::size_t kReadBytes = 65'536;

Result<sockaddr_in> parse_address(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  sockaddr_in to{};
  to.sin_family = AF_INET;
  std::uint16_t port = 0;
  const char* const end = address.data() + address.size();
  const bool has_port = colon != std::string::npos &&
                        std::from_chars(address.data() + colon + 1, end, port).ptr == end;
  if (!has_port || inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr) != 1) {
    return failure(ErrorCode::InvalidArgument,
                   fmt::format("'{}' is no address like 127.0.0.1:7480", address));
  }
  to.sin_port = htons(port);
  return to;
}

bool must_wait() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const std::string& address) {
  const auto to = parse_address(address);
  if (!to) return tl::unexpected(to.error());
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int yes = 1;
  if (!socket.valid() ||
      connect(socket.get(), reinterpret_cast<const sockaddr*>(&*to), sizeof(*to)) != 0) {
    return system_failure("no connection to " + address, errno);
  }
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
  if (auto made = steelyard::make_non_blocking(socket.get()); !made) {
    return tl::unexpected(made.error());
  }
  return std::unique_ptr<Connection>(new Connection(std::move(socket)));
}

Result<void> Connection::write() {
  while (!unwritten_.empty()) {
    const ssize_t written = send(socket_.get(), unwritten_.data(), unwritten_.size(), MSG_NOSIGNAL);
    if (written < 0 && must_wait()) return {};
    if (written < 0) return system_failure("the request cannot be sent", errno);
    unwritten_.erase(0, static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> Connection::read() {
  std::array<char, kReadBytes> bytes;
  const ssize_t count = recv(socket_.get(), bytes.data(), bytes.size(), 0);
  if (count < 0 && must_wait()) return {};
  if (count < 0) return system_failure("the answer cannot be read", errno);
  if (count == 0) return failure(ErrorCode::SystemError, "the service closed the connection");
  replies_.append({bytes.data(), static_cast<std::size_t>(count)});
  return {};
}

pollfd Connection::wanted() const {
  const int events = unwritten_.empty() ? POLLIN : POLLIN | POLLOUT;
  return {socket_.get(), static_cast<short>(events), 0};
}

}  // namespace primes
