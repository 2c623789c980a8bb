#include "steelyard/trace/requirements.hpp"

#include <cmath>

namespace steelyard::trace {
namespace {

using Broken = std::optional<std::string_view>;

// Numbers are dense, and the scheduler's tables grow with them; a broker gives out fewer.
constexpr std::size_t kMaxNumber = 1'000'000;
constexpr std::string_view kTooLarge = "it has a number that no broker gives out";

template <class... Ids>
bool are_small(Ids... ids) {
  return ((!ids.valid() || ids.index() < kMaxNumber) && ...);
}

struct Requirements {
  const core::Scheduler& scheduler;
  const std::set<SessionId>& sessions;

  Broken operator()(const core::SessionOpened& event) const {
    if (!event.session.valid()) return "it opens no session";
    if (!are_small(event.session)) return kTooLarge;
    return unless(!sessions.contains(event.session) || scheduler.is_open(event.session),
                  "its session is closing");
  }
  Broken operator()(const core::SessionBeat& event) const { return known(event.session); }
  Broken operator()(const core::SessionClosed& event) const { return known(event.session); }
  Broken operator()(const core::SessionEnding& event) const { return known(event.session); }
  Broken operator()(const core::SessionAborted& event) const { return known(event.session); }
  Broken operator()(const core::JobsSubmitted& event) const {
    if (event.count == 0 || event.first_sequence == 0 || !event.queue.valid()) {
      return "its jobs have no number or no queue";
    }
    if (!are_small(event.queue, event.state, event.tenant, event.key)) return kTooLarge;
    if (event.key.valid() && (event.count != 1 || !event.keep)) return "its key names no one job";
    return unless(scheduler.is_open(event.session), "its session is not open");
  }
  Broken operator()(const core::NumbersSpent& event) const { return known(event.session); }
  Broken operator()(const core::ResultsReceived& event) const { return known(event.session); }
  Broken operator()(const core::CancelRequested& event) const { return known(event.by); }
  Broken operator()(const core::CancelMatching& event) const { return known(event.by); }
  Broken operator()(const core::QuarantineDecided& event) const { return known(event.by); }
  Broken operator()(const core::JobAsked& event) const { return known(event.by); }
  Broken operator()(const core::WorkerJoined& event) const {
    const core::WorkerProfile& profile = event.profile;
    if (!event.worker.valid() || scheduler.workers().joined(event.worker)) {
      return "the worker has joined already";
    }
    if (!are_small(event.worker)) return kTooLarge;
    return unless(profile.slots > 0 && profile.max_states > 0 && profile.weight > 0 &&
                      std::isfinite(profile.weight),
                  "the worker offers nothing");
  }
  Broken operator()(const core::WorkerReturned& event) const { return joined(event.worker); }
  Broken operator()(const core::WorkerBeat& event) const { return joined(event.worker); }
  Broken operator()(const core::WorkerDrainRequested&) const { return std::nullopt; }
  Broken operator()(const core::WorkerLeft&) const { return std::nullopt; }
  Broken operator()(const core::JobFinished& event) const {
    return kept_or_brought(event, event.result);
  }
  Broken operator()(const core::JobFailed& event) const {
    return kept_or_brought(event, event.error);
  }
  Broken operator()(const core::JobForwarded& event) const {
    if (!event.queue.valid()) return "it forwards a job nowhere";
    if (!are_small(event.queue, event.state)) return kTooLarge;
    return reported(event);
  }
  Broken operator()(const core::ResultFetched& event) const { return joined(event.worker); }
  Broken operator()(const core::ResultMissing& event) const { return joined(event.worker); }
  Broken operator()(const core::JobHandedBack& event) const { return joined(event.worker); }
  Broken operator()(const core::JobStopped& event) const { return reported(event); }
  Broken operator()(const core::StopIgnored& event) const { return joined(event.worker); }
  Broken operator()(const core::JobProgressed& event) const { return joined(event.worker); }
  Broken operator()(const core::StateLoaded& event) const {
    if (!event.state.valid()) return "it names no state";
    if (!are_small(event.state)) return kTooLarge;
    return joined(event.worker);
  }
  Broken operator()(const core::PinRequested& event) const {
    if (!event.state.valid()) return "it names no state";
    if (!are_small(event.state)) return kTooLarge;
    return known(event.by);
  }
  Broken operator()(const core::TenantWeighted& event) const {
    if (!are_small(event.tenant)) return kTooLarge;
    return unless(event.tenant.valid() && event.weight > 0 && std::isfinite(event.weight),
                  "it gives nobody a weight");
  }
  Broken operator()(const core::StopRequested&) const { return std::nullopt; }
  Broken operator()(const core::Persisted& event) const {
    return unless(event.through >= scheduler.persisted() && event.through <= scheduler.appended(),
                  "it writes what was never appended");
  }
  Broken operator()(const core::LogFailing&) const { return std::nullopt; }
  Broken operator()(const core::SessionRestored& event) const {
    if (!event.session.valid()) return "it restores no session";
    if (!are_small(event.session)) return kTooLarge;
    return unless(!sessions.contains(event.session), "its session is there already");
  }
  Broken operator()(const core::JobRestored& event) const {
    const core::JobsSubmitted& job = event.job;
    if (const Broken broken = (*this)(job)) return broken;
    return unless(job.count == 1 && job.journal &&
                      scheduler.find(job.session, job.first_sequence) == core::kNoJob,
                  "its job is there already");
  }
  Broken operator()(const core::DriverStalled&) const { return std::nullopt; }
  Broken operator()(const core::TimePassed&) const { return std::nullopt; }

  static Broken unless(bool kept, std::string_view sentence) {
    return kept ? Broken() : Broken(sentence);
  }
  [[nodiscard]] Broken known(SessionId session) const {
    return unless(sessions.contains(session), "its session is not known");
  }
  [[nodiscard]] Broken joined(WorkerId worker) const {
    return unless(scheduler.workers().joined(worker), "its worker has not joined");
  }
  template <class Event>
  [[nodiscard]] Broken kept_or_brought(const Event& event, PayloadRef brought) const {
    if (event.delivered && brought.valid()) return "the result is at two places";
    return reported(event);
  }
  template <class Event>
  [[nodiscard]] Broken reported(const Event& event) const {
    for (const StateId state : event.report.holds.value_or(std::span<const StateId>())) {
      if (!are_small(state)) return kTooLarge;
    }
    return joined(event.worker);
  }
};

}  // namespace

std::optional<std::string_view> broken_requirement(const core::Event& event,
                                                   const core::Scheduler& scheduler,
                                                   const std::set<SessionId>& sessions) {
  return std::visit(Requirements{scheduler, sessions}, event);
}

}  // namespace steelyard::trace
