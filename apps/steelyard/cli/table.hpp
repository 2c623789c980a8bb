#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace steelyard::cli {

/// Rows of text under a heading, in columns that stand below each other.
/// Thread safety: none.
class Table {
 public:
  struct Column {
    std::string heading;
    bool to_the_right = false;  ///< numbers stand at their column's right edge
    bool may_shrink = false;    ///< shortened with "…" when the table is too wide
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// `cells`: one per column. Control characters and bytes that are not UTF-8 are shown as '?'.
  void add(const std::vector<std::string>& cells);

  /// The lines, each ended by a newline. `max_columns` is the width to fit into by shortening
  /// cells that may be; 0: nothing is shortened, for a pipe.
  [[nodiscard]] std::string text(std::size_t max_columns) const;

 private:
  [[nodiscard]] std::vector<std::size_t> widths(std::size_t max_columns) const;
  [[nodiscard]] std::string line(const std::vector<std::string>& cells,
                                 const std::vector<std::size_t>& widths) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// How many places `text` (UTF-8) takes on a terminal, one per code point.
[[nodiscard]] std::size_t shown_width(std::string_view text);

/// At most `width` places of `text`, the last one "…" when something is missing. Requires: a width.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t width);

/// `text` made safe for a terminal or a log, without an end of line or a tab.
[[nodiscard]] std::string one_line(std::string_view text);

/// "12,345,678"
[[nodiscard]] std::string with_commas(std::uint64_t number);

/// "1 worker", "2,000 workers".
[[nodiscard]] std::string counted(std::uint64_t number, std::string_view one,
                                  std::string_view many);

/// A time as people say it: "0.4 ms", "2.3 s", "5 min 20 s", "3 h 05 min", "2 d 4 h".
[[nodiscard]] std::string readable_time(double seconds);

/// "64 B", "1.5 KiB", "4.0 GiB".
[[nodiscard]] std::string readable_bytes(std::uint64_t bytes);

}  // namespace steelyard::cli
