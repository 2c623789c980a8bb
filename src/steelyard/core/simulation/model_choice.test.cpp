#include <algorithm>

#include "steelyard/core/sentence.test.hpp"
#include "steelyard/core/simulation/model.test.hpp"

/// The rules of the strategies that the model knows, and what a worker may take.
namespace steelyard::core {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::int64_t nanoseconds(TimePoint time) {
  return time.time_since_epoch().count();
}

}  // namespace

/// The job is the first of its kind, and the one the strategy's rule names.
void Model::check_choice(const Assign& assign, const Job& job) const {
  const bool by_value = strategy_ == "oldest" || strategy_ == "least-loaded" ||
                        strategy_ == "round-robin" || strategy_ == "groups-by-state";
  each_job([&](SessionId, std::uint64_t, const Job& other) {
    if (other.place != JobState::Queued || &other == &job) return;
    const bool alike = other.queue == job.queue && other.state == job.state &&
                       other.tenant == job.tenant && other.priority == job.priority &&
                       other.tags == job.tags;
    require(!alike || job.order < other.order, sentence(assign) + ": an earlier one waits");
  });
  require(!by_value || &job == preferred(assign.worker),
          sentence(assign) + ": not what the strategy's rule says");
}

std::vector<const Model::Job*> Model::waiting_for(WorkerId id) const {
  std::vector<const Job*> jobs;
  each_job([&](SessionId, std::uint64_t, const Job& job) {
    if (job.place == JobState::Queued && serves(workers_.at(id), job)) jobs.push_back(&job);
  });
  return jobs;
}

/// What the strategy's rule says the worker is to do next; when that cannot be loaded, because that
/// failed a moment ago, the oldest that can.
const Model::Job* Model::preferred(WorkerId id) const {
  std::vector<const Job*> jobs = waiting_for(id);
  if (jobs.empty()) return nullptr;
  const auto by_rule = [&](const Job* a, const Job* b) { return value(*a, id) < value(*b, id); };
  const Job* const best = *std::ranges::min_element(jobs, by_rule);
  if (!is_blocked(id, best->state)) return best;
  std::erase_if(jobs, [&](const Job* job) { return is_blocked(id, job->state); });
  const auto by_age = [](const Job* a, const Job* b) {
    return arrival_value(*a) < arrival_value(*b);
  };
  return jobs.empty() ? nullptr : *std::ranges::min_element(jobs, by_age);
}

/// What the strategy's rule compares; the earlier job wins between equals.
Model::Value Model::value(const Job& job, WorkerId asking) const {
  Value value = arrival_value(job);
  if (strategy_ == "groups-by-state" && job.state.valid() &&
      !workers_.at(asking).held.contains(job.state)) {
    value.first += 10 * kSecond;
    const auto holds = [&](const auto& entry) { return entry.second.held.contains(job.state); };
    if (std::ranges::any_of(workers_, holds)) value.first += kSecond;
  }
  return value;
}

Model::Value Model::arrival_value(const Job& job) {
  return {nanoseconds(job.arrival) - job.priority * kSecond, job.order};
}

/// No worker that may have the job has a free slot when this one has none, or less to do per unit
/// of weight.
void Model::check_placement(const Assign& assign) const {
  const Job& job = sessions_.at(assign.session).jobs.at(assign.sequence);
  const bool is_free = has_free_slot(assign.worker);
  // Then the one with the fewest jobs may have been asked in vain: what has a time limit is not
  // given ahead, and some states cannot be had.
  for (const auto& [id, worker] : workers_) {
    if (job.time_limit > Duration() && serves(worker, job) && !has_free_slot(id)) return;
    for (const Job* other : waiting_for(id)) {
      if (!can_have(id, other->state)) return;
    }
  }
  for (const auto& [id, worker] : workers_) {
    if (!may_take(id, job) || (is_free && !has_free_slot(id))) continue;
    require(is_free == has_free_slot(id), sentence(assign) + ": another worker has a free slot");
    require(load(assign.worker) <= load(id),
            sentence(assign) + ": worker " + std::to_string(id.value) + " has less to do");
  }
}

std::uint32_t Model::assigned(WorkerId id) const {
  std::uint32_t sum = 0;
  each_job([&](SessionId, std::uint64_t, const Job& job) {
    sum += job.place == JobState::Running && job.worker == id ? 1 : 0;
  });
  return sum;
}

double Model::load(WorkerId id) const {
  const Worker& worker = workers_.at(id);
  return static_cast<double>(assigned(id) + worker.overdue.size()) / worker.weight;
}

bool Model::has_free_slot(WorkerId id) const {
  const auto found = workers_.find(id);
  if (found == workers_.end() || found->second.draining || found->second.held_up) return false;
  return assigned(id) + found->second.overdue.size() < found->second.slots;
}

bool Model::may_take(WorkerId id, const Job& job) const {
  const auto found = workers_.find(id);
  if (found == workers_.end() || !serves(found->second, job)) return false;
  return has_free_slot(id) ? can_have(id, job.state) : may_take_ahead(id, job);
}

bool Model::uses(WorkerId id, StateId state) const {
  bool used = false;
  each_job([&](SessionId, std::uint64_t, const Job& job) {
    used |= job.place == JobState::Running && job.worker == id && job.state == state;
  });
  return used;
}

bool Model::is_blocked(WorkerId id, StateId state) const {
  const auto found = blocked_.find(state);
  return found != blocked_.end() && found->second.until > now_ &&
         !workers_.at(id).held.contains(state);
}

/// It is held, or may be loaded and there is room, or something there that no job needs.
bool Model::can_have(WorkerId id, StateId state) const {
  const Worker& worker = workers_.at(id);
  if (!state.valid() || worker.held.contains(state)) return true;
  if (is_blocked(id, state)) return false;
  return worker.held.size() < worker.max_states ||
         std::ranges::any_of(worker.held, [&](StateId held) { return !uses(id, held); });
}

/// Beyond its slots a worker that nothing holds up may have a little work, whose amount is known.
bool Model::may_take_ahead(WorkerId id, const Job& job) const {
  const Worker& worker = workers_.at(id);
  if (worker.draining || worker.held_up || !run_times_.contains(job.queue)) return false;
  if (job.was_lost || job.time_limit > Duration() ||
      assigned(id) >= worker.slots + options_.max_unstarted_jobs)
    return false;
  if (job.state.valid() && !worker.held.contains(job.state)) return false;
  return unstarted(id) < options_.max_unstarted_work &&
         unstarted(id) + expected(job.queue) <= options_.max_unstarted_work;
}

/// What the worker has and cannot have begun, because it had no free slot when it was given.
Duration Model::unstarted(WorkerId id) const {
  Duration sum{};
  each_job([&](SessionId, std::uint64_t, const Job& job) {
    const bool is_there = job.place == JobState::Running && job.worker == id;
    if (is_there && job.is_ahead) sum += job.expected;
  });
  return sum;
}

Duration Model::expected(QueueId queue) const {
  const auto mean = run_times_.find(queue);
  return std::max<Duration>(std::chrono::microseconds(1),
                            mean == run_times_.end() ? Duration() : mean->second);
}

}  // namespace steelyard::core
