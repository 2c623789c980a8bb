#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "steelyard/base/result.hpp"
#include "steelyard/hub/broker_view.hpp"
#include "steelyard/hub/broker_watch.hpp"
#include "steelyard/hub/control.hpp"
#include "steelyard/hub/group_processes.hpp"
#include "steelyard/runtime/task/wake_event.hpp"
#include "steelyard/runtime/zmq/machine_load.hpp"

namespace steelyard::hub {

/// Workers of one hub, all groups at their largest: each costs three open files.
inline constexpr std::uint32_t kMaxWorkers = 1'000;

struct HubOptions {
  std::string name;
  std::vector<GroupSpec> groups;
  Surroundings surroundings;
  std::string config;  ///< the file that the groups are from, absolute; empty: none
  /// The groups of a file, anew. Errors: every mistake of it.
  std::function<Result<std::vector<GroupSpec>>(const std::string& file)> read;
  std::string control;  ///< path of its control socket; empty: none
  Log log;
};

/// Groups of workers on this machine, for one broker, which may be started later, restarted or
/// lost: the workers go on.
///
/// On its control socket it takes `{"do":"who"}` and
/// `{"do":"reload","config":FILE,"dry_run":true}`, and answers with JSON. Thread safety: `run`
/// once; `stop`, `stop_now` and `reload` from any thread.
class Hub {
 public:
  /// Errors: SystemError when its control socket cannot be made.
  [[nodiscard]] static Result<std::unique_ptr<Hub>> open(HubOptions options,
                                                         std::shared_ptr<ChildGuard> guard);
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  /// Serves until it was told to stop and all workers have ended.
  void run();

  /// The workers finish what they have and go.
  void stop();
  /// Everything is killed.
  void stop_now();
  /// Reads its own file again; says what has changed, or what is wrong with it, in the log.
  void reload();

  [[nodiscard]] const std::string& control() const { return options_.control; }

 private:
  Hub(HubOptions options, std::shared_ptr<ChildGuard> guard, WakeEvent wake);
  void obey(TimePoint now);
  void tick(TimePoint now);
  void look_at_memory(TimePoint now);
  void announce();
  void say_when_ready();
  void wait(TimePoint now);
  void add_group(const GroupSpec& spec, TimePoint now);
  void apply(TimePoint now, const std::vector<GroupSpec>& groups);
  /// What differs, after it was applied, or only looked at.
  Result<std::vector<std::string>> reload(TimePoint now, const std::string& file, bool dry_run);
  std::string answer(TimePoint now, const std::string& line);
  [[nodiscard]] GroupProcesses* find(const std::string& group);
  [[nodiscard]] std::vector<const Crew*> crews() const;

  HubOptions options_;
  const std::shared_ptr<ChildGuard> guard_;
  const WakeEvent wake_;
  std::unique_ptr<ControlSocket> control_;
  zmq_runtime::MachineLoad machine_load_;
  BrokerWatch watch_;
  BrokerView view_;
  std::optional<TimePoint> viewed_;  // when the last snapshot came
  std::vector<std::unique_ptr<GroupProcesses>> groups_;
  TimePoint next_tick_{};
  bool said_ready_ = false;
  bool stopping_ = false;
  std::atomic<bool> stop_asked_ = false;
  std::atomic<bool> reload_asked_ = false;
};

}  // namespace steelyard::hub
