#include "steelyard/gateway/metrics/top_counters.hpp"

#include <algorithm>
#include <cmath>

namespace steelyard::gateway {

bool TopCounters::is_first(std::string_view name) const {
  return first_.contains(name);
}

void TopCounters::update(std::string_view incarnation, std::span<const Row> rows) {
  if (incarnation != incarnation_) {
    known_.clear();
    first_.clear();
    others_.clear();
    incarnation_ = incarnation;
  }
  ++updates_;
  Names first = foremost(rows);
  // What a leaving name did since the last time would be shown by nobody if it still were its own.
  std::erase_if(first_, [&first](const std::string& name) { return !first.contains(name); });
  admit_new(first);
  for (const Row& row : rows) count(row);
  first_ = std::move(first);
  if (known_.size() > kMaxKnown) forget_some();
}

TopCounters::Names TopCounters::foremost(std::span<const Row> rows) const {
  std::vector<const Row*> order;
  for (const Row& row : rows) {
    if (row.name != kOther) order.push_back(&row);
  }
  const std::size_t count = std::min(most_, order.size());
  // Of equals one that is there already stays, so that series do not come and go.
  const auto goes_before = [this](const Row* a, const Row* b) {
    if (a->rank != b->rank) return a->rank > b->rank;
    const bool a_is_there = is_first(a->name);
    if (a_is_there != is_first(b->name)) return a_is_there;
    return a->name < b->name;
  };
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(),
                    goes_before);
  Names names;
  for (std::size_t i = 0; i < count; ++i) names.insert(order[i]->name);
  return names;
}

/// One that nothing was known of counts as its own from its very beginning: nothing of it was
/// counted among the others.
void TopCounters::admit_new(const Names& foremost) {
  for (const std::string& name : foremost) {
    if (!known_.contains(name)) first_.insert(name);
  }
}

void TopCounters::count(const Row& row) {
  Known& known = known_[row.name];
  known.seen = updates_;
  known.last.resize(row.counters.size());
  known.own.resize(row.counters.size());
  const bool is_own = is_first(row.name);
  if (!is_own) others_.resize(std::max(others_.size(), row.counters.size()));
  std::vector<double>& series = is_own ? known.own : others_;
  for (std::size_t i = 0; i < row.counters.size(); ++i) {
    const double now = std::isfinite(row.counters[i]) ? row.counters[i] : 0;
    if (now <= known.last[i]) continue;
    series[i] += now - known.last[i];
    known.last[i] = now;
  }
}

void TopCounters::forget_some() {
  std::erase_if(known_, [this](const auto& entry) { return entry.second.seen != updates_; });
}

}  // namespace steelyard::gateway
