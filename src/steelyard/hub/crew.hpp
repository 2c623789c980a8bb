#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "steelyard/base/time.hpp"
#include "steelyard/hub/group_spec.hpp"
#include "steelyard/hub/restarts.hpp"
#include "steelyard/hub/sizing.hpp"

namespace steelyard::hub {

/// A worker of one group, for the life of the hub.
struct MemberId {
  std::uint64_t number = 0;
  friend auto operator<=>(const MemberId&, const MemberId&) = default;
};

/// Start a worker; then say `became_ready`, and `ended` once, also when it cannot be started.
struct StartWorker {
  MemberId member;
  std::string name;
};
/// Ask it to finish what it has and to go.
struct StopWorker {
  MemberId member;
};
/// End it and everything below it now.
struct KillWorker {
  MemberId member;
};
/// Something for the log.
struct Tell {
  std::string sentence;
  bool is_warning = false;
};
using Action = std::variant<StartWorker, StopWorker, KillWorker, Tell>;
using Actions = std::vector<Action>;

/// How a group is.
enum class GroupState : std::uint8_t { Running, BackingOff, GivenUp, Stopping };
[[nodiscard]] const char* to_string(GroupState state);

/// The life of the workers of one group: how many there are to be, which are started, stopped,
/// replaced and killed, and when there is no sense in starting another one.
///
/// Events go in, actions come out, in the order in which they are to be done. Invariants:
/// 1. Workers that were not told to stop are at most `max`, and one more while some are replaced.
/// 2. A worker is killed only `stop_grace` after it was told to stop.
/// 3. A worker of former settings is told to stop only when one of the present ones is ready in its
///    place, or there are too many: a command that does not work replaces none.
/// Thread safety: none. Time: logical.
class Crew {
 public:
  explicit Crew(const GroupSpec& spec);

  // Events.

  /// At least once a second, and at `next_deadline`. `demand`: nothing while the broker is silent;
  /// then the number stays. `is_idle`: whether a worker of this name has nothing to do, if known.
  [[nodiscard]] Actions time_passed(TimePoint now, const std::optional<Demand>& demand,
                                    const std::function<bool(const std::string&)>& is_idle = {});
  [[nodiscard]] Actions became_ready(TimePoint now, MemberId member);
  /// `how`: in words, with its last ones. `success`: exit status 0.
  [[nodiscard]] Actions ended(TimePoint now, MemberId member, const std::string& how, bool success);
  /// Other settings for the same group. A group that was given up is tried again.
  [[nodiscard]] Actions reconfigure(TimePoint now, const GroupSpec& spec);
  /// The group is to end: all workers finish and go.
  [[nodiscard]] Actions stop(TimePoint now);

  // What there is.

  [[nodiscard]] const GroupSpec& spec() const { return spec_; }
  [[nodiscard]] GroupState state() const;
  /// After `stop`: whether the last worker has ended.
  [[nodiscard]] bool is_over() const { return stopping_ && members_.empty(); }
  /// When something is to be done although nothing happens.
  [[nodiscard]] std::optional<TimePoint> next_deadline() const;
  [[nodiscard]] std::uint32_t wanted() const { return stopping_ ? 0 : sizing_.wanted(); }
  [[nodiscard]] std::uint32_t running() const;   ///< ready, and not told to stop
  [[nodiscard]] std::uint32_t starting() const;  ///< not ready yet
  [[nodiscard]] std::uint32_t alive() const { return static_cast<std::uint32_t>(members_.size()); }
  [[nodiscard]] std::uint64_t restarts() const { return restart_count_; }
  [[nodiscard]] const std::string& why() const { return why_; }            ///< of its size
  [[nodiscard]] const std::string& evidence() const { return evidence_; }  ///< of the last crash
  [[nodiscard]] const Restarts& restarting() const { return restarts_; }

 private:
  struct Member {
    std::uint32_t number = 0;  // in its name
    std::string name;
    std::uint64_t generation = 0;  // of the settings
    std::uint64_t round = 0;       // of the restarts
    TimePoint started{};
    bool ready = false;
    bool healthy = false;
    std::optional<TimePoint> stop_deadline{};  // told to stop
    bool killed = false;
  };

  void settle(TimePoint now, Actions& actions);
  void note_health(TimePoint now);
  void kill_late_ones(TimePoint now, Actions& actions);
  void start_missing(TimePoint now, Actions& actions);
  void replace_former(TimePoint now, Actions& actions);
  void stop_surplus(TimePoint now, Actions& actions);
  void start_one(TimePoint now, Actions& actions);
  void stop_one(TimePoint now, MemberId member, Actions& actions);
  void note_end(TimePoint now, const Member& member, const std::string& how, bool success,
                Actions& actions);
  void give_up(Actions& actions);
  void resized(const std::string& why, Actions& actions);
  [[nodiscard]] bool may_start(TimePoint now) const;
  [[nodiscard]] bool waits_for_trial() const;
  [[nodiscard]] std::uint32_t free_number() const;
  [[nodiscard]] std::uint32_t count(const std::function<bool(const Member&)>& which) const;
  [[nodiscard]] std::uint32_t formers() const;
  [[nodiscard]] std::optional<MemberId> most_dispensable() const;

  GroupSpec spec_;
  Sizing sizing_;
  Restarts restarts_;
  std::map<MemberId, Member> members_;
  std::uint64_t next_member_ = 1;
  std::uint64_t generation_ = 0;
  std::uint64_t restart_count_ = 0;
  bool stopping_ = false;
  bool given_up_ = false;
  std::function<bool(const std::string&)> is_idle_;  // during an event only
  std::string why_;
  std::string evidence_;
};

}  // namespace steelyard::hub
