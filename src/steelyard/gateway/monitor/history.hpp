#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "steelyard/base/result.hpp"
#include "steelyard/gateway/monitor/snapshot_text.hpp"

namespace steelyard::gateway {

/// What a snapshot says about one queue, as far as its history is kept.
struct QueueMoment {
  std::string queue;
  double queued = 0;
  double longest_wait_s = 0;  ///< NaN: nothing waits
  double accepted = 0;        ///< cumulative; how busy it is
};

/// What a snapshot says that is kept to be looked back at.
struct Moment {
  std::string incarnation;
  double uptime_s = 0;
  double queued = 0;
  double running = 0;
  double workers = 0;
  double accepted = 0;  ///< cumulative, as the next two
  double finished = 0;
  double failed = 0;
  std::vector<QueueMoment> queues{};

  /// Errors: Malformed, naming what is missing.
  [[nodiscard]] static Result<Moment> read(const SnapshotText& snapshot);
};

/// How it went lately: the last 300 seconds as densely as the broker was asked, at most once a
/// second, and the last hour in steps of ten.
///
/// It goes on over a restart of the broker, whose rates are not known at first then.
/// Thread safety: none. Cost: of `add` O(queues); of `text` O(what there is), some milliseconds.
class History {
 public:
  using Clock = std::chrono::steady_clock;

  static constexpr std::size_t kMaxSeconds = 300;
  static constexpr std::size_t kMaxTens = 360;
  static constexpr std::size_t kMaxQueuesKept = 1'000;
  static constexpr std::size_t kMaxQueuesTold = 100;

  /// Requires: `now` does not go back.
  void add(Clock::time_point now, const Moment& moment);

  /// {"seconds":[…],"tens":[…],"queues":{…}}. Times are the broker's uptime; what was before it
  /// began has less than 0. What is not known is null.
  [[nodiscard]] std::string text(Clock::time_point now) const;

 private:
  static constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

  struct Point {
    Clock::time_point at;
    double queued = 0;
    double running = 0;
    double workers = 0;
    double accepted_per_s = kUnknown;
    double finished_per_s = kUnknown;
    double failed_per_s = kUnknown;
    double longest_wait_s = kUnknown;
  };
  /// Counters at the beginning of a step, to tell its rates.
  struct Mark {
    Clock::time_point at;
    std::string incarnation;  ///< empty: there is none
    double accepted = 0;
    double finished = 0;
    double failed = 0;
  };
  /// The last values of a queue, the newest one last, as many as there are seconds or fewer.
  struct Line {
    double accepted = 0;
    std::uint64_t seen = 0;  ///< the number of the last moment that had it
    std::deque<float> queued;
    std::deque<float> longest_wait_s;
  };

  static void set_rates(Point& point, const Mark& since, const Moment& moment);
  static Mark mark(Clock::time_point now, const Moment& moment);
  void add_ten(Point point, const Moment& moment);
  void add_queues(const Moment& moment);
  void make_room_for_queues();
  void append_points(std::string& text, const std::deque<Point>& points,
                     Clock::time_point oldest) const;
  void append_queues(std::string& text, std::size_t seconds) const;
  [[nodiscard]] double uptime_s(Clock::time_point at) const;

  std::deque<Point> seconds_;
  std::deque<Point> tens_;
  Mark last_;
  Mark ten_began_;
  double longest_of_ten_s_ = kUnknown;
  Clock::time_point broker_began_{};
  std::uint64_t moments_ = 0;
  std::map<std::string, Line> queues_;
};

}  // namespace steelyard::gateway
