#pragma once

#include <cstdint>
#include <string_view>

#include <boost/unordered/unordered_flat_map.hpp>

#include "steelyard/store/job_table.hpp"
#include "steelyard/store/row_table.hpp"

namespace steelyard::store {

/// Fills the tables from the rows of a file, newest row first.
/// Thread safety: none. Memory: 16 to 36 bytes for each record that has ended and is in the file.
class RowLoader {
 public:
  RowLoader(JobTable& jobs, RowTable& rows) : jobs_(jobs), rows_(rows) {}

  /// Errors: Malformed.
  [[nodiscard]] Result<void> take(std::uint64_t id, std::string_view bytes);

 private:
  [[nodiscard]] Result<void> take_records(std::uint64_t id, const Row& row, RowState& state);

  JobTable& jobs_;
  RowTable& rows_;
  boost::unordered_flat_map<std::uint64_t, std::uint64_t> noted_by_;  // place: row
  boost::unordered_flat_map<std::uint64_t, std::uint32_t> notes_;     // of the row at hand
};

}  // namespace steelyard::store
