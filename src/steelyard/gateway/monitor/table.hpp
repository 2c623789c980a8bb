#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/value.hpp>

#include "steelyard/base/result.hpp"

namespace steelyard::gateway {

/// A table of a broker's snapshot, `{"columns":["queue",…],"rows":[["a",…],…],"rows_omitted":0}`,
/// read by the names of its columns, so that a broker of another version may have others.
///
/// What is missing, null or of another kind is NaN or empty.
/// Thread safety: constant after construction.
class Table {
 public:
  /// Names a column, for many rows.
  struct Column {
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
    std::size_t place = kNone;
  };

  /// One without columns and rows.
  Table() = default;
  Table(Table&&) = default;
  Table& operator=(Table&&) = delete;
  /// Errors: Malformed, with `name`.
  [[nodiscard]] static Result<Table> read(std::string_view name, std::string_view text);

  [[nodiscard]] Column column(std::string_view name) const;
  [[nodiscard]] std::size_t rows() const { return rows_ != nullptr ? rows_->size() : 0; }
  [[nodiscard]] std::uint64_t rows_omitted() const { return rows_omitted_; }
  [[nodiscard]] double number(std::size_t row, Column column) const;
  [[nodiscard]] std::string_view text(std::size_t row, Column column) const;
  [[nodiscard]] std::vector<double> numbers(std::size_t row, Column column) const;

 private:
  // Moved here, it keeps its memory, and with it the place that `rows_` points at.
  explicit Table(boost::json::value whole) : whole_(std::move(whole)) {}
  [[nodiscard]] const boost::json::value* find(std::size_t row, Column column) const;

  std::vector<std::string> columns_;
  boost::json::value whole_;
  const boost::json::array* rows_ = nullptr;  // in `whole_`
  std::uint64_t rows_omitted_ = 0;
};

/// NaN: it is none.
[[nodiscard]] double number_of(const boost::json::value& value);
/// The members of a list of numbers; empty: it is none.
[[nodiscard]] std::vector<double> numbers_of(const boost::json::value& value);
/// Reads JSON of the broker's, into memory of its own: it is read at once and goes at once. Errors:
/// Malformed, naming `what`.
[[nodiscard]] Result<boost::json::value> read_json(std::string_view what, std::string_view text);

}  // namespace steelyard::gateway
