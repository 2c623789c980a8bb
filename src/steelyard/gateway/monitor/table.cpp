#include "steelyard/gateway/monitor/table.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <boost/json.hpp>

namespace steelyard::gateway {
namespace {

namespace json = boost::json;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

tl::unexpected<Error> malformed(std::string_view what) {
  return failure(ErrorCode::Malformed, "the broker's snapshot has no usable '" + std::string(what) +
                                           "': run the gateway and the broker of the same version");
}

}  // namespace

double number_of(const json::value& value) {
  return value.is_number() ? value.to_number<double>() : kUnknown;
}

std::vector<double> numbers_of(const json::value& value) {
  std::vector<double> numbers;
  if (const json::array* list = value.if_array()) {
    for (const json::value& each : *list) numbers.push_back(number_of(each));
  }
  return numbers;
}

Result<json::value> read_json(std::string_view what, std::string_view text) {
  boost::system::error_code error;
  json::value value =
      json::parse(text, error, json::make_shared_resource<json::monotonic_resource>());
  if (error) return malformed(what);
  return value;
}

Result<Table> Table::read(std::string_view name, std::string_view text) {
  auto value = read_json(name, text);
  if (!value) return tl::unexpected(value.error());
  Table table(std::move(*value));
  const json::object* object = table.whole_.if_object();
  if (object == nullptr) return malformed(name);
  const json::value* columns = object->if_contains("columns");
  const json::value* rows = object->if_contains("rows");
  if (columns == nullptr || !columns->is_array() || rows == nullptr || !rows->is_array()) {
    return malformed(name);
  }
  for (const json::value& column : columns->get_array()) {
    table.columns_.emplace_back(column.is_string() ? std::string_view(column.get_string()) : "");
  }
  table.rows_ = &rows->get_array();
  if (const json::value* omitted = object->if_contains("rows_omitted")) {
    const double count = number_of(*omitted);
    if (count > 0) table.rows_omitted_ = static_cast<std::uint64_t>(count);
  }
  return table;
}

Table::Column Table::column(std::string_view name) const {
  const auto found = std::ranges::find(columns_, name);
  if (found == columns_.end()) return {};
  return {static_cast<std::size_t>(found - columns_.begin())};
}

const json::value* Table::find(std::size_t row, Column column) const {
  const json::array* cells = (*rows_)[row].if_array();
  return cells != nullptr ? cells->if_contains(column.place) : nullptr;
}

double Table::number(std::size_t row, Column column) const {
  const json::value* cell = find(row, column);
  return cell != nullptr ? number_of(*cell) : kUnknown;
}

std::string_view Table::text(std::size_t row, Column column) const {
  const json::value* cell = find(row, column);
  return cell != nullptr && cell->is_string() ? std::string_view(cell->get_string())
                                              : std::string_view();
}

std::vector<double> Table::numbers(std::size_t row, Column column) const {
  const json::value* cell = find(row, column);
  return cell != nullptr ? numbers_of(*cell) : std::vector<double>();
}

}  // namespace steelyard::gateway
