#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>

#include "steelyard/monitor/snapshot_table.hpp"
#include "top/list.hpp"

namespace steelyard::cli {

/// How fast the cumulative figures of a snapshot's table grow, row by row.
///
/// Rows are found again by their name. One that was not there before has no rate, nor have several
/// of one name. Cost: O(rows) once, O(1) for each question.
class Growth {
 public:
  using SnapshotTable = monitor::SnapshotTable;

  Growth(const TwoSnapshots& snapshots, std::string_view table, std::string_view name_column)
      : now_(snapshots.now, table),
        before_(snapshots.before == nullptr ? kNone : *snapshots.before, table),
        name_(now_.column(name_column)),
        elapsed_s_(snapshots.elapsed_s) {
    const SnapshotTable::Column former = before_.column(name_column);
    for (std::size_t row = 0; row < before_.rows(); ++row) {
      const auto [place, is_new] = rows_before_.emplace(before_.text(row, former), row);
      if (!is_new) place->second = kAmbiguous;
    }
  }

  [[nodiscard]] const SnapshotTable& now() const { return now_; }

  /// What `column` has grown by since the snapshot before; NaN when that is not known.
  [[nodiscard]] double since_before(std::size_t row, SnapshotTable::Column column) const {
    const auto found = rows_before_.find(std::string(now_.text(row, name_)));
    if (found == rows_before_.end() || found->second == kAmbiguous) {
      return std::numeric_limits<double>::quiet_NaN();
    }
    // The same broker has made both, so that columns stand in the same places.
    return std::max(now_.number(row, column) - before_.number(found->second, column), 0.0);
  }
  [[nodiscard]] double per_s(std::size_t row, SnapshotTable::Column column) const {
    return since_before(row, column) / elapsed_s_;
  }

 private:
  static inline const boost::json::object kNone;
  static constexpr std::size_t kAmbiguous = std::numeric_limits<std::size_t>::max();

  SnapshotTable now_;
  SnapshotTable before_;
  SnapshotTable::Column name_;
  double elapsed_s_;
  std::unordered_map<std::string, std::size_t> rows_before_;
};

}  // namespace steelyard::cli
