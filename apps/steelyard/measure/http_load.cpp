#include "measure/http_load.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <deque>
#include <vector>

#include <sys/epoll.h>

#include "measure/http_connection.hpp"
#include "steelyard/base/random.hpp"
#include "steelyard/sim/draws.hpp"

namespace steelyard::cli {
namespace {

using Clock = std::chrono::steady_clock;

/// Requests that are due and wait for a connection.
constexpr std::size_t kMaxDue = 1'000'000;

/// The connections, and which of them wait for answers.
class Generator {
 public:
  explicit Generator(const HttpLoad& load) : load_(load) {
    request_ = "GET " + load.path + " HTTP/1.1\r\nHost: " + load.address + "\r\n\r\n";
  }

  Result<void> connect() {
    poll_ = FileDescriptor(::epoll_create1(EPOLL_CLOEXEC));
    if (!poll_.valid()) return system_failure("epoll_create1", errno);
    for (std::uint32_t i = 0; i < load_.connections; ++i) {
      auto opened = HttpConnection::open(load_.address);
      if (!opened) return tl::unexpected(opened.error());
      connections_.push_back(std::move(*opened));
      epoll_event wanted{};
      wanted.events = EPOLLIN;
      wanted.data.u32 = i;
      if (::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, connections_[i].descriptor(), &wanted) != 0) {
        return system_failure("epoll_ctl", errno);
      }
      free_.push_back(i);
    }
    due_at_.resize(load_.connections);
    return {};
  }

  Result<HttpMeasured> run() {
    const auto begin = Clock::now();
    const std::chrono::duration<double> measured(load_.seconds);
    measure_from_ = begin + std::chrono::duration_cast<Clock::duration>(measured / 5);
    const auto end = measure_from_ + std::chrono::duration_cast<Clock::duration>(measured);
    next_due_ = begin;
    for (now_ = begin; now_ < end; now_ = Clock::now()) {
      if (auto done = send_due(); !done) return tl::unexpected(done.error());
      if (auto done = receive(); !done) return tl::unexpected(done.error());
    }
    result_.seconds = load_.seconds;
    result_.unsent = due_.size() + dropped_;
    return std::move(result_);
  }

 private:
  [[nodiscard]] bool is_open_loop() const { return load_.rate_per_s > 0; }

  /// Whatever is due goes out on connections that are free.
  Result<void> send_due() {
    while (is_open_loop() && next_due_ <= now_) {
      if (due_.size() < kMaxDue) {
        due_.push_back(next_due_);
      } else {
        ++dropped_;
      }
      const std::chrono::duration<double> gap(sim::exponential(random_, 1 / load_.rate_per_s));
      next_due_ += std::chrono::duration_cast<Clock::duration>(gap);
    }
    while (!free_.empty() && !(is_open_loop() && due_.empty())) {
      const std::uint32_t i = free_.back();
      free_.pop_back();
      due_at_[i] = is_open_loop() ? due_.front() : now_;
      if (is_open_loop()) due_.pop_front();
      if (auto sent = connections_[i].send(request_); !sent) return sent;
    }
    return {};
  }

  Result<void> receive() {
    std::array<epoll_event, 256> ready;
    const timespec patience = time_to_wait();
    const int count = ::epoll_pwait2(poll_.get(), ready.data(), static_cast<int>(ready.size()),
                                     &patience, nullptr);
    if (count < 0 && errno != EINTR) return system_failure("epoll_pwait2", errno);
    for (int n = 0; n < count; ++n) {
      const std::uint32_t i = ready[static_cast<std::size_t>(n)].data.u32;
      const auto progress = connections_[i].receive();
      if (!progress) return tl::unexpected(progress.error());
      if (*progress == HttpConnection::Progress::Waiting) continue;
      note(i, *progress == HttpConnection::Progress::Answered);
      free_.push_back(i);
    }
    return {};
  }

  /// Until the next request is due; then the clock is looked at again.
  [[nodiscard]] timespec time_to_wait() const {
    constexpr std::chrono::nanoseconds kLongest = std::chrono::milliseconds(100);
    const std::chrono::nanoseconds until_due =
        std::max(next_due_ - Clock::now(), Clock::duration());
    const std::chrono::nanoseconds wait = is_open_loop() ? std::min(until_due, kLongest) : kLongest;
    return {0, static_cast<long>(wait.count())};
  }

  void note(std::uint32_t connection, bool is_right) {
    const auto came = Clock::now();
    if (came < measure_from_) return;
    ++result_.answered;
    result_.wrong += is_right ? 0 : 1;
    result_.latency.add(came - due_at_[connection]);
  }

  const HttpLoad& load_;
  std::string request_;
  FileDescriptor poll_;
  std::vector<HttpConnection> connections_;
  std::vector<Clock::time_point> due_at_;  // of each connection's request
  std::vector<std::uint32_t> free_;
  std::deque<Clock::time_point> due_;
  std::uint64_t dropped_ = 0;
  Clock::time_point now_;
  Clock::time_point next_due_;
  Clock::time_point measure_from_;
  base::Random random_{1};
  HttpMeasured result_;
};

}  // namespace

Result<HttpMeasured> measure_http(const HttpLoad& load) {
  Generator generator(load);
  if (auto connected = generator.connect(); !connected) {
    return tl::unexpected(connected.error());
  }
  return generator.run();
}

}  // namespace steelyard::cli
