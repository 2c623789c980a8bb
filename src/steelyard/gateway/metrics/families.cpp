#include "steelyard/gateway/metrics/families.hpp"

#include <cmath>
#include <limits>

#include <prometheus/text_serializer.h>

#include "steelyard/base/assert.hpp"

namespace steelyard::gateway {
namespace {

prometheus::ClientMetric labelled(Labels labels) {
  prometheus::ClientMetric metric;
  for (const auto& [name, value] : labels) {
    metric.label.push_back({std::string(name), std::string(value)});
  }
  return metric;
}

}  // namespace

void Families::Family::add(double value, Labels labels) {
  if (!std::isfinite(value)) return;
  prometheus::ClientMetric metric = labelled(labels);
  metric.counter.value = value;
  metric.gauge.value = value;
  series().push_back(std::move(metric));
}

void Families::Family::add(const std::vector<double>& bounds, const Buckets& buckets,
                           Labels labels) {
  // A broker that says nothing of its bounds has no histograms.
  if (bounds.empty() || buckets.counts.size() != bounds.size() + 1) return;
  prometheus::ClientMetric metric = labelled(labels);
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < buckets.counts.size(); ++i) {
    count += static_cast<std::uint64_t>(std::max(buckets.counts[i], 0.0));
    const double bound = i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity();
    metric.histogram.bucket.push_back({count, bound});
  }
  metric.histogram.sample_count = count;
  metric.histogram.sample_sum = buckets.sum;
  series().push_back(std::move(metric));
}

Families::Family Families::counter(std::string_view name, std::string_view help) {
  STEELYARD_ASSERT(name.ends_with("_total"));
  return begin(name, help, prometheus::MetricType::Counter);
}

Families::Family Families::gauge(std::string_view name, std::string_view help) {
  STEELYARD_ASSERT(!name.ends_with("_total"));
  return begin(name, help, prometheus::MetricType::Gauge);
}

Families::Family Families::histogram(std::string_view name, std::string_view help) {
  return begin(name, help, prometheus::MetricType::Histogram);
}

Families::Family Families::begin(std::string_view name, std::string_view help,
                                 prometheus::MetricType type) {
  families_.push_back({"steelyard_" + std::string(name), std::string(help), type, {}});
  return {*this, families_.size() - 1};
}

std::string Families::text() const {
  return prometheus::TextSerializer().Serialize(families_);
}

}  // namespace steelyard::gateway
