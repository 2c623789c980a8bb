#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "top/model.hpp"

/// What `steelyard top` shows, as lines of text: no terminal is needed to make or to read them.
namespace steelyard::cli {

enum class FrameStyle : std::uint8_t { Plain, Strong, Heading, Attention, Selected };

struct FrameLine {
  std::string text;
  FrameStyle style = FrameStyle::Plain;
};

/// Where and how a frame is shown.
struct FrameShape {
  std::size_t columns = 80;
  std::size_t lines = 24;  ///< 0: as many as there are rows
  std::string endpoint{};
  bool paused = false;
  bool has_selection = true;
  std::string footer{};  ///< the last line: keys, a question, or what became of an action
};

/// The smallest terminal that a frame is made for; on a smaller one only that is said.
inline constexpr std::size_t kLeastFrameColumns = 40;
inline constexpr std::size_t kLeastFrameLines = 8;

/// Lines of a frame that show no row.
inline constexpr std::size_t kLinesAroundRows = 7;

/// Exactly `shape.lines` lines, none wider than `shape.columns`; the selected row is among them.
[[nodiscard]] std::vector<FrameLine> make_frame(const TopModel& model, const FrameShape& shape);

/// The keys and what they do, in as many lines.
[[nodiscard]] std::vector<FrameLine> make_help(const FrameShape& shape);

/// How many places all columns of the model's list need.
[[nodiscard]] std::size_t full_width(const TopModel& model);

}  // namespace steelyard::cli
