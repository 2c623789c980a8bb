#pragma once

#include <map>
#include <string>
#include <string_view>

#include "steelyard/gateway/metrics/top_counters.hpp"
#include "steelyard/gateway/monitor/table.hpp"

namespace steelyard::gateway {

/// A gauge of many names: each of the first has its own value, `other` that of all the others.
///
/// Thread safety: none. `names` outlives it.
class SeriesSums {
 public:
  enum class How { Sum, Largest };

  explicit SeriesSums(const TopCounters& names, How how = How::Sum) : names_(names), how_(how) {}

  void add(std::string_view name, double value);
  /// Of every row: names that are none, and values that are not known, are left out.
  void add(const Table& table, Table::Column name, Table::Column value);
  template <class Visit>
  void each(Visit&& visit) const {
    for (const auto& [name, value] : values_) visit(std::string_view(name), value);
  }

 private:
  const TopCounters& names_;
  const How how_;
  std::map<std::string, double, std::less<>> values_;
};

}  // namespace steelyard::gateway
