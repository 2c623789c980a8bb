#pragma once

#include <cmath>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/value.hpp>

#include "steelyard/base/result.hpp"
#include "steelyard/monitor/snapshot_table.hpp"

namespace steelyard::gateway {

/// A table of the broker's snapshot that keeps the JSON it is read from.
/// Thread safety: constant after construction.
class Table : public monitor::SnapshotTable {
 public:
  /// One without columns and rows.
  Table() = default;
  Table(Table&&) = default;
  Table& operator=(Table&&) = delete;
  /// Errors: Malformed, with `name`.
  [[nodiscard]] static Result<Table> read(std::string_view name, std::string_view text);

 private:
  explicit Table(boost::json::value whole)
      : SnapshotTable(std::as_const(whole)), whole_(std::move(whole)) {}

  boost::json::value whole_;  // moved here, it keeps its memory and so what the table points at
};

/// NaN: it is none.
[[nodiscard]] double number_of(const boost::json::value& value);
/// 0: it is not known.
[[nodiscard]] inline double or_nothing(double number) {
  return std::isnan(number) ? 0 : number;
}
/// The members of a list of numbers.
[[nodiscard]] std::vector<double> numbers_of(const boost::json::array& list);
/// Reads JSON of the broker's, into memory of its own: it is read at once and goes at once. Errors:
/// Malformed, naming `what`.
[[nodiscard]] Result<boost::json::value> read_json(std::string_view what, std::string_view text);

}  // namespace steelyard::gateway
