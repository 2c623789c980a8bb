#include "cli/choices.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "steelyard/base/nearest.hpp"

namespace steelyard::cli {
namespace {

/// As CLI::IsMember describes its set.
std::string described(const std::vector<std::string>& names) {
  return fmt::format("{{{}}}", fmt::join(names, ","));
}

/// What is wrong with `text`; empty when it is one of `names`.
std::string explain(std::string_view text, const std::vector<std::string>& names) {
  if (std::ranges::find(names, text) != names.end()) return "";
  const std::string_view start = text.substr(0, 100);
  const std::string near = base::nearest(start, names);
  return fmt::format("'{}' is unknown{} (one of {})", start,
                     near.empty() ? "" : fmt::format(", did you mean '{}'?", near),
                     fmt::join(names, ", "));
}

}  // namespace

CLI::Validator one_of(const std::vector<std::string>& names) {
  return {[names](const std::string& text) { return explain(text, names); }, described(names)};
}

CLI::Validator such_as(const std::vector<std::string>& names) {
  return {[](const std::string&) { return std::string(); }, described(names)};
}

}  // namespace steelyard::cli
