#include "steelyard/monitor/snapshot_table.hpp"

#include <algorithm>

namespace steelyard::monitor {
namespace {

namespace json = boost::json;

const json::value& member(const json::object& object, std::string_view name) {
  static const json::value kNothing;
  const json::value* const found = object.if_contains(name);
  return found == nullptr ? kNothing : *found;
}

std::uint64_t whole(const json::value& value) {
  boost::system::error_code error;
  return value.is_number() ? value.to_number<std::uint64_t>(error) : 0;
}

}  // namespace

SnapshotTable::SnapshotTable(const json::value& table) {
  const json::object* const object = table.if_object();
  if (object == nullptr) return;
  const json::array* const columns = member(*object, "columns").if_array();
  const json::array* const rows = member(*object, "rows").if_array();
  if (columns == nullptr || rows == nullptr) return;
  for (const json::value& column : *columns) {
    columns_.emplace_back(column.is_string() ? std::string_view(column.get_string())
                                             : std::string_view());
  }
  rows_ = rows;
  rows_omitted_ = whole(member(*object, "rows_omitted"));
}

SnapshotTable::SnapshotTable(const json::object& snapshot, std::string_view name)
    : SnapshotTable(member(snapshot, name)) {}

SnapshotTable::Column SnapshotTable::column(std::string_view name) const {
  const auto found = std::ranges::find(columns_, name);
  return found == columns_.end() ? kNone : Column(found - columns_.begin());
}

const json::value* SnapshotTable::cell(std::size_t row, Column column) const {
  const json::array* const cells = (*rows_)[row].if_array();
  return cells == nullptr ? nullptr : cells->if_contains(static_cast<std::size_t>(column));
}

std::string_view SnapshotTable::text(std::size_t row, Column column) const {
  const json::value* const found = cell(row, column);
  return found == nullptr || !found->is_string() ? std::string_view()
                                                 : std::string_view(found->get_string());
}

std::uint64_t SnapshotTable::count(std::size_t row, Column column) const {
  const json::value* const found = cell(row, column);
  return found == nullptr ? 0 : whole(*found);
}

double SnapshotTable::number(std::size_t row, Column column) const {
  const json::value* const found = cell(row, column);
  if (found == nullptr || !found->is_number()) return std::numeric_limits<double>::quiet_NaN();
  boost::system::error_code error;
  return found->to_number<double>(error);
}

const json::array& SnapshotTable::list(std::size_t row, Column column) const {
  static const json::array kNothing;
  const json::value* const found = cell(row, column);
  return found == nullptr || !found->is_array() ? kNothing : found->get_array();
}

std::vector<std::string> texts_in(const json::array& list) {
  std::vector<std::string> texts;
  for (const json::value& value : list) {
    if (value.is_string()) texts.emplace_back(value.get_string());
  }
  return texts;
}

}  // namespace steelyard::monitor
