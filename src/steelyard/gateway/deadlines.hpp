#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "steelyard/base/indexed_heap.hpp"

namespace steelyard::gateway {

/// Who is to be told that its time is over.
class Deadlined {
 public:
  virtual ~Deadlined() = default;
  virtual void on_deadline() = 0;
};

/// The deadlines of everything that one thread waits for, behind one timer.
///
/// Thread safety: none; the thread of its io_context. Cost: O(log n) in what is waited for; the
/// timer is set anew only for a deadline that is sooner than all, or when it went off.
class Deadlines {
 public:
  using Clock = std::chrono::steady_clock;
  using Slot = std::uint32_t;

  explicit Deadlines(boost::asio::io_context& thread) : timer_(thread) {}

  /// Calls `whom` at that time, once, unless it is removed before; it must live until then.
  Slot add(Clock::time_point at, Deadlined& whom);
  /// Requires: its deadline has not come.
  void remove(Slot slot);

 private:
  void arm();
  void tell();

  boost::asio::steady_timer timer_;
  Clock::time_point armed_for_ = Clock::time_point::max();
  base::IndexedHeap<Clock::time_point> heap_;
  std::vector<Deadlined*> whom_;  // by slot
  std::vector<Slot> free_;
};

}  // namespace steelyard::gateway
