#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "steelyard/monitor/explain.hpp"
#include "steelyard/strategy/registry.hpp"

namespace steelyard::monitor {

/// A scheduler with two clients of different principals, and names for everything it knows.
class House {
 public:
  explicit House(std::string strategy = "oldest", core::Options options = {})
      : House(std::move(*strategy::Registry().make(strategy)), strategy, options) {}
  House(std::unique_ptr<strategy::Strategy> made, std::string name, core::Options options = {})
      : strategy_(std::move(name)), scheduler_(options, std::move(made)) {
    step(core::SessionOpened{SessionId{0}, PrincipalId{0}, true});
    step(core::SessionOpened{SessionId{1}, PrincipalId{1}, true});
  }

  void wait(Duration duration) {
    now_ += duration;
    step(core::TimePassed{});
  }

  struct Jobs {
    std::uint32_t count = 1;
    std::string queue = "ocr";
    std::string state{};
    std::string user{};
    std::int32_t priority = 0;
    std::vector<std::string> tags{};
    std::uint64_t state_bytes = 0;
    bool keep = false;
  };
  /// Returns the number of the first.
  std::uint64_t submit(const Jobs& jobs) {
    std::vector<TagId> tags;
    for (const std::string& tag : jobs.tags) tags.push_back(tags_.intern(tag));
    std::ranges::sort(tags);
    core::JobsSubmitted event;
    event.session = SessionId{0};
    event.first_sequence = next_;
    event.count = jobs.count;
    event.queue = queues_.intern(jobs.queue);
    if (!jobs.state.empty()) event.state = states_.intern(jobs.state);
    if (!jobs.user.empty()) event.tenant = users_.intern(jobs.user);
    event.priority = jobs.priority;
    event.tags = tags;
    event.state_bytes = jobs.state_bytes;
    event.first_payload = PayloadRef{next_};
    event.keep = jobs.keep;
    step(event);
    return std::exchange(next_, next_ + jobs.count);
  }

  struct Profile {
    std::string name = "w0";
    std::uint32_t number = UINT32_MAX;  ///< none: the next one
    std::string queue = "ocr";
    std::int32_t priority_min = INT32_MIN;
    std::int32_t priority_max = INT32_MAX;
    std::uint32_t slots = 1;
    std::vector<std::string> tags{};
    std::uint64_t memory = 0;
    std::uint32_t max_states = 1;
  };
  WorkerId join(const Profile& profile) {
    std::vector<TagId> tags;
    for (const std::string& tag : profile.tags) tags.push_back(tags_.intern(tag));
    const std::vector<QueueId> queues{queues_.intern(profile.queue)};
    const bool is_new = profile.number == UINT32_MAX;
    const WorkerId id{is_new ? static_cast<std::uint32_t>(names_.size()) : profile.number};
    if (is_new) names_.emplace_back();
    names_[id.index()] = profile.name;
    core::WorkerProfile offer{queues, profile.priority_min, profile.priority_max, profile.slots};
    offer.tags = tags;
    offer.max_states = profile.max_states;
    offer.state_memory_bytes = profile.memory;
    step(core::WorkerJoined{id, {}, offer});
    return id;
  }
  void drain(WorkerId id) { step(core::WorkerDrainRequested{id}); }
  void leave(WorkerId id) { step(core::WorkerLeft{id}); }

  /// The job finishes where it runs, and its client says that it has the answer.
  void finish(std::uint64_t job, core::AttemptReport report = {}) {
    const auto [worker, lease] = assigned_.at(job);
    step(core::JobFinished{worker, lease, PayloadRef{1'000'000 + job}, report, false});
    step(core::ResultsReceived{SessionId{0}, job});
  }
  /// Its state could not be loaded; it will be tried again.
  void fail_to_load(std::uint64_t job) {
    const auto [worker, lease] = assigned_.at(job);
    core::AttemptReport report;
    report.load_failed = true;
    step(core::JobFailed{worker, lease, PayloadRef{}, report, true, false});
  }
  void pin(const std::string& state) {
    step(core::PinRequested{SessionId{0}, 1, states_.intern(state), 1, QueueId::none()});
  }

  [[nodiscard]] Result<std::string> ask(std::uint64_t job, SessionId by = SessionId{0}) const {
    return explain_job({by, SessionId{0}, job}, sources());
  }
  [[nodiscard]] boost::json::object about(std::uint64_t job) const {
    return boost::json::parse(ask(job).value()).as_object();
  }
  /// Why it waits.
  [[nodiscard]] boost::json::object waiting(std::uint64_t job) const {
    return about(job).at("waiting").as_object();
  }
  /// The rows about the worker of this name.
  [[nodiscard]] boost::json::array worker(std::string_view name, std::uint32_t last = 20) const {
    const auto text = explain_worker({name, last}, sources());
    return boost::json::parse(text.value()).at("rows").as_array();
  }

  [[nodiscard]] Sources sources() const {
    return {.scheduler = scheduler_,
            .now = now_,
            .started = TimePoint(std::chrono::seconds(100)),
            .queues = queues_,
            .states = states_,
            .users = users_,
            .tags = tags_,
            .worker_names = names_,
            .session_keys = session_keys_,
            .strategy = strategy_};
  }

 private:
  void step(const core::Event& event) {
    core::Actions actions;
    scheduler_.step(now_, event, actions);
    for (const core::Action& action : actions) {
      const auto* assign = std::get_if<core::Assign>(&action);
      if (assign != nullptr) assigned_[assign->sequence] = {assign->worker, assign->lease};
    }
  }

  std::string strategy_;
  core::Scheduler scheduler_;
  base::Interner<QueueId> queues_{1'000};
  base::Interner<StateId> states_{1'000};
  base::Interner<TenantId> users_{1'000};
  base::Interner<TagId> tags_{1'000};
  std::vector<std::string> names_;
  std::vector<std::uint64_t> session_keys_{0xabc, 0xdef};
  std::map<std::uint64_t, std::pair<WorkerId, Lease>> assigned_;  // by job
  TimePoint now_{std::chrono::seconds(100)};
  std::uint64_t next_ = 1;
};

}  // namespace steelyard::monitor
