#include "inproc/work_log.hpp"

namespace inproc_example {

void WorkLog::finished(steelyard::JobNumber job, steelyard::WorkerId worker,
                       steelyard::AttemptEnding how) {
  if (how == steelyard::AttemptEnding::Retry) return;
  const std::lock_guard lock(mutex_);
  done_[worker.value].insert(job);
}

std::vector<WorkerCount> WorkLog::counts() const {
  const std::lock_guard lock(mutex_);
  std::vector<WorkerCount> counts;
  for (const auto& [worker, done] : done_) counts.push_back({steelyard::WorkerId{worker}, done});
  return counts;
}

}  // namespace inproc_example
