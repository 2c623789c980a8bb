#include "steelyard/sim/trace.hpp"

#include <cmath>
#include <optional>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "steelyard/base/names.hpp"

namespace steelyard::sim {

namespace json = boost::json;

/// A line that is a JSON object, and what was wrong with the members that were asked for.
struct Trace::Line {
  json::object members;

  [[nodiscard]] bool has(std::string_view name) const { return members.contains(name); }

  /// `otherwise` when it is absent. Errors: InvalidArgument.
  [[nodiscard]] Result<double> number(std::string_view name, double min, double max,
                                      double otherwise) const {
    const json::value* found = members.if_contains(name);
    if (found == nullptr) return otherwise;
    json::error_code wrong;
    const double value = found->to_number<double>(wrong);
    if (!wrong.failed() && std::isfinite(value) && value >= min && value <= max) return value;
    return failure(ErrorCode::InvalidArgument,
                   fmt::format("{} needs a number from {} to {}", name, min, max));
  }

  /// The number of the name; none() when it is absent. Errors: InvalidName, TooManyNames.
  template <class IdType>
  [[nodiscard]] Result<IdType> name(std::string_view member, base::Interner<IdType>& names) const {
    const json::value* found = members.if_contains(member);
    if (found == nullptr || found->is_null()) return IdType::none();
    if (!found->is_string() || !is_valid_name(found->get_string())) {
      return failure(ErrorCode::InvalidName, fmt::format("{} needs a name", member));
    }
    const IdType id = names.intern(found->get_string());
    if (id.valid()) return id;
    return failure(ErrorCode::TooManyNames,
                   fmt::format("too many names as {}, the limit is {}", member, names.limit()));
  }
};

namespace {

constexpr double kMaxTime = 1e9;
constexpr double kMaxRun = 1e6;
constexpr std::uint32_t kMaxQueues = 1'000;

class Recorded final : public Arrivals {
 public:
  Recorded(std::shared_ptr<const std::vector<Arrival>> jobs, std::uint64_t count)
      : jobs_(std::move(jobs)), count_(count) {}

  std::optional<Arrival> next() override {
    if (place_ == count_) return std::nullopt;
    return (*jobs_)[place_++];
  }

 private:
  std::shared_ptr<const std::vector<Arrival>> jobs_;
  std::uint64_t count_;
  std::uint64_t place_ = 0;
};

}  // namespace

Trace::Trace()
    : queues_(kMaxQueues),
      states_(kMaxStates),
      tenants_(kMaxTenants),
      jobs_(std::make_shared<std::vector<Arrival>>()) {
  static_cast<void>(queues_.intern("default"));
}

Result<void> Trace::add(std::string_view text) {
  if (text.find_first_not_of(" \t\r") == std::string_view::npos) return {};
  if (text.size() > kMaxLineBytes) return failure(ErrorCode::Malformed, "the line is too long");
  json::error_code wrong;
  json::value value = json::parse(text, wrong);
  if (wrong.failed() || !value.is_object()) {
    return failure(ErrorCode::Malformed, "the line is not a JSON object");
  }
  const Line line{std::move(value.get_object())};
  return line.has("time_s") ? add_job(line) : add_fact(line);
}

Result<void> Trace::add_job(const Line& line) {
  if (jobs_->size() == kMaxTraceJobs) {
    return failure(ErrorCode::InvalidArgument, fmt::format("over {} jobs", kMaxTraceJobs));
  }
  if (!line.has("run_s")) return failure(ErrorCode::Malformed, "a job needs run_s");
  const auto time_s = line.number("time_s", 0, kMaxTime, 0);
  const auto run_s = line.number("run_s", 0, kMaxRun, 0);
  const auto priority = line.number("priority", INT32_MIN, INT32_MAX, 0);
  const auto state = line.name("state", states_);
  const auto tenant = line.name("user", tenants_);
  const auto queue = line.name("queue", queues_);
  for (const auto* number : {&time_s, &run_s, &priority}) {
    if (!*number) return tl::unexpected(number->error());
  }
  if (!state) return tl::unexpected(state.error());
  if (!tenant) return tl::unexpected(tenant.error());
  if (!queue) return tl::unexpected(queue.error());
  Arrival job;
  job.time = TimePoint(from_seconds(*time_s));
  if (jobs_->empty()) begin_ = job.time;
  job.time -= begin_.time_since_epoch();
  job.run_time = from_seconds(*run_s);
  job.priority = static_cast<std::int32_t>(*priority);
  job.state = *state;
  job.tenant = *tenant;
  if (queue->valid()) job.queue = *queue;
  if (!jobs_->empty() && job.time < jobs_->back().time) {
    return failure(ErrorCode::InvalidArgument, "time_s is smaller than that of the job before");
  }
  jobs_->push_back(job);
  return {};
}

Result<void> Trace::add_fact(const Line& line) {
  const auto workers = line.number("workers", 1, kMaxWorkers, workers_);
  const auto load_s = line.number("load_s", 0, 3600, usual_load_s_);
  const auto weight = line.number("weight", 1e-6, 1e6, 1);
  const auto state = line.name("state", states_);
  const auto tenant = line.name("user", tenants_);
  for (const auto* number : {&workers, &load_s, &weight}) {
    if (!*number) return tl::unexpected(number->error());
  }
  if (!state) return tl::unexpected(state.error());
  if (!tenant) return tl::unexpected(tenant.error());
  workers_ = static_cast<std::uint32_t>(*workers);
  if (state->valid()) {
    load_s_.resize(std::max<std::size_t>(load_s_.size(), state->index() + 1), -1);
    load_s_[state->index()] = *load_s;
  } else {
    usual_load_s_ = *load_s;
  }
  if (tenant->valid()) {
    weights_.resize(std::max<std::size_t>(weights_.size(), tenant->index() + 1), 1);
    weights_[tenant->index()] = *weight;
  }
  return {};
}

Result<Scenario> Trace::scenario(const Overrides& overrides) const {
  if (jobs_->empty()) return failure(ErrorCode::InvalidArgument, "the trace has no jobs");
  Scenario scenario;
  scenario.seed = overrides.seed;
  scenario.workers = overrides.workers.value_or(workers_);
  scenario.jobs = std::min<std::uint64_t>(overrides.jobs.value_or(kMaxTraceJobs), jobs_->size());
  scenario.queues = queues_.size();
  for (std::uint32_t i = 0; i < states_.size(); ++i) {
    const double known = i < load_s_.size() ? load_s_[i] : -1;
    const double load_s = known < 0 ? usual_load_s_ : known;
    scenario.states.push_back({std::string(states_.name(StateId{i})), from_seconds(load_s)});
  }
  for (std::uint32_t i = 0; i < tenants_.size(); ++i) {
    scenario.tenants.emplace_back(tenants_.name(TenantId{i}));
    scenario.weights.push_back(i < weights_.size() ? weights_[i] : 1);
  }
  scenario.arrivals = std::make_unique<Recorded>(jobs_, scenario.jobs);
  return scenario;
}

}  // namespace steelyard::sim
