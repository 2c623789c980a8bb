#include "cli/table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>

#include "steelyard/base/assert.hpp"
#include "steelyard/runtime/task/text_encoding.hpp"

namespace steelyard::cli {
namespace {

constexpr std::string_view kGap = "  ";
constexpr std::size_t kNarrowest = 8;

bool continues_code_point(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

}  // namespace

std::size_t shown_width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return !continues_code_point(c); }));
}

std::string shortened(std::string_view text, std::size_t width) {
  if (shown_width(text) <= width) return std::string(text);
  std::size_t end = 0;
  for (std::size_t places = 0; places < width - 1; ++places) {
    do ++end;
    while (end < text.size() && continues_code_point(text[end]));
  }
  return std::string(text.substr(0, end)).append("…");
}

std::string one_line(std::string_view text) {
  std::string line = printable(text);
  std::ranges::replace_if(
      line, [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return line;
}

void Table::add(const std::vector<std::string>& cells) {
  STEELYARD_ASSERT(cells.size() == columns_.size());
  std::vector<std::string>& row = rows_.emplace_back();
  for (const std::string& cell : cells) row.push_back(one_line(cell));
}

std::vector<std::size_t> Table::widths(std::size_t max_columns) const {
  std::vector<std::size_t> widths;
  std::size_t total = (columns_.size() - 1) * kGap.size();
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = shown_width(columns_[i].heading);
    for (const auto& row : rows_) width = std::max(width, shown_width(row[i]));
    widths.push_back(width);
    total += width;
  }
  if (max_columns == 0) return widths;
  // The widest gives first, so that all that may shrink end up alike.
  for (; total > max_columns; --total) {
    std::size_t widest = columns_.size();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const bool shrinks = columns_[i].may_shrink && widths[i] > kNarrowest;
      if (shrinks && (widest == columns_.size() || widths[i] > widths[widest])) widest = i;
    }
    if (widest == columns_.size()) break;
    --widths[widest];
  }
  return widths;
}

std::string Table::line(const std::vector<std::string>& cells,
                        const std::vector<std::size_t>& widths) const {
  std::string text;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string cell = shortened(cells[i], widths[i]);
    const std::string padding(widths[i] - shown_width(cell), ' ');
    if (i > 0) text += kGap;
    text += columns_[i].to_the_right ? padding + cell : cell + padding;
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text + "\n";
}

std::string Table::text(std::size_t max_columns) const {
  const std::vector<std::size_t> fitting = widths(max_columns);
  std::vector<std::string> headings;
  for (const Column& column : columns_) headings.push_back(column.heading);
  std::string result = line(headings, fitting);
  for (const auto& row : rows_) result += line(row, fitting);
  return result;
}

std::string with_commas(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t place = text.size(); place > 3; place -= 3) text.insert(place - 3, 1, ',');
  return text;
}

std::string counted(std::uint64_t number, std::string_view one, std::string_view many) {
  return with_commas(number).append(" ").append(number == 1 ? one : many);
}

std::string readable_time(double seconds) {
  if (seconds < 0.9995) return fmt::format("{:.1f} ms", seconds * 1e3);
  if (seconds < 99.95) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::uint64_t>(std::round(seconds));
  if (whole < 3'600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  if (whole < 86'400) return fmt::format("{} h {:02} min", whole / 3'600, whole / 60 % 60);
  return fmt::format("{} d {} h", whole / 86'400, whole / 3'600 % 24);
}

std::string readable_bytes(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  auto amount = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; amount >= 1024 && unit + 1 < kUnits.size(); ++unit) amount /= 1024;
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", amount, kUnits[unit]);
}

}  // namespace steelyard::cli
