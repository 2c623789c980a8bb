#include "steelyard/sim/plot/svg.hpp"

#include <array>
#include <cmath>

#include <fmt/format.h>

namespace steelyard::sim {
namespace {

constexpr const char* kStyle = R"css(<style>
svg { --ink: #24292f; --faint: #d0d7de; --ground: #ffffff; }
@media (prefers-color-scheme: dark) {
  svg { --ink: #e6edf3; --faint: #3d444d; --ground: #0d1117; }
}
text { font: 12px system-ui, sans-serif; fill: var(--ink); }
text.large { font-size: 15px; font-weight: 600; }
text.faint { opacity: 0.7; }
.rule { stroke: var(--faint); stroke-width: 1; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; }
</style>
<defs>
<pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse"
 patternTransform="rotate(45)"><rect width="2.2" height="5" fill="var(--ground)"/></pattern>
</defs>
)css";

/// Distinct also for most of those who see colours differently (after Okabe and Ito).
constexpr std::array<const char*, 8> kColours{"#3b8bd4", "#e69f00", "#009e73", "#cc79a7",
                                              "#d55e00", "#8c7ae6", "#b5a642", "#56c4d9"};

constexpr std::array<const char*, 4> kDashes{"none", "10 4", "4 3", "14 3 3 3"};

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        // Other control characters are no XML at all.
        result += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
  }
  return result;
}

std::string css(std::string_view colour) {
  const bool is_named = colour == "ink" || colour == "faint" || colour == "ground";
  return is_named ? fmt::format("var(--{})", colour) : escaped(colour);
}

const char* word(Svg::Anchor anchor) {
  switch (anchor) {
    case Svg::Anchor::Start:
      return "start";
    case Svg::Anchor::Middle:
      return "middle";
    case Svg::Anchor::End:
      return "end";
  }
  return "";
}

}  // namespace

Svg::Svg(double width, double height, std::string_view title) {
  body_ = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
      "viewBox=\"0 0 {0} {1}\" role=\"img\">\n<title>{2}</title>\n{3}",
      width, height, escaped(title), kStyle);
  box({0, 0, width, height}, "ground");
}

void Svg::box(const Box& box, std::string_view colour, double opacity) {
  body_ += fmt::format(
      "<rect x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\" fill=\"{}\"{}/>\n", box.x,
      box.y, box.width, box.height, css(colour),
      opacity < 1 ? fmt::format(" opacity=\"{:.2f}\"", opacity) : "");
}

void Svg::hatched_box(const Box& hatched, std::string_view colour) {
  box(hatched, colour);
  box(hatched, "url(#hatch)", 0.75);
}

void Svg::rule(Point from, Point to) {
  body_ += fmt::format(
      "<line class=\"rule\" x1=\"{:.2f}\" y1=\"{:.2f}\" x2=\"{:.2f}\" y2=\"{:.2f}\"/>\n", from.x,
      from.y, to.x, to.y);
}

void Svg::line(const std::vector<Point>& points, std::size_t place) {
  body_ += fmt::format("<polyline class=\"line\" stroke=\"{}\" stroke-dasharray=\"{}\" points=\"",
                       colour_of(place), kDashes[place % kDashes.size()]);
  for (const Point& point : points) body_ += fmt::format("{:.1f},{:.1f} ", point.x, point.y);
  body_ += "\"/>\n";
}

void Svg::text(std::string_view content, const Text& style) {
  body_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\"{}{}>{}</text>\n",
                       style.at.x, style.at.y, word(style.anchor),
                       style.is_large   ? " class=\"large\""
                       : style.is_faint ? " class=\"faint\""
                                        : "",
                       style.is_upright ? fmt::format(" transform=\"rotate(-90 {:.1f} {:.1f})\"",
                                                      style.at.x, style.at.y)
                                        : "",
                       escaped(content));
}

std::string Svg::finish() {
  return std::move(body_) + "</svg>\n";
}

std::string colour_of(std::size_t place) {
  if (place < kColours.size()) return kColours[place];
  // The golden angle: each hue is far from those just before it.
  const double hue = std::fmod(static_cast<double>(place) * 137.508, 360);
  return fmt::format("hsl({:.0f} 55% 52%)", hue);
}

}  // namespace steelyard::sim
