#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

#include "steelyard/runtime/inproc/balancer.hpp"

namespace inproc_example {

/// What one worker counted on its own side, by the numbers of the requests it has run.
struct WorkerCount {
  steelyard::WorkerId worker;
  steelyard::NumberSet done;
};

/// Writes down what the workers have done, as they do it: the workers' own side of the audit.
///
/// Thread safety: full; the workers' threads write, anybody reads.
class WorkLog final : public steelyard::Observer {
 public:
  void finished(steelyard::JobNumber job, steelyard::WorkerId worker,
                steelyard::AttemptEnding how) override;

  [[nodiscard]] std::vector<WorkerCount> counts() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::uint32_t, steelyard::NumberSet> done_;  // by worker; guarded by mutex_
};

}  // namespace inproc_example
