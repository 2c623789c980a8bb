#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>

namespace steelyard::gateway {

using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// What a histogram has counted: one more bucket than bounds, which are not cumulative.
struct Buckets {
  std::vector<double> counts;
  double sum = 0;
};

/// Metrics, collected family by family in the order in which they are shown.
///
/// A family that was begun is there, also without any series: what a gateway has to say is the same
/// for every broker. Values that are not finite are left out. Thread safety: none.
class Families {
 public:
  /// Adds to one family, for as long as all of them live.
  class Family {
   public:
    Family(Families& all, std::size_t place) : all_(all), place_(place) {}
    void add(double value, Labels labels = {});
    void add(const std::vector<double>& bounds, const Buckets& buckets, Labels labels = {});

   private:
    [[nodiscard]] std::vector<prometheus::ClientMetric>& series() {
      return all_.families_[place_].metric;
    }

    Families& all_;
    std::size_t place_;
  };

  /// `name` ends with _total, and is said without the project's name in front.
  Family counter(std::string_view name, std::string_view help);
  Family gauge(std::string_view name, std::string_view help);
  Family histogram(std::string_view name, std::string_view help);

  [[nodiscard]] const std::vector<prometheus::MetricFamily>& all() const { return families_; }
  /// The text format 0.0.4 of Prometheus.
  [[nodiscard]] std::string text() const;

 private:
  Family begin(std::string_view name, std::string_view help, prometheus::MetricType type);

  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace steelyard::gateway
