#include "steelyard/gateway/http/acceptor.hpp"

#include <cerrno>
#include <chrono>

#include <boost/asio/post.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include "steelyard/gateway/http/address.hpp"

namespace steelyard::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr int kAcceptedAtOnce = 64;
/// Of those over the limit so many are told so; the rest is closed without a word.
constexpr std::uint32_t kMaxRefused = 128;
/// When the process has no more descriptors.
constexpr std::chrono::milliseconds kPause{100};

}  // namespace

Acceptor::Acceptor(Threads& threads, ConnectionCount& count, std::uint32_t max_connections)
    : threads_(threads),
      count_(count),
      max_connections_(max_connections),
      acceptor_(threads.front()->context()),
      timer_(threads.front()->context()) {}

Result<std::unique_ptr<Acceptor>> Acceptor::open(const tcp::endpoint& endpoint, Threads& threads,
                                                 ConnectionCount& count,
                                                 std::uint32_t max_connections) {
  auto opened = std::make_unique<Acceptor>(threads, count, max_connections);
  tcp::acceptor& acceptor = opened->acceptor_;
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (!error) acceptor.native_non_blocking(true, error);
  if (error) {
    return failure(ErrorCode::SystemError,
                   "cannot listen on " + to_text(endpoint) + ": " + error.message());
  }
  return opened;
}

tcp::endpoint Acceptor::endpoint() const {
  error_code ignored;
  return acceptor_.local_endpoint(ignored);
}

void Acceptor::start() {
  wait();
}

void Acceptor::wait() {
  acceptor_.async_wait(tcp::acceptor::wait_read, [this](const error_code& error) {
    if (error || !acceptor_.is_open()) return;
    for (int i = 0; i < kAcceptedAtOnce && accept_one(); ++i) continue;
    is_paused_ ? pause() : wait();
  });
}

void Acceptor::pause() {
  timer_.expires_after(kPause);
  timer_.async_wait([this](const error_code& error) {
    if (error || !acceptor_.is_open()) return;
    is_paused_ = false;
    wait();
  });
}

bool Acceptor::accept_one() {
  tcp::endpoint peer;
  auto size = static_cast<socklen_t>(peer.capacity());
  const int socket =
      ::accept4(acceptor_.native_handle(), peer.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (socket < 0) {
    if (errno == EINTR || errno == ECONNABORTED) return true;
    is_paused_ = errno != EAGAIN;  // no descriptors, no memory: others have to end first
    return false;
  }
  peer.resize(size);
  hand_over(socket, peer);
  return true;
}

void Acceptor::hand_over(int socket, const tcp::endpoint& peer) {
  Counters& counters = threads_.front()->counters();
  counters.connections.add(1);
  const bool is_over_limit = count_.served.load(std::memory_order_relaxed) >= max_connections_;
  if (is_over_limit) {
    counters.refused.add(1);
    if (count_.refused.load(std::memory_order_relaxed) >= kMaxRefused) {
      ::close(socket);
      return;
    }
  }
  count_.of(is_over_limit).fetch_add(1, std::memory_order_relaxed);
  give(socket, peer, is_over_limit);
}

void Acceptor::give(int socket, const tcp::endpoint& peer, bool refused) {
  ServerThread& thread = *threads_[next_];
  next_ = (next_ + 1) % threads_.size();
  if (&thread == threads_.front().get()) {
    thread.take(socket, peer, refused);
  } else {
    asio::post(thread.context(),
               [&thread, socket, peer, refused] { thread.take(socket, peer, refused); });
  }
}

void Acceptor::drain() {
  if (!acceptor_.is_open()) return;
  // Not for as long as there are any: others may come as fast as they are accepted.
  for (int i = 0; i <= tcp::acceptor::max_listen_connections && accept_one(); ++i) continue;
  close();
}

void Acceptor::close() {
  error_code ignored;
  acceptor_.close(ignored);
  timer_.cancel();
}

}  // namespace steelyard::http
