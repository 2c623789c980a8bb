#include "steelyard/gateway/route_table.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "steelyard/gateway/percent.hpp"

namespace steelyard::gateway {
namespace {

constexpr std::size_t kMaxPatternBytes = 1'000;
constexpr std::size_t kMaxMethodBytes = 32;

bool is_capital(char c) {
  return c >= 'A' && c <= 'Z';
}

bool is_word(std::string_view text) {
  const auto is_part = [](char c) {
    return is_capital(c) || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !text.empty() && std::ranges::all_of(text, is_part);
}

bool is_method(std::string_view text) {
  const auto is_part = [](char c) { return is_capital(c) || c == '-'; };
  return !text.empty() && text.size() <= kMaxMethodBytes && std::ranges::all_of(text, is_part);
}

/// Whether the text of a pattern's segment could stand in a path, decoded.
bool is_text(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    return static_cast<unsigned char>(c) <= ' ' ||
           std::string_view("{}%?#\x7f").find(c) != std::string_view::npos;
  });
}

bool is_dots(std::string_view text) {
  return text == "." || text == "..";
}

tl::unexpected<Error> wrong(std::string_view text, std::string_view why) {
  return failure(ErrorCode::InvalidArgument, fmt::format("'{}' {}", text, why));
}

bool has(const std::vector<std::string>& methods, std::string_view method) {
  return std::ranges::find(methods, method) != methods.end();
}

/// Whether a request could belong to both.
bool overlap(const std::vector<std::string>& one, const std::vector<std::string>& other) {
  if (one.empty() || other.empty()) return true;
  return std::ranges::any_of(one, [&other](const std::string& m) { return has(other, m); });
}

/// The decoded segments; nothing for a path that matches nothing.
std::optional<std::vector<std::string>> split(std::string_view path) {
  if (!path.starts_with('/')) return std::nullopt;
  std::vector<std::string> segments;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/', 1), path.size());
    auto segment = percent_decoded(path.substr(1, end - 1));
    if (!segment || is_dots(*segment)) return std::nullopt;
    if (segment->find('\0') != std::string::npos) return std::nullopt;
    segments.push_back(std::move(*segment));
    path.remove_prefix(end);
  }
  return segments;
}

}  // namespace

bool RouteTable::Segment::operator<(const Segment& other) const {
  if (kind != other.kind) return kind < other.kind;
  if (kind == Kind::Verb && text.size() != other.text.size()) {
    return text.size() > other.text.size();
  }
  return text < other.text;
}

Result<RouteTable::Segment> RouteTable::parse_segment(std::string_view text,
                                                      std::vector<std::string>& names) {
  if (!text.starts_with('{')) {
    if (!is_text(text) || is_dots(text)) {
      return wrong(text, "is no segment of a path: write its characters as they are, not encoded");
    }
    return Segment{Kind::Literal, std::string(text)};
  }
  const std::size_t end = text.find('}');
  std::string_view name = text.substr(1, end == std::string_view::npos ? end : end - 1);
  const std::string_view after = end == std::string_view::npos ? "" : text.substr(end + 1);
  const bool is_rest = name.ends_with('*');
  if (is_rest) name.remove_suffix(1);
  if (end == std::string_view::npos || !is_word(name)) {
    return wrong(text, "is not {name}, {name}:verb or {name*}");
  }
  const bool is_verb = after.size() > 1 && after.front() == ':' && is_text(after);
  if (!after.empty() && (is_rest || !is_verb)) {
    return wrong(text, "has something after the name that is no :verb");
  }
  if (has(names, name)) return wrong(name, "names two segments");
  names.emplace_back(name);
  if (is_rest) return Segment{Kind::Rest, {}};
  return Segment{is_verb ? Kind::Verb : Kind::Name, std::string(after)};
}

Result<RouteTable::Pattern> RouteTable::parse(std::string_view text) {
  if (!text.starts_with('/')) return wrong(text.substr(0, 100), "does not begin with a slash");
  if (text.size() > kMaxPatternBytes) {
    return wrong(text.substr(0, 100),
                 fmt::format("goes on for more than {} bytes", kMaxPatternBytes));
  }
  Pattern pattern;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('/', 1), text.size());
    const bool is_last = end == text.size();
    auto segment = parse_segment(text.substr(1, end - 1), pattern.names);
    if (!segment) return tl::unexpected(segment.error());
    if (segment->kind == Kind::Rest && !is_last) {
      return wrong(text.substr(1, end - 1), "takes all the rest, and can only be the last");
    }
    pattern.segments.push_back(std::move(*segment));
    text.remove_prefix(end);
  }
  return pattern;
}

