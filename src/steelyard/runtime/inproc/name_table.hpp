#pragma once

#include <cstdint>
#include <map>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "steelyard/base/interner.hpp"
#include "steelyard/base/result.hpp"
#include "steelyard/runtime/inproc/job_node.hpp"
#include "steelyard/runtime/inproc/options.hpp"

namespace steelyard::inproc {

/// The names of queues, states, users and tags as numbers, and combinations of tags likewise.
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
  /// Sorted, without repetitions. Errors: InvalidName, TooManyNames.
  [[nodiscard]] Result<std::vector<TagId>> tags(std::span<const std::string> names);
  /// The tags of a key, which stay where they are.
  [[nodiscard]] std::span<const TagId> tags(std::uint32_t combination) const;
  /// none() also when the table is full: a state that no job can ask for need not be known.
  [[nodiscard]] StateId state(std::string_view name);
  [[nodiscard]] std::string state_name(StateId id) const;

 private:
  template <class Names>
  Result<std::vector<TagId>> tags_of(const Names& names);
  Result<std::uint32_t> combination(std::vector<TagId> tags);
  template <class IdType>
  Result<IdType> number(base::Interner<IdType>& names, std::string_view kind,
                        std::string_view name);

  mutable std::shared_mutex mutex_;
  base::Interner<QueueId> queues_;                                   // guarded by mutex_
  base::Interner<StateId> states_;                                   // guarded by mutex_
  base::Interner<TenantId> users_;                                   // guarded by mutex_
  base::Interner<TagId> tags_;                                       // guarded by mutex_
  std::map<std::vector<TagId>, std::uint32_t> combination_numbers_;  // guarded by mutex_
  std::vector<const std::vector<TagId>*> combinations_;              // guarded by mutex_
  QueueId default_queue_;                                            // constant after construction
};

}  // namespace steelyard::inproc
