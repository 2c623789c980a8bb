#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "steelyard/base/result.hpp"
#include "steelyard/store/job_table.hpp"
#include "steelyard/store/row_table.hpp"

namespace steelyard::store {

/// What one transaction does to the file, and to the tables once it is durable.
struct CommitPlan {
  struct Added {
    std::uint64_t id = 0;
    std::string bytes;
    RowState state;
    std::vector<std::pair<std::uint64_t, std::uint32_t>> notes{};  // row, ended records in it
  };
  struct Rewritten {
    std::uint64_t id = 0;
    std::string bytes;
  };

  std::vector<Added> added;
  std::vector<Rewritten> rewritten;
  std::vector<std::uint64_t> removed;
  std::vector<RowTable::Ending> endings;  // of rows that stay, by row
  std::size_t looked_at = 0;              // rows of the table's list
  std::uint64_t newest_row = 0;
  std::uint64_t rows = 0;      // in the file afterwards
  std::uint64_t checksum = 0;  // of them all

  [[nodiscard]] bool is_empty() const {
    return added.empty() && rewritten.empty() && removed.empty();
  }
};

/// Plans a transaction. Lives for one; changes nothing.
///
/// Cost: what the batch adds and ends, and about as much again of rows that are written anew, but
/// at least one of those, if there is any.
class CommitPlanner {
 public:
  /// Gives a row's bytes.
  using ReadRow = std::function<Result<std::string>(std::uint64_t id)>;

  CommitPlanner(const JobTable& jobs, const RowTable& rows, ReadRow read)
      : jobs_(jobs), rows_(rows), read_(std::move(read)) {}

  /// What follows from `changes`, which are in the job table already. `newest_row`: so far.
  [[nodiscard]] Result<CommitPlan> plan(const JobChanges& changes, std::uint64_t newest_row);
  /// Rows that may go, and those of `ids` that hold anything that is over, up to `most_bytes`.
  /// Returns how many of `ids` it got through in `plan.looked_at`.
  [[nodiscard]] Result<CommitPlan> plan_thorough(const std::vector<std::uint64_t>& ids,
                                                 std::uint64_t newest_row,
                                                 std::uint64_t most_bytes);

 private:
  void end(const JobChanges& changes);
  [[nodiscard]] Result<void> tidy(std::size_t most_rows, std::uint64_t most_bytes);
  void remove(std::uint64_t id);
  [[nodiscard]] Result<void> rewrite(std::uint64_t id);
  void add(const JobChanges& changes);
  void add_row(std::uint64_t id, const Row& row);
  void note(CommitPlan::Added& added, const std::vector<Place>& ended);
  void sum_up();
  [[nodiscard]] bool is_gone(std::uint64_t id) const { return gone_.contains(id); }

  const JobTable& jobs_;
  const RowTable& rows_;
  const ReadRow read_;
  CommitPlan plan_;
  std::vector<Place> ended_;  // by place
  // Removed or written anew: what has ended in these needs no note.
  boost::unordered_flat_map<std::uint64_t, bool> gone_;
};

}  // namespace steelyard::store
