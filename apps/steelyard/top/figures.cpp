#include "top/figures.hpp"

#include <cmath>
#include <cstdint>

#include <fmt/format.h>

#include "cli/table.hpp"

namespace steelyard::cli {
namespace {

std::uint64_t whole(double number) {
  return static_cast<std::uint64_t>(std::llround(std::max(number, 0.0)));
}

}  // namespace

std::string short_count(double count) {
  if (std::isnan(count)) return "-";
  if (count < 99'999'999.5) return with_commas(whole(count));
  return with_commas(whole(count / 1e6)) + "M";
}

std::string short_time(double seconds) {
  if (std::isnan(seconds)) return "-";
  if (seconds < 0.00995) return fmt::format("{:.1f}ms", std::max(seconds, 0.0) * 1e3);
  if (seconds < 0.9995) return fmt::format("{:.0f}ms", seconds * 1e3);
  if (seconds < 99.95) return fmt::format("{:.1f}s", seconds);
  const std::uint64_t all = whole(seconds);
  if (all < 3'600) return fmt::format("{}m{:02}s", all / 60, all % 60);
  if (all < 86'400) return fmt::format("{}h{:02}m", all / 3'600, all / 60 % 60);
  return fmt::format("{}d{}h", all / 86'400, all / 3'600 % 24);
}

std::string short_rate(double per_s) {
  if (std::isnan(per_s)) return "-";
  if (per_s < 0.05) return "0";
  return per_s < 99.95 ? fmt::format("{:.1f}", per_s) : short_count(per_s);
}

std::string short_percent(double share) {
  return std::isnan(share) ? "-" : fmt::format("{:.0f}%", share * 100);
}

std::string in_places(std::string_view text, std::size_t width, bool to_the_right) {
  const std::size_t shown = shown_width(text);
  if (shown > width) {
    return width == 0 ? "" : shortened(text, width);
  }
  const std::string blanks(width - shown, ' ');
  return to_the_right ? blanks + std::string(text) : std::string(text) + blanks;
}

}  // namespace steelyard::cli
