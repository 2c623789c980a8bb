#include "steelyard/gateway/metrics/series_sums.hpp"

#include <algorithm>
#include <cmath>

#include "steelyard/base/names.hpp"

namespace steelyard::gateway {

void SeriesSums::add(std::string_view name, double value) {
  if (!is_valid_name(name) || !std::isfinite(value)) return;
  double& series = values_.emplace(names_.series_of(name), 0).first->second;
  series = how_ == How::Sum ? series + value : std::max(series, value);
}

void SeriesSums::add(const Table& table, Table::Column name, Table::Column value) {
  for (std::size_t row = 0; row < table.rows(); ++row) {
    add(table.text(row, name), table.number(row, value));
  }
}

}  // namespace steelyard::gateway
