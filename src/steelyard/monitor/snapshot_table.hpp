#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

namespace steelyard::monitor {

/// A table of a snapshot, `{"columns":["queue",…],"rows":[["a",…],…],"rows_omitted":0}`, read by
/// the names of its columns: a broker of another version may have more of them, fewer, or others.
///
/// Look a column up once and read many rows with it. What is absent, null or of another kind reads
/// as nothing: an empty text, 0, NaN. The JSON must outlive the table. Thread safety: as const.
class SnapshotTable {
 public:
  /// The place of a column in a row.
  enum class Column : std::size_t {};
  static constexpr Column kNone{std::numeric_limits<std::size_t>::max()};

  /// One without columns and rows.
  SnapshotTable() = default;
  /// `table` may be anything, of which what is no table is left out.
  explicit SnapshotTable(const boost::json::value& table);
  /// The table of this name in a snapshot.
  SnapshotTable(const boost::json::object& snapshot, std::string_view name);

  /// Whether there are lists of columns and of rows.
  [[nodiscard]] bool exists() const { return rows_ != nullptr; }
  [[nodiscard]] std::size_t rows() const { return rows_ == nullptr ? 0 : rows_->size(); }
  /// Rows that had no room in the snapshot.
  [[nodiscard]] std::uint64_t rows_omitted() const { return rows_omitted_; }
  /// kNone when there is none of this name; it may be read like any other.
  [[nodiscard]] Column column(std::string_view name) const;

  [[nodiscard]] std::string_view text(std::size_t row, Column column) const;
  [[nodiscard]] std::uint64_t count(std::size_t row, Column column) const;
  [[nodiscard]] double number(std::size_t row, Column column) const;
  [[nodiscard]] const boost::json::array& list(std::size_t row, Column column) const;

 private:
  [[nodiscard]] const boost::json::value* cell(std::size_t row, Column column) const;

  std::vector<std::string_view> columns_;
  const boost::json::array* rows_ = nullptr;
  std::uint64_t rows_omitted_ = 0;
};

/// The texts of a list; what is no text is left out.
[[nodiscard]] std::vector<std::string> texts_in(const boost::json::array& list);

}  // namespace steelyard::monitor
