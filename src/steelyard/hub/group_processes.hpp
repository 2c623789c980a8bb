#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <poll.h>

#include "steelyard/hub/crew.hpp"
#include "steelyard/hub/worker_process.hpp"

namespace steelyard::hub {

/// Where a hub's sentences go.
using Log = std::function<void(bool is_warning, const std::string& sentence)>;

/// One group: what its crew decides, done with processes.
///
/// Thread safety: none.
class GroupProcesses {
 public:
  struct Means {
    const Surroundings& surroundings;
    std::shared_ptr<ChildGuard> guard;
    const Log& log;
  };
  GroupProcesses(const GroupSpec& spec, Means means) : crew_(spec), means_(std::move(means)) {}

  [[nodiscard]] const Crew& crew() const { return crew_; }

  /// A second has passed, or less: what is due is done. `demand`: nothing when it is not known
  /// anew.
  void time_passed(TimePoint now, const std::optional<Demand>& demand,
                   const std::function<bool(const std::string&)>& is_idle);
  /// Tells what was left out of the output, and kills workers that use more memory than they may.
  void second_passed(TimePoint now, const std::map<pid_t, std::uint64_t>& memory_bytes);
  void reconfigure(TimePoint now, const GroupSpec& spec) {
    apply(now, crew_.reconfigure(now, spec));
  }
  void stop(TimePoint now) { apply(now, crew_.stop(now)); }

  /// Adds what is to be polled.
  void add_descriptors(TimePoint now, std::vector<pollfd>& into) const;
  /// Reads what the workers say, and takes notice of those that have ended.
  void look(TimePoint now);
  /// Of workers whose memory is limited.
  void add_limited(std::vector<pid_t>& into) const;

 private:
  void apply(TimePoint now, const Actions& actions);
  void start(TimePoint now, const StartWorker& action);
  void hear(TimePoint now, MemberId member, const std::vector<std::string>& lines);
  void tell(bool is_warning, const std::string& sentence) const {
    means_.log(is_warning, sentence);
  }

  struct Running {
    std::string name;
    std::uint64_t memory_limit_bytes = 0;
    std::unique_ptr<WorkerProcess> process;
  };

  Crew crew_;
  const Means means_;
  std::map<MemberId, Running> running_;
};

}  // namespace steelyard::hub
