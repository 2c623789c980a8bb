#include "steelyard/runtime/zmq/job_names.hpp"

namespace steelyard::zmq_runtime {

void JobNames::rename(std::uint64_t given, std::uint64_t current, Tries tries) {
  std::uint64_t& now = currents_[given];
  formers_.erase(now);
  now = current;
  if (current != 0) formers_[current] = {given, tries};
}

void JobNames::settle(std::uint64_t given) {
  if (!currents_.contains(given)) return;
  settled_.push_back(given);
  if (settled_.size() <= kMaxSettled) return;
  if (const auto oldest = currents_.extract(settled_.front())) formers_.erase(oldest.mapped());
  settled_.pop_front();
}

std::uint64_t JobNames::current(std::uint64_t given) const {
  const auto found = currents_.find(given);
  return found == currents_.end() ? given : found->second;
}

std::uint64_t JobNames::given(std::uint64_t current) const {
  const auto found = formers_.find(current);
  return found == formers_.end() ? current : found->second.given;
}

std::optional<JobNames::Tries> JobNames::tries(std::uint64_t current) const {
  const auto found = formers_.find(current);
  return found == formers_.end() ? std::nullopt : std::optional(found->second.tries);
}

}  // namespace steelyard::zmq_runtime
