#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "steelyard/core/scheduler.hpp"

namespace steelyard::core {

/// A log whose disk is a map, with a tail that is not yet on it: what a broker's crash leaves is
/// the disk and any part of the tail from its beginning.
///
/// Positions count from 1 in each life of the broker. Thread safety: none.
class NaiveLog {
 public:
  using Key = std::pair<SessionId, std::uint64_t>;
  /// What the log knows of a job. Bytes are kept by whether there are any.
  struct Kept {
    JobsSubmitted job;
    PrincipalId principal;
    TimePoint arrival;
    std::uint64_t order = 0;
    std::uint16_t hop = 0;
    std::uint16_t attempt = 0;
    std::uint8_t deaths = 0;
    bool detached = false;
    bool has_result = false;
    Restored as = Restored::Waiting;
    Outcome outcome = Outcome::Finished;
    std::optional<ErrorCode> error{};
    Duration waited{};
    Duration run_time{};
    TimePoint forget_at{};
  };

  /// `running`: the submission of the step; used by Submitted only.
  void append(const Append& action, const Scheduler& scheduler, TimePoint now,
              const JobsSubmitted* running);
  void persist(std::uint64_t through) { persisted_ = through; }
  /// The broker is gone, and so is the tail after `through`. Requires: that is not on disk.
  void crash(std::uint64_t through);

  [[nodiscard]] std::uint64_t appended() const { return tail_.size(); }
  [[nodiscard]] std::uint64_t persisted() const { return persisted_; }
  /// On disk after a crash, in the order in which the jobs were handed in.
  [[nodiscard]] std::vector<Kept> recovered() const;
  [[nodiscard]] const std::map<Key, Kept>& disk() const { return disk_; }

 private:
  struct Record {
    Append::What what = Append::What::Submitted;
    Key key;
    Kept kept;
    bool is_known = true;  // else the job was over before its change could be read
  };
  void apply(const Record& record);

  std::map<Key, Kept> disk_;  // as of the last crash
  std::vector<Record> tail_;  // since then; the first `persisted_` are on disk
  std::uint64_t persisted_ = 0;
  std::uint64_t orders_ = 0;
};

}  // namespace steelyard::core
