#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "steelyard/base/result.hpp"

namespace steelyard::gateway {

/// Of the tables of a snapshot, those that are wanted.
struct Tables {
  static constexpr std::size_t kCount = 4;
  static constexpr std::string_view kNames[kCount] = {"queues", "workers", "users", "states"};

  unsigned bits = (1U << kCount) - 1;  ///< by the place in `kNames`

  [[nodiscard]] bool has(std::string_view name) const;  ///< also of what is no table
  /// "queues,users". Errors: InvalidArgument for a name that is none, saying which there are.
  [[nodiscard]] static Result<Tables> read(std::string_view text);
};

/// The report `snapshot` of a broker as it came, of which the tables can be left out without
/// reading them: with thousands of workers it has megabytes.
///
/// Thread safety: constant after construction.
class SnapshotText {
 public:
  /// Cost: O(bytes), some milliseconds for the largest. Errors: Malformed when the text is no
  /// object on one line.
  [[nodiscard]] static Result<SnapshotText> read(std::string text);

  /// The text of a member's value; empty: there is none of this name.
  [[nodiscard]] std::string_view member(std::string_view name) const;
  /// The object with all of its members but the tables that are not wanted.
  [[nodiscard]] std::string with(Tables tables) const;
  [[nodiscard]] std::size_t bytes() const { return text_.size(); }

 private:
  struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  explicit SnapshotText(std::string text) : text_(std::move(text)) {}
  [[nodiscard]] bool find_members();
  [[nodiscard]] std::string_view at(Range range) const {
    return std::string_view(text_).substr(range.begin, range.end - range.begin);
  }

  std::string text_;
  std::vector<std::pair<Range, Range>> members_;  // name and value
};

}  // namespace steelyard::gateway
