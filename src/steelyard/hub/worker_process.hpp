#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "steelyard/base/result.hpp"
#include "steelyard/base/time.hpp"
#include "steelyard/hub/group_spec.hpp"
#include "steelyard/hub/output_lines.hpp"
#include "steelyard/runtime/task/child_guard.hpp"
#include "steelyard/runtime/task/child_process.hpp"

namespace steelyard::hub {

/// More than this is not read from a worker within a second: it waits until somebody reads on.
inline constexpr std::size_t kMaxReadBytesPerSecond = std::size_t{1} << 20;

/// What every worker of a hub is told.
struct Surroundings {
  std::string endpoint;                   ///< of the broker
  std::vector<std::string> worker_words;  ///< before the flags of `steelyard worker`
  std::string machine_load_file{};        ///< empty: the usual one
};

/// A worker as a process, and what it says.
///
/// Thread safety: none.
class WorkerProcess {
 public:
  /// Errors: those of ChildProcess::spawn.
  [[nodiscard]] static Result<std::unique_ptr<WorkerProcess>> start(
      const GroupSpec& group, const std::string& name, const Surroundings& surroundings,
      std::shared_ptr<ChildGuard> guard);

  [[nodiscard]] pid_t pid() const { return child_->pid(); }
  /// What to poll for reading now: nothing of a pipe from which enough was read in this second.
  [[nodiscard]] ChildDescriptors descriptors(TimePoint now) const;

  /// Reads what it has written, a little at a time; returns the lines to pass on.
  [[nodiscard]] std::vector<std::string> read(TimePoint now);
  /// Whether it has written more in this second than is read, for the first time.
  [[nodiscard]] bool began_to_flood();
  /// "… 12 lines left out", a second after they were; empty: none.
  [[nodiscard]] std::string left_out(TimePoint now) { return lines_.left_out(now); }

  /// Asks it to end.
  void terminate();
  void kill() const { child_->kill(); }
  /// Kills it for a reason that `end` says.
  void kill_because(const std::string& reason);

  /// How it ended, with its last words unless it ended well when it was asked to.
  struct End {
    std::string how;
    bool success = false;
    std::vector<std::string> last_lines;  ///< to pass on
  };
  /// Nothing while it runs.
  [[nodiscard]] std::optional<End> ended(TimePoint now);

 private:
  WorkerProcess(std::unique_ptr<ChildProcess> child, const OutputLimits& limits)
      : child_(std::move(child)), lines_(limits) {
    child_->close_input();
  }
  void begin_second(TimePoint now);

  std::unique_ptr<ChildProcess> child_;
  OutputLines lines_;
  TimePoint second_{};
  std::size_t read_bytes_ = 0;  // in this second
  bool floods_ = false;
  bool flood_was_told_ = false;
  bool asked_to_end_ = false;
  std::string reason_;
};

}  // namespace steelyard::hub
