#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "steelyard/base/time.hpp"
#include "steelyard/gateway/http/server.hpp"

namespace steelyard::http {

/// A number that one thread changes and any thread reads.
class Counter {
 public:
  void add(std::int64_t difference) {
    value_.store(read() + static_cast<std::uint64_t>(difference), std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t read() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

struct Counters {
  Counter connections, refused, requests, malformed, timed_out, gone;
  std::array<Counter, 5> answers;        ///< by class of status
  Counter open_connections, unanswered;  ///< now
};

/// What the connections of one thread share.
struct Surroundings {
  const ServerOptions& options;
  Handler* handler = nullptr;
  boost::asio::any_io_executor executor;
  std::function<TimePoint()> clock;
  std::string date{};  ///< the value of the Date header
  Counters counters{};
};

}  // namespace steelyard::http
