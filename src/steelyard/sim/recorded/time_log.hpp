#pragma once

#include <cstdint>
#include <vector>

#include "steelyard/base/ids.hpp"
#include "steelyard/base/time.hpp"
#include "steelyard/sim/scenario.hpp"

namespace steelyard::sim {

/// The mean of what was measured.
class MeanTime {
 public:
  void add(Duration time) {
    sum_s_ += in_seconds(time);
    ++count_;
  }
  [[nodiscard]] bool known() const { return count_ > 0; }
  [[nodiscard]] Duration value() const {
    return known() ? from_seconds(sum_s_ / static_cast<double>(count_)) : Duration();
  }

 private:
  double sum_s_ = 0;
  std::uint64_t count_ = 0;
};

/// How long attempts and loads took, as far as it was told.
class TimeLog {
 public:
  /// An attempt that was told to load its state, and the load is in its run time; or one that was
  /// not told to.
  void add_run(QueueId queue, StateId state, Duration time, bool with_load);
  void add_load(StateId state, Duration time);

  /// As workers say; where they do not, how much longer attempts ran that loaded.
  [[nodiscard]] Duration load(StateId state) const;
  /// Of a job of which nothing is known: as others of its queue and state, its queue, or all.
  [[nodiscard]] Duration run(QueueId queue, StateId state) const;
  /// Whether any worker said how long a load took.
  [[nodiscard]] bool loads_told() const { return loads_told_; }

 private:
  struct OfState {
    MeanTime loads;
    MeanTime runs_with_load;
    MeanTime runs;
  };
  std::vector<OfState> states_;
  std::vector<MeanTime> queues_;
  MeanTime all_;
  bool loads_told_ = false;
};

}  // namespace steelyard::sim