RouteTable::Shape& RouteTable::shape_of(std::vector<Segment> segments) {
  const Segment& first = segments.front();
  auto& shapes = first.kind == Kind::Literal ? by_first_literal_[first.text] : others_;
  const auto place = std::ranges::lower_bound(shapes, segments, {}, &Shape::segments);
  if (place != shapes.end() && place->segments == segments) return *place;
  return *shapes.insert(place, Shape{std::move(segments), {}});
}

Result<void> RouteTable::add(std::string_view pattern, const std::vector<std::string>& methods,
                             Target target, Slashes slashes) {
  if (routes_ == kMaxRoutes) {
    return failure(ErrorCode::TooManyNames,
                   fmt::format("there are {} routes already, which is the most", kMaxRoutes));
  }
  for (const std::string& method : methods) {
    if (!is_method(method)) {
      return wrong(method, "is no method: a word in capitals, such as GET or POST");
    }
  }
  auto parsed = parse(pattern);
  if (!parsed) {
    return failure(parsed.error().code,
                   fmt::format("pattern '{}': {}", pattern.substr(0, 100), parsed.error().context));
  }
  Shape& shape = shape_of(std::move(parsed->segments));
  for (const Route& route : shape.routes) {
    if (overlap(route.methods, methods)) {
      return failure(ErrorCode::InvalidArgument,
                     fmt::format("pattern '{}' is there already for such a method", pattern));
    }
  }
  shape.routes.push_back({std::move(parsed->names), methods, target, slashes == Slashes::Taken});
  ++routes_;
  return {};
}

bool RouteTable::fits(const Shape& shape, const Path& path) {
  const std::vector<Segment>& segments = shape.segments;
  const bool has_rest = segments.back().kind == Kind::Rest;
  if (has_rest ? path.size() < segments.size() : path.size() != segments.size()) return false;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const Segment& segment = segments[i];
    const std::string& text = path[i];
    if (segment.kind == Kind::Literal && text != segment.text) return false;
    if (segment.kind == Kind::Name && text.empty()) return false;
    if (segment.kind == Kind::Verb &&
        (text.size() <= segment.text.size() || !text.ends_with(segment.text))) {
      return false;
    }
  }
  return true;
}

/// Calls `visit(shape)` for what fits, the most literal first, until it returns true.
template <class Visit>
bool RouteTable::each_fitting(const Path& path, Visit&& visit) const {
  const auto visit_all = [&](const std::vector<Shape>& shapes) {
    return std::ranges::any_of(
        shapes, [&](const Shape& shape) { return fits(shape, path) && visit(shape); });
  };
  const auto found = by_first_literal_.find(path.front());
  return (found != by_first_literal_.end() && visit_all(found->second)) || visit_all(others_);
}

/// GET's serves HEAD, unless there is one for it.
const RouteTable::Route* RouteTable::route_for(const Shape& shape, std::string_view method,
                                               bool has_slash) {
  const auto named = std::ranges::find_if(shape.routes, [&](const Route& route) {
    return (route.methods.empty() || has(route.methods, method)) &&
           (route.takes_slashes || !has_slash);
  });
  if (named != shape.routes.end()) return &*named;
  return method == "HEAD" ? route_for(shape, "GET", has_slash) : nullptr;
}

RouteTable::Captures RouteTable::captures_of(const Shape& shape, const Route& route,
                                             const Path& path) {
  Captures captures;
  captures.reserve(route.names.size());
  auto name = route.names.begin();
  for (std::size_t i = 0; i < shape.segments.size(); ++i) {
    const Segment& segment = shape.segments[i];
    if (segment.kind == Kind::Literal) continue;
    std::string text = path[i];
    if (segment.kind == Kind::Verb) text.resize(text.size() - segment.text.size());
    if (segment.kind == Kind::Rest) {
      for (std::size_t next = i + 1; next < path.size(); ++next)
        text.append("/").append(path[next]);
    }
    captures.emplace_back(*name++, std::move(text));
  }
  return captures;
}

RouteTable::Found RouteTable::match(std::string_view method, std::string_view path) const {
  const std::optional<Path> segments = split(path);
  if (!segments) return NotFound{};
  const bool has_slash = std::ranges::any_of(
      *segments, [](const std::string& text) { return text.find('/') != std::string::npos; });
  std::optional<Match> match;
  std::set<std::string_view> others;
  each_fitting(*segments, [&](const Shape& shape) {
    if (const Route* route = route_for(shape, method, has_slash)) {
      match.emplace(Match{route->target, captures_of(shape, *route, *segments)});
      return true;
    }
    for (const Route& route : shape.routes) {
      if (has_slash && !route.takes_slashes) continue;
      others.insert(route.methods.begin(), route.methods.end());
    }
    return false;
  });
  if (match) return std::move(*match);
  if (others.empty()) return NotFound{};
  if (others.contains("GET")) others.insert("HEAD");
  return MethodNotAllowed{fmt::format("{}", fmt::join(others, ", "))};
}

}  // namespace steelyard::gateway
