#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace steelyard {

/// Which states the scheduler takes a worker to hold, as the worker can tell: it says what it does
/// hold only when that differs.
///
/// The scheduler takes it that a worker holds what its jobs need and what it was asked to load, and
/// not what it was asked to let go of or has failed to load.
/// Thread safety: none.
class BelievedStates {
 public:
  using Names = std::vector<std::string>;

  /// The worker was asked to let go of it, and has.
  void evicted(const std::string& state) { believed_.erase(state); }
  /// A job that needs `state` (empty: none), or a load of it, begins.
  void begin(const std::string& state);
  /// A load has ended.
  void end_load(const std::string& state, bool failed);
  /// A job has ended, and the worker now holds `actual`, if that is known. Returns what the
  /// scheduler is to be told with it; nullopt: nothing that it does not think already.
  [[nodiscard]] std::optional<Names> end_job(const std::string& state, bool load_failed,
                                             const std::optional<Names>& actual);
  /// A job has ended of which the scheduler hears nothing.
  void end_unheard(const std::string& state);
  /// What was said may have been lost, or the scheduler is another one: it is told anew.
  void doubt() { is_doubtful_ = true; }

 private:
  [[nodiscard]] bool agrees_with(const Names& actual) const;

  std::set<std::string> believed_;
  std::map<std::string, std::uint32_t> running_;  // jobs and loads, by the state they need
  bool is_doubtful_ = false;
};

}  // namespace steelyard
