#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "steelyard/core/scheduler.hpp"
#include "steelyard/trace/reader.hpp"

namespace steelyard::trace {

/// The first place where a replay did something else than the recorded broker.
struct Difference {
  std::uint64_t event = 0;  ///< counted from 1
  Duration at{};            ///< since the broker began
  std::string_view name;    ///< of the event
  std::string recorded;     ///< what the broker decided
  std::string replayed;     ///< what the replay did
};

/// Does again what was recorded, with a scheduler of its own, and compares all that comes of it.
///
/// With the first difference it ends: from there on, what was recorded may not even be possible.
/// Thread safety: none.
class Replay {
 public:
  /// `strategy` is the recorded one, fresh.
  Replay(const Preface& preface, std::unique_ptr<strategy::Strategy> strategy);

  void take(const Step& step, const Names& names);

  /// Events and decisions that were alike.
  [[nodiscard]] std::uint64_t events() const { return events_; }
  [[nodiscard]] std::uint64_t decisions() const { return decisions_; }
  [[nodiscard]] const std::optional<Difference>& difference() const { return difference_; }

 private:
  void note_sessions(const core::Event& event);

  const TimePoint begun_;
  core::Scheduler scheduler_;
  core::Actions actions_;
  std::set<SessionId> sessions_;  // that are not forgotten
  std::uint64_t events_ = 0;
  std::uint64_t decisions_ = 0;
  std::optional<Difference> difference_;
};

}  // namespace steelyard::trace
