#include "steelyard/trace/sentences.hpp"

#include <array>

#include <fmt/format.h>

namespace steelyard::trace {
namespace {

/// By the place of the event in the variant.
constexpr std::array<std::string_view, std::variant_size_v<core::Event>> kEventNames{
    "SessionOpened",   "SessionBeat",    "SessionClosed",     "SessionEnding",
    "SessionAborted",  "JobsSubmitted",  "ResultsReceived",   "NumbersSpent",
    "CancelRequested", "CancelMatching", "QuarantineDecided", "JobAsked",
    "WorkerJoined",    "WorkerReturned", "WorkerBeat",        "WorkerDrainRequested",
    "WorkerLeft",      "JobFinished",    "JobFailed",         "JobForwarded",
    "JobStopped",      "StopIgnored",    "JobProgressed",     "JobHandedBack",
    "ResultFetched",   "ResultMissing",  "StateLoaded",       "PinRequested",
    "TenantWeighted",  "StopRequested",  "Persisted",         "LogFailing",
    "SessionRestored", "JobRestored",    "DriverStalled",     "TimePassed"};

struct Teller {
  const Names& names;

  template <class Action>
  std::string operator()(const Action&) const {
    return "no decision";
  }
  std::string operator()(const core::Assign& action) const {
    return fmt::format("job {} of session {} to worker {}{}", action.sequence, action.session.value,
                       action.worker.value, action.loads ? ", which loads its state" : "");
  }
  std::string operator()(const core::Evict& action) const {
    return fmt::format("worker {} gives up state {}", action.worker.value, name(action.state));
  }
  std::string operator()(const core::LoadState& action) const {
    return fmt::format("worker {} loads state {} ahead of any job", action.worker.value,
                       name(action.state));
  }
  std::string operator()(const core::Reject& action) const {
    return fmt::format("{} jobs from {} of session {} refused: {}", action.count,
                       action.first_sequence, action.session.value, to_string(action.reason));
  }
  std::string operator()(const core::DeclareLost& action) const {
    return fmt::format("worker {} is lost", action.worker.value);
  }
  std::string operator()(const core::RequestStop& action) const {
    return fmt::format("worker {} is to stop the job at place {}", action.worker.value,
                       action.lease.slot);
  }
  std::string operator()(const core::Expel& action) const {
    return fmt::format("worker {} is expelled", action.worker.value);
  }
  std::string operator()(const core::Dismiss& action) const {
    return fmt::format("worker {} is dismissed", action.worker.value);
  }
  std::string operator()(const core::RefuseWorker& action) const {
    return fmt::format("worker {} is refused: {}", action.worker.value, to_string(action.reason));
  }
  std::string operator()(const core::ForgetSession& action) const {
    return fmt::format("session {} is forgotten", action.session.value);
  }

  [[nodiscard]] std::string_view name(StateId state) const {
    if (state.index() >= names.states.size()) return "?";
    return names.states[state.index()];
  }
};

}  // namespace

std::string_view name_of(const core::Event& event) {
  return kEventNames.at(event.index());
}

std::string sentence(const core::Action& decision, const Names& names) {
  return std::visit(Teller{names}, decision);
}

}  // namespace steelyard::trace
