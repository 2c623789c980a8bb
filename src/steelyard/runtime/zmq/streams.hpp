#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>

#include "steelyard/base/ids.hpp"
#include "steelyard/runtime/task/partial_charge.hpp"

namespace steelyard::zmq_runtime {

/// The attempts whose partial results are wanted, and how much of each is under way to its
/// requester. The broker keeps none of it.
///
/// At most a window is under way per attempt, or one partial result that is larger; each takes its
/// bytes and an overhead of it (partial_charge_bytes).
/// Bounded by the jobs that run: those that do not are swept out now and then.
/// Thread safety: none. Cost: O(1), amortised.
class Streams {
 public:
  struct Stream {
    Lease lease;
    WorkerId worker;
    SessionId session;
    std::uint64_t sequence = 0;
    std::uint32_t attempt = 0;  ///< core::AttemptNumber
    std::uint32_t window_bytes = 0;
    std::uint64_t in_flight_bytes = 0;  ///< of the window
    std::uint8_t percent = 0;           ///< its progress, as told last

    /// Whether a partial result of so many bytes may be under way too.
    [[nodiscard]] bool has_room(std::uint64_t bytes) const {
      return in_flight_bytes == 0 || in_flight_bytes + partial_charge_bytes(bytes) <= window_bytes;
    }
    /// One is on its way now.
    void add(std::uint64_t bytes) { in_flight_bytes += partial_charge_bytes(bytes); }
    /// The requester gives `bytes` of the window back; returns how much of that was under way.
    std::uint64_t take_back(std::uint64_t bytes);
  };

  /// `is_live` says whether an attempt still runs, for the sweeps.
  explicit Streams(std::function<bool(Lease)> is_live) : is_live_(std::move(is_live)) {}

  void open(const Stream& stream);
  void close(Lease lease) { streams_.erase(lease.bits()); }
  /// Null: there is none. Valid until the next `open`.
  [[nodiscard]] Stream* find(Lease lease);

  /// Visits the streams of live attempts. Cost: O(streams).
  void each(const std::function<void(Stream&)>& visit);
  [[nodiscard]] std::size_t size() const { return streams_.size(); }

 private:
  static constexpr std::size_t kFirstSweep = 1024;

  const std::function<bool(Lease)> is_live_;
  std::unordered_map<std::uint64_t, Stream> streams_;  // by the lease's bits
  std::size_t sweep_at_ = kFirstSweep;
};

}  // namespace steelyard::zmq_runtime
