#pragma once

#include <array>
#include <functional>
#include <string>
#include <utility>

#include "steelyard/base/event_gate.hpp"
#include "steelyard/base/time.hpp"
#include "steelyard/runtime/zmq/happening.hpp"

namespace steelyard::zmq_runtime {

/// Tells somebody what happens at the broker, of each kind no more than an EventGate lets through.
///
/// Thread safety: none. Cost: next to nothing while nobody wants to know and for what is left out;
/// the sentence is made only when it is told.
class Happenings {
 public:
  using Kind = Happening::Kind;
  using Fields = std::vector<std::pair<std::string_view, std::string>>;
  using Tell = std::function<void(const Happening&)>;

  /// `tell` may be empty: nobody wants to know.
  explicit Happenings(Tell tell) : tell_(std::move(tell)) {}

  /// `sentence()` and `fields()` say what happened, and are called only when it is told.
  template <class Sentence, class MakeFields>
  void tell(Kind kind, TimePoint now, Sentence&& sentence, MakeFields&& fields) {
    if (!tell_ || !gates_[static_cast<std::size_t>(kind)].lets_through(now)) return;
    tell_({kind, sentence(), fields()});
  }

  /// To be called now and then: tells how many were left out.
  void look(TimePoint now) {
    if (!tell_ || now < next_look_) return;
    next_look_ = now + std::chrono::seconds(1);
    for (std::size_t i = 0; i < gates_.size(); ++i) {
      const std::uint64_t count = gates_[i].take_left_out(now);
      if (count == 0) continue;
      const std::string name(to_string(static_cast<Kind>(i)));
      tell_({Kind::LeftOut,
             std::to_string(count) + " more lines about " + name + " were left out",
             {{"about", name}, {"count", std::to_string(count)}}});
    }
  }

 private:
  const Tell tell_;
  std::array<EventGate, kHappenings> gates_;
  TimePoint next_look_;
};

}  // namespace steelyard::zmq_runtime
