#include "cli/snapshot.hpp"

#include <algorithm>

#include "cli/query.hpp"

namespace steelyard::cli {

namespace json = boost::json;

SnapshotTable::SnapshotTable(const json::object& snapshot, std::string_view name)
    : rows_(&list_in(object_in(snapshot, name), "rows")) {
  const json::object& table = object_in(snapshot, name);
  for (const json::value& column : list_in(table, "columns")) {
    columns_.emplace_back(column.is_string() ? std::string_view(column.get_string())
                                             : std::string_view());
  }
  rows_omitted_ = count_in(table, "rows_omitted");
}

SnapshotTable::Column SnapshotTable::column(std::string_view name) const {
  const auto found = std::ranges::find(columns_, name);
  return found == columns_.end() ? kNone : Column(found - columns_.begin());
}

const json::value* SnapshotTable::cell(std::size_t row, Column column) const {
  const json::value& cells = (*rows_)[row];
  return cells.is_array() ? cells.get_array().if_contains(static_cast<std::size_t>(column))
                          : nullptr;
}

std::string SnapshotTable::text(std::size_t row, Column column) const {
  const json::value* found = cell(row, column);
  return found == nullptr || !found->is_string() ? "" : std::string(found->get_string());
}

std::uint64_t SnapshotTable::count(std::size_t row, Column column) const {
  const json::value* found = cell(row, column);
  boost::system::error_code error;
  return found == nullptr || !found->is_number() ? 0 : found->to_number<std::uint64_t>(error);
}

double SnapshotTable::number(std::size_t row, Column column) const {
  const json::value* found = cell(row, column);
  if (found == nullptr || !found->is_number()) return std::numeric_limits<double>::quiet_NaN();
  boost::system::error_code error;
  return found->to_number<double>(error);
}

const json::array& SnapshotTable::list(std::size_t row, Column column) const {
  static const json::array kNothing;
  const json::value* found = cell(row, column);
  return found == nullptr || !found->is_array() ? kNothing : found->get_array();
}

std::vector<std::string> texts_in(const json::array& list) {
  std::vector<std::string> texts;
  for (const json::value& value : list) {
    if (value.is_string()) texts.emplace_back(value.get_string());
  }
  return texts;
}

}  // namespace steelyard::cli
