#include "steelyard/sim/recorded/traffic.hpp"

#include <algorithm>
#include <utility>

namespace steelyard::sim {
namespace {

class RecordedArrivals final : public Arrivals {
 public:
  RecordedArrivals(std::shared_ptr<const JobLog::Jobs> jobs, std::uint64_t count)
      : jobs_(std::move(jobs)), count_(count) {}

  std::optional<Arrival> next() override {
    if (place_ == count_) return std::nullopt;
    return jobs_->arrivals[place_++];
  }

 private:
  std::shared_ptr<const JobLog::Jobs> jobs_;
  std::uint64_t count_;
  std::uint64_t place_ = 0;
};

/// Whether a worker joins that no broker would have let in: the file was changed.
bool is_odd(const core::Event& event) {
  constexpr std::uint32_t kMostSlots = 1024;
  const auto* joined = std::get_if<core::WorkerJoined>(&event);
  return joined != nullptr &&
         (joined->worker.index() >= kMaxWorkers || joined->profile.slots > kMostSlots);
}

}  // namespace

void RecordedTraffic::take(const trace::Step& step) {
  if (is_odd(step.event)) return;
  job_log_.take(step);
  crew_log_.take(step);
  if (const auto* weighted = std::get_if<core::TenantWeighted>(&step.event)) {
    weights_[weighted->tenant] = weighted->weight;
  }
}

Result<void> RecordedTraffic::finish(const trace::Names& names) {
  JobLog::Jobs jobs = job_log_.jobs();
  if (jobs.arrivals.empty()) {
    return failure(ErrorCode::InvalidArgument, "no job was recorded");
  }
  if (crew_log_.most_slots() == 0) {
    return failure(ErrorCode::InvalidArgument, "no worker was recorded");
  }
  facts_ = {jobs.arrivals.size(),
            jobs.guessed,
            job_log_.left_out(),
            crew_log_.most_workers(),
            crew_log_.most_slots(),
            job_log_.loads(),
            job_log_.times().loads_told(),
            job_log_.end() - job_log_.begin(),
            jobs.waits};
  for (std::uint32_t i = 0; i < names.states.size(); ++i) {
    states_.push_back({names.states[i], job_log_.times().load(StateId{i})});
  }
  for (std::uint32_t i = 0; i < names.users.size(); ++i) {
    tenants_.push_back(names.users[i]);
    const auto weight = weights_.find(TenantId{i});
    tenant_weights_.push_back(weight == weights_.end() ? 1 : weight->second);
  }
  queues_ = static_cast<std::uint32_t>(names.queues.size());
  crew_ = std::make_shared<const Crew>(crew_log_.crew(job_log_.begin(), job_log_.end()));
  jobs_ = std::make_shared<const JobLog::Jobs>(std::move(jobs));
  return {};
}

Scenario RecordedTraffic::scenario(const Overrides& overrides) const {
  Scenario scenario;
  scenario.seed = overrides.seed;
  scenario.workers = facts_.slots;
  scenario.jobs = std::min<std::uint64_t>(overrides.jobs.value_or(JobLog::kMaxJobs), facts_.jobs);
  scenario.queues = queues_;
  scenario.states = states_;
  scenario.tenants = tenants_;
  scenario.weights = tenant_weights_;
  scenario.time_prior = prior_;
  scenario.crew = crew_;
  scenario.arrivals = std::make_unique<RecordedArrivals>(jobs_, scenario.jobs);
  return scenario;
}

}  // namespace steelyard::sim
