#pragma once

#include <string>
#include <vector>

namespace steelyard::sim {

/// How values lie along a side of a picture.
class Axis {
 public:
  struct Tick {
    double value = 0;
    std::string label;
  };

  /// Equal steps. Requires (asserted): `to` > `from`.
  [[nodiscard]] static Axis linear(double from, double to);
  /// Equal ratios. Requires (asserted): `to` > `from` > 0.
  [[nodiscard]] static Axis logarithmic(double from, double to);

  /// Where the axis is in the picture: `from` at `begin`, `to` at `end`.
  [[nodiscard]] Axis placed(double begin, double end) const;

  /// The place of the value; one outside is put at the nearer end.
  [[nodiscard]] double place(double value) const;
  /// Round values to be marked, about ten at most.
  [[nodiscard]] std::vector<Tick> ticks() const;

 private:
  double from_ = 0;
  double to_ = 1;
  double begin_ = 0;
  double end_ = 1;
  bool is_logarithmic_ = false;
};

/// "0.25", "8.06", "93034", "1e6": at most four figures and no more zeros than it takes.
[[nodiscard]] std::string short_number(double value);

}  // namespace steelyard::sim
