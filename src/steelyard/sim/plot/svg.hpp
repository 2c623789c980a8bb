#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace steelyard::sim {

/// A place in a picture, in its own units, from the left and from the top.
struct Point {
  double x = 0;
  double y = 0;
};

struct Box {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;
};

/// A picture as SVG text that browsers show: on dark or light ground, as the reader prefers.
///
/// `ink`, `faint` and `ground` name the colours that change with the ground; others are given as
/// CSS knows them. Thread safety: none.
class Svg {
 public:
  enum class Anchor { Start, Middle, End };
  struct Text {
    Point at;
    Anchor anchor = Anchor::Start;
    bool is_large = false;
    bool is_faint = false;
    bool is_upright = false;  ///< read from bottom to top
  };

  /// `title`: what the picture is called by those who cannot see it.
  Svg(double width, double height, std::string_view title);

  /// `opacity` from 0 to 1.
  void box(const Box& box, std::string_view colour, double opacity = 1);
  /// The same, with lines across it.
  void hatched_box(const Box& box, std::string_view colour);
  /// A faint line, for axes and grids.
  void rule(Point from, Point to);
  /// A line through the points in the colour and dashes of the n-th of several lines, so that one
  /// is seen below another.
  void line(const std::vector<Point>& points, std::size_t place);
  void text(std::string_view content, const Text& style);

  /// The whole picture. To be called once.
  [[nodiscard]] std::string finish();

 private:
  std::string body_;
};

/// A colour for the n-th of several things, to be told from its neighbours on any ground.
[[nodiscard]] std::string colour_of(std::size_t place);

}  // namespace steelyard::sim
