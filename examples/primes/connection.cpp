#include "primes/connection.hpp"

#include <array>
#include <cerrno>

#include <netinet/tcp.h>
#include <sys/socket.h>

#include "steelyard/gateway/http/address.hpp"

namespace primes {
namespace {

using steelyard::ErrorCode;
using steelyard::failure;
using steelyard::FileDescriptor;
using steelyard::Result;
using steelyard::system_failure;

constexpr std::size_t kReadBytes = 65'536;

bool must_wait() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const std::string& address) {
  const auto to = steelyard::http::parse_address(address);
  if (!to) return tl::unexpected(to.error());
  FileDescriptor socket(::socket(to->protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int yes = 1;
  if (!socket.valid() ||
      connect(socket.get(), to->data(), static_cast<socklen_t>(to->size())) != 0) {
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
