#include "steelyard/sim/parameters.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "steelyard/base/assert.hpp"
#include "steelyard/base/nearest.hpp"
#include "steelyard/sim/scenario.hpp"

namespace steelyard::sim {
namespace {

constexpr std::size_t kMaxShown = 100;

bool fits(double value, const Parameter& parameter) {
  return std::isfinite(value) && value >= parameter.min && value <= parameter.max &&
         (!parameter.whole || value == std::floor(value));
}

Result<double> read_number(std::string_view text, const Parameter& parameter) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && fits(value, parameter)) {
    return value;
  }
  return failure(ErrorCode::InvalidArgument,
                 fmt::format("{} needs a {} from {} to {}, not '{}'", parameter.name,
                             parameter.whole ? "whole number" : "number", parameter.min,
                             parameter.max, text.substr(0, kMaxShown)));
}

/// What was most likely meant; empty when nothing is like it.
std::string likely(std::string_view word, const std::vector<std::string>& known) {
  std::string near = base::nearest(word, known);
  if (!near.empty() || word.empty()) return near;
  const auto longer = std::ranges::find_if(
      known, [word](const std::string& name) { return name.starts_with(word); });
  return longer == known.end() ? "" : *longer;
}

std::vector<std::string> names(std::span<const Parameter> parameters) {
  std::vector<std::string> found;
  for (const Parameter& parameter : parameters) found.push_back(parameter.name);
  return found;
}

}  // namespace

Result<Parameters> Parameters::read(std::string_view text, std::span<const Parameter> known) {
  Parameters parameters;
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find(','));
    if (auto read = parameters.read_one(one, known); !read) return tl::unexpected(read.error());
    text.remove_prefix(std::min(one.size() + 1, text.size()));
  }
  for (const Parameter& parameter : known) {
    parameters.values_.try_emplace(parameter.name, parameter.standard);
  }
  return parameters;
}

Result<void> Parameters::read_one(std::string_view text, std::span<const Parameter> known) {
  const std::string_view name = text.substr(0, text.find('='));
  const auto parameter = std::ranges::find(known, name, &Parameter::name);
  if (parameter == known.end()) return unknown("parameter", name, names(known));
  const auto value = read_number(text.substr(std::min(name.size() + 1, text.size())), *parameter);
  if (!value) return tl::unexpected(value.error());
  if (!values_.try_emplace(parameter->name, *value).second) {
    return failure(ErrorCode::InvalidArgument, fmt::format("{} is given twice", name));
  }
  return {};
}

void Parameters::set(std::string_view name, double value) {
  if (const auto found = values_.find(name); found != values_.end()) found->second = value;
}

double Parameters::operator[](std::string_view name) const {
  const auto found = values_.find(name);
  STEELYARD_ASSERT(found != values_.end());
  return found->second;
}

std::uint32_t Parameters::whole(std::string_view name) const {
  return static_cast<std::uint32_t>((*this)[name]);
}

Duration Parameters::seconds(std::string_view name) const {
  return from_seconds((*this)[name]);
}

Duration Parameters::milliseconds(std::string_view name) const {
  return from_seconds((*this)[name] * 1e-3);
}

tl::unexpected<Error> unknown(std::string_view what, std::string_view word,
                              const std::vector<std::string>& known) {
  const std::string_view start = word.substr(0, kMaxShown);
  const std::string near = likely(start, known);
  return failure(ErrorCode::InvalidArgument,
                 fmt::format("unknown {} '{}'{} (known: {})", what, start,
                             near.empty() ? "" : fmt::format(", did you mean '{}'?", near),
                             fmt::join(known, ", ")));
}

}  // namespace steelyard::sim
