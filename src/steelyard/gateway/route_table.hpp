#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "steelyard/base/result.hpp"

namespace steelyard::gateway {

/// Which of many patterns a request's method and path belong to.
///
/// A pattern is a path whose segments are literal text, `{name}` for one segment that is not empty,
/// or, as the last one, `{name*}` for all the rest, which may be empty or have slashes. A segment
/// may be `{name}:verb`. What is more literal goes first: segment by segment literal text before
/// `{name}:verb` before `{name}` before `{name*}`; the order of adding does not matter.
/// Paths are matched segment by segment after undoing the percent-encoding of each; `.` and `..`
/// segments, encoded or not, and encoded slashes and NUL bytes match nothing (path traversal).
/// Thread safety: reading by any number of threads once all was added.
/// Cost of a match: O(segments) per pattern tried; literal first segments are found by search.
class RouteTable {
 public:
  using Target = std::uint32_t;
  using Captures = std::vector<std::pair<std::string_view, std::string>>;  // name, decoded text

  struct Match {
    Target target = 0;
    Captures captures;
  };
  struct NotFound {};
  /// The path is there, but not for this method: which ones are, sorted, "GET, POST".
  struct MethodNotAllowed {
    std::string allow;
  };
  using Found = std::variant<Match, NotFound, MethodNotAllowed>;

  /// Errors: InvalidArgument for a pattern or method that is none, naming what is wrong; for one
  /// that is there already; TooManyNames over 10,000 routes. An empty list of methods: all.
  [[nodiscard]] Result<void> add(std::string_view pattern, const std::vector<std::string>& methods,
                                 Target target);

  /// HEAD is served by what serves GET.
  [[nodiscard]] Found match(std::string_view method, std::string_view path) const;
};

}  // namespace steelyard::gateway
