#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
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
/// `{name}:verb` (the longer verb first) before `{name}` before `{name*}`; the order of adding does
/// not matter. A pattern that is not for the request's method leaves it to the next.
/// Paths are matched segment by segment after undoing the percent-encoding of each; `.` and `..`
/// segments, encoded or not, and encoded NUL bytes match nothing (path traversal), nor does a wrong
/// encoding; a segment with an encoded slash matches only routes that say so. "/a" and "/a/" are
/// two paths; only the second is one of `/a/{rest*}`. Thread safety: reading by any number of
/// threads once all was added. Cost of a match: O(segments) per pattern tried; literal first
/// segments are found by search.
class RouteTable {
 public:
  using Target = std::uint32_t;
  /// Name and decoded text, in the pattern's order. The names live as long as the table.
  using Captures = std::vector<std::pair<std::string_view, std::string>>;

  struct Match {
    Target target = 0;
    Captures captures;
  };
  /// Encoded slashes: those of a name are no path's.
  enum class Slashes : bool { Refused, Taken };
  struct NotFound {};
  /// The path is there, but not for this method: which ones are, sorted, "GET, POST".
  struct MethodNotAllowed {
    std::string allow;
  };
  using Found = std::variant<Match, NotFound, MethodNotAllowed>;

  /// Errors: InvalidArgument for a pattern or method that is none, naming what is wrong; for one
  /// that is there already; TooManyNames over 10,000 routes. An empty list of methods: all.
  [[nodiscard]] Result<void> add(std::string_view pattern, const std::vector<std::string>& methods,
                                 Target target, Slashes slashes = Slashes::Refused);

  /// HEAD is served by what serves GET.
  [[nodiscard]] Found match(std::string_view method, std::string_view path) const;

  static constexpr std::size_t kMaxRoutes = 10'000;

 private:
  /// In the order in which they are tried.
  enum class Kind : unsigned char { Literal, Verb, Name, Rest };
  struct Segment {
    Kind kind = Kind::Literal;
    std::string text{};  ///< the literal, or ":verb"

    [[nodiscard]] bool operator==(const Segment&) const = default;
    [[nodiscard]] bool operator<(const Segment& other) const;
  };
  struct Route {
    std::vector<std::string> names;
    std::vector<std::string> methods;  ///< empty: all
    Target target = 0;
    bool takes_slashes = false;
  };
  /// The routes whose patterns differ in nothing but names.
  struct Shape {
    std::vector<Segment> segments;
    std::vector<Route> routes;
  };
  struct Pattern {
    std::vector<Segment> segments;
    std::vector<std::string> names;
  };
  /// A path, in its decoded segments.
  using Path = std::vector<std::string>;

  [[nodiscard]] static Result<Pattern> parse(std::string_view pattern);
  [[nodiscard]] static Result<Segment> parse_segment(std::string_view text,
                                                     std::vector<std::string>& names);
  [[nodiscard]] static bool fits(const Shape& shape, const Path& path);
  [[nodiscard]] static Captures captures_of(const Shape& shape, const Route& route,
                                            const Path& path);
  [[nodiscard]] static const Route* route_for(const Shape& shape, std::string_view method,
                                              bool has_slash);
  Shape& shape_of(std::vector<Segment> segments);
  template <class Visit>
  bool each_fitting(const Path& path, Visit&& visit) const;

  // Each in the order in which they are tried.
  std::map<std::string, std::vector<Shape>, std::less<>> by_first_literal_;
  std::vector<Shape> others_;
  std::size_t routes_ = 0;
};

}  // namespace steelyard::gateway
