#include "measure/http_connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "steelyard/base/assert.hpp"
#include "steelyard/gateway/http/address.hpp"

namespace steelyard::cli {
namespace {

constexpr std::string_view kEndOfHead = "\r\n\r\n";
constexpr std::size_t kMaxHeadBytes = 64 * 1024;

/// The value of `Content-Length`; 0 when there is none.
std::size_t content_length(std::string_view head) {
  constexpr std::string_view kName = "content-length:";
  for (std::size_t line = head.find('\n'); line != std::string_view::npos;
       line = head.find('\n', line + 1)) {
    const std::string_view rest = head.substr(line + 1);
    std::size_t same = 0;
    while (same < kName.size() && same < rest.size() && (rest[same] | 0x20) == (kName[same] | 0x20))
      ++same;
    if (same < kName.size()) continue;
    std::size_t value = 0;
    const std::size_t begin = rest.find_first_not_of(' ', same);
    if (begin == std::string_view::npos) return 0;
    std::from_chars(rest.data() + begin, rest.data() + rest.size(), value);
    return value;
  }
  return 0;
}

}  // namespace

Result<HttpConnection> HttpConnection::open(const std::string& address) {
  const auto to = http::parse_address(address);
  if (!to) return tl::unexpected(to.error());
  FileDescriptor socket(::socket(to->protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return system_failure("socket", errno);
  if (::connect(socket.get(), to->data(), static_cast<socklen_t>(to->size())) != 0) {
    return system_failure("connecting to " + address, errno);
  }
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (auto done = make_non_blocking(socket.get()); !done) return tl::unexpected(done.error());
  return HttpConnection(std::move(socket));
}

Result<void> HttpConnection::send(std::string_view request) {
  STEELYARD_ASSERT(!is_busy_);
  const ssize_t sent = ::send(socket_.get(), request.data(), request.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(request.size())) return system_failure("sending", errno);
  is_busy_ = true;
  has_head_ = false;
  head_.clear();
  return {};
}

Result<HttpConnection::Progress> HttpConnection::receive() {
  std::array<char, 64 * 1024> buffer;
  while (is_busy_) {
    const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Progress::Waiting;
    if (got < 0) return system_failure("receiving", errno);
    if (got == 0) return failure(ErrorCode::SystemError, "the server has ended the connection");
    const auto count = static_cast<std::size_t>(got);
    if (has_head_) {
      body_left_ -= std::min(body_left_, count);
    } else {
      head_.append(buffer.data(), count);
      if (auto read = read_head(); !read) return tl::unexpected(read.error());
    }
    if (has_head_ && body_left_ == 0) is_busy_ = false;
  }
  return status_ == 200 ? Progress::Answered : Progress::AnsweredWrongly;
}

Result<void> HttpConnection::read_head() {
  const std::size_t end = head_.find(kEndOfHead);
  if (end == std::string::npos) {
    if (head_.size() <= kMaxHeadBytes) return {};
    return failure(ErrorCode::Malformed, "the head of an answer does not end");
  }
  constexpr std::size_t kStatusAt = 9;  // after "HTTP/1.1 "
  const bool sound =
      head_.starts_with("HTTP/1.") && end > kStatusAt + 3 &&
      std::from_chars(&head_[kStatusAt], &head_[kStatusAt + 3], status_).ec == std::errc();
  if (!sound) return failure(ErrorCode::Malformed, "an answer is not HTTP");
  const std::size_t length = content_length(std::string_view(head_).substr(0, end));
  const std::size_t here = head_.size() - end - kEndOfHead.size();
  has_head_ = true;
  body_left_ = length - std::min(length, here);
  return {};
}

}  // namespace steelyard::cli
