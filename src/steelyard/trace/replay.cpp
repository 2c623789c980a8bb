#include "steelyard/trace/replay.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "steelyard/trace/checksum.hpp"
#include "steelyard/trace/requirements.hpp"
#include "steelyard/trace/sentences.hpp"

namespace steelyard::trace {
namespace {

core::Actions decisions_of(const core::Actions& actions) {
  core::Actions decisions;
  for (const core::Action& action : actions) {
    if (const auto decision = decision_of(action)) decisions.push_back(*decision);
  }
  return decisions;
}

/// The decision at `place`, or that there is none.
std::string told(const core::Actions& decisions, std::size_t place, const Names& names) {
  return place < decisions.size() ? sentence(decisions[place], names) : "nothing more";
}

}  // namespace

Replay::Replay(const Preface& preface, std::unique_ptr<strategy::Strategy> strategy)
    : begun_(preface.begun), scheduler_(preface.options, std::move(strategy)) {}

void Replay::take(const Step& step, const Names& names) {
  if (difference_) return;
  Difference found{events_ + 1, step.time - begun_, name_of(step.event), {}, {}};
  if (const auto broken = broken_requirement(step.event, scheduler_, sessions_)) {
    found.recorded = "the event was taken";
    found.replayed = fmt::format("it cannot be: {}", *broken);
    difference_ = std::move(found);
    return;
  }
  actions_.clear();
  scheduler_.step(step.time, step.event, actions_);
  note_sessions(step.event);
  const core::Actions decisions = decisions_of(actions_);
  if (decisions == step.decisions && checksum(actions_) == step.checksum) {
    ++events_;
    decisions_ += decisions.size();
    return;
  }
  const auto [mine, theirs] = std::ranges::mismatch(decisions, step.decisions);
  const auto place = static_cast<std::size_t>(mine - decisions.begin());
  found.recorded = told(step.decisions, place, names);
  found.replayed = told(decisions, place, names);
  if (mine == decisions.end() && theirs == step.decisions.end()) {
    found.recorded = "the same decisions";
    found.replayed = "other messages to clients or workers";
  }
  difference_ = std::move(found);
}

void Replay::note_sessions(const core::Event& event) {
  if (const auto* opened = std::get_if<core::SessionOpened>(&event)) {
    sessions_.insert(opened->session);
  }
  for (const core::Action& action : actions_) {
    if (const auto* forgotten = std::get_if<core::ForgetSession>(&action)) {
      sessions_.erase(forgotten->session);
    }
  }
}

}  // namespace steelyard::trace
