#include "steelyard/runtime/inproc/balancer.hpp"

#include <stdexcept>

#include <fmt/format.h>

#include "steelyard/base/assert.hpp"
#include "steelyard/runtime/inproc/engine.hpp"

namespace steelyard {
namespace {

constexpr std::uint32_t kMostInboxJobs = 1'000'000;

Result<void> check(const BalancerOptions& options) {
  if (options.max_inbox_jobs == 0 || options.max_inbox_jobs > kMostInboxJobs) {
    return failure(ErrorCode::InvalidArgument,
                   fmt::format("max_inbox_jobs = {} is not within 1 to {}", options.max_inbox_jobs,
                               kMostInboxJobs));
  }
  if (options.max_names == 0) return failure(ErrorCode::InvalidArgument, "max_names = 0");
  return {};
}

}  // namespace

Result<Balancer> Balancer::make(const BalancerOptions& options) {
  auto made = strategy::Registry().make(options.strategy);
  if (!made) return tl::unexpected(made.error());
  return make(options, std::move(*made));
}

Result<Balancer> Balancer::make(const BalancerOptions& options,
                                std::unique_ptr<strategy::Strategy> strategy) {
  STEELYARD_ASSERT(strategy != nullptr);
  if (auto checked = check(options); !checked) return tl::unexpected(checked.error());
  Balancer balancer(Private{}, std::make_unique<inproc::Engine>(options, std::move(strategy)));
  for (std::uint32_t i = 0; i < options.workers; ++i) {
    if (auto added = balancer.add_worker(); !added) return tl::unexpected(added.error());
  }
  return balancer;
}

Balancer::Balancer(const BalancerOptions& options) {
  auto made = make(options);
  if (!made) throw std::invalid_argument(describe(made.error()));
  *this = std::move(*made);
}

Balancer::Balancer(const BalancerOptions& options, std::unique_ptr<strategy::Strategy> strategy) {
  auto made = make(options, std::move(strategy));
  if (!made) throw std::invalid_argument(describe(made.error()));
  *this = std::move(*made);
}

Balancer::Balancer(Private /*made*/, std::unique_ptr<inproc::Engine> engine)
    : engine_(std::move(engine)) {}
Balancer::~Balancer() = default;
Balancer::Balancer(Balancer&& other) noexcept = default;
Balancer& Balancer::operator=(Balancer&& other) noexcept = default;

Result<WorkerId> Balancer::add_worker(const WorkerOptions& options) {
  return engine_->add_worker(options);
}

Result<void> Balancer::remove_worker(WorkerId id) {
  return engine_->remove_worker(id);
}
void Balancer::drain() {
  engine_->drain();
}
void Balancer::stop() {
  engine_->stop();
}
BalancerStats Balancer::stats() const {
  return engine_->stats();
}
BalancerBooks Balancer::books() const {
  return engine_->books();
}

JobNumber Balancer::take_numbers(std::uint64_t count) noexcept {
  return engine_->take_numbers(count);
}

void Balancer::hand_in(const JobOptions& options, std::span<inproc::JobNode* const> jobs) noexcept {
  if (jobs.empty()) return;
  const auto key = engine_->key(options);
  if (!key) {
    engine_->refuse(jobs, key.error());
    return;
  }
  for (inproc::JobNode* const job : jobs) job->key = *key;
  engine_->submit(jobs);
}

}  // namespace steelyard
