#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "steelyard/store/record.hpp"
#include "steelyard/store/row.hpp"

namespace steelyard::store {

/// Where the records of a living job are.
struct LivingJob {
  Place origin;  ///< its place in the order
  Place base;    ///< Submitted or Answered
  Place change;  ///< nowhere: nothing has changed
  std::uint32_t base_bytes = 0;
  std::uint32_t change_bytes = 0;
};

/// What a batch of records does to the jobs.
struct JobChanges {
  struct Ended {
    Place place;
    std::uint32_t bytes = 0;
  };

  std::vector<RowRecord> records;  ///< to be written, by place; views into the batch
  std::vector<Ended> ended;        ///< records of earlier rows that do not count any more
  std::vector<std::pair<JobKey, std::optional<LivingJob>>> before;  ///< oldest first
};

/// The living jobs of a journal and where their records are; the bytes stay in the file.
///
/// Thread safety: none. Cost: a look-up per record; 48 bytes per living job at a load of 44 to 88
/// percent, so 55 to 110 bytes.
class JobTable {
 public:
  using Jobs = boost::unordered_flat_map<JobKey, LivingJob, JobKeyHash>;

  /// Takes a batch in. Its rows are `first_row` and following, of about `max_row_bytes` each.
  [[nodiscard]] JobChanges apply(std::span<const Record> batch, std::uint64_t first_row,
                                 std::uint32_t max_row_bytes);
  /// Takes back what the last `apply` did.
  void undo(const JobChanges& changes);

  /// Takes in a record that was found in the file, in any order. Returns false when its job has
  /// another of the kind.
  [[nodiscard]] bool restore(const RowRecord& record);
  /// Whether every job has a record that began it.
  [[nodiscard]] bool is_whole() const;

  [[nodiscard]] bool lives(const RowRecord& record) const;
  [[nodiscard]] const Jobs& jobs() const { return jobs_; }

 private:
  Jobs jobs_;
};

}  // namespace steelyard::store
