#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "steelyard/core/scheduler.hpp"

namespace steelyard::core {

/// What clients were promised, kept over all lives of the broker and apart from the Model:
///
///  1. A journalled job is acknowledged only when it is on disk, and is not refused afterwards.
///  2. An acknowledged one is forgotten only when its client has its answer, or the answer was
///     stored, or somebody dropped it from quarantine. Until then it is there, whatever crashes.
///  3. Nobody is given an answer once more who has said to have it, unless he asks again or a crash
///     has undone what he said.
///
/// Thread safety: none.
class Promises {
 public:
  using Name = std::pair<SessionId, std::uint64_t>;

  /// Notes an action, of which records of the log have the places after `appended`.
  void note(const Action& action, const Event& event, std::uint64_t appended,
            std::uint64_t persisted);
  /// The client has the answer, from whomever.
  void told(const Name& name) { told_.insert(name); }
  /// The scheduler took the client's receipt for it.
  void said(const Name& name) { said_.insert(name); }
  [[nodiscard]] bool is_told(const Name& name) const { return told_.contains(name); }
  /// A job is in quarantine, from where it may be dropped.
  void may_be_dropped(const Name& name) { droppable_.insert(name); }
  /// The broker is gone, and so is what was appended after `through`.
  void crash(std::uint64_t through);
  /// All that was promised and is not yet fulfilled is there.
  void check(const Scheduler& scheduler) const;
  /// The number is free: the next session with it is another.
  void forget(SessionId id);
  [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }

 private:
  struct Promise {
    std::uint64_t submitted_at = 0;  // in the log; 0: in a former life
    std::uint64_t stored_at = 0;
    std::uint64_t forgotten_at = 0;
    bool is_acknowledged = false;
    bool is_stored = false;
    bool is_forgotten = false;
  };
  void note_record(const Append& append, std::uint64_t appended);

  // Of journalled jobs; more than one when a job that was over was handed in once more.
  std::map<Name, std::vector<Promise>> promises_;
  std::set<Name> told_;
  std::set<Name> said_;
  std::set<Name> droppable_;
  std::uint64_t acknowledged_ = 0;
};

}  // namespace steelyard::core
