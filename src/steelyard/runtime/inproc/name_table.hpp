#pragma once

#include <cstdint>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "steelyard/base/interner.hpp"
#include "steelyard/base/result.hpp"
#include "steelyard/runtime/inproc/job_node.hpp"
#include "steelyard/runtime/inproc/options.hpp"

namespace steelyard::inproc {

/// The names of queues, states and users as numbers.
///
/// Thread safety: full. Cost: a shared lock and one hash for each name a job gives; none for a job
/// that gives no name beside the default queue.
class NameTable {
 public:
  /// `limit` names of each kind.
  explicit NameTable(std::uint32_t limit);

  /// Errors: InvalidName, TooManyNames, saying which.
  [[nodiscard]] Result<JobKey> key(const JobOptions& options);
  [[nodiscard]] Result<QueueId> queue(std::string_view name);
  /// none() also when the table is full: a state that no job can ask for need not be known.
  [[nodiscard]] StateId state(std::string_view name);
  [[nodiscard]] std::string state_name(StateId id) const;

 private:
  template <class IdType>
  Result<IdType> number(base::Interner<IdType>& names, std::string_view kind,
                        std::string_view name);

  mutable std::shared_mutex mutex_;
  base::Interner<QueueId> queues_;  // guarded by mutex_
  base::Interner<StateId> states_;  // guarded by mutex_
  base::Interner<TenantId> users_;  // guarded by mutex_
  QueueId default_queue_;           // constant after construction
};

}  // namespace steelyard::inproc
