#include "steelyard/gateway/api/parameters.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "steelyard/base/nearest.hpp"
#include "steelyard/gateway/percent.hpp"
#include "steelyard/runtime/task/text_encoding.hpp"

namespace steelyard::gateway {
namespace {

/// As it is quoted in an error's text.
std::string quoted(std::string_view text) {
  constexpr std::size_t kMostBytes = 60;
  const bool cut = text.size() > kMostBytes;
  return '"' + printable(text.substr(0, kMostBytes)) + (cut ? "…\"" : "\"");
}

}  // namespace

Result<Parameters> Parameters::read(std::string_view query) {
  Parameters parameters;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view one = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (one.empty()) continue;
    const std::size_t equals = std::min(one.find('='), one.size());
    auto name = percent_decoded(one.substr(0, equals), true);
    auto value = percent_decoded(one.substr(std::min(equals + 1, one.size())), true);
    if (!name || !value) {
      return failure(ErrorCode::InvalidArgument,
                     fmt::format("the query's {} has a wrong percent-encoding", quoted(one)));
    }
    if (parameters.values_.size() >= kMaxParameters) {
      return failure(ErrorCode::InvalidArgument,
                     fmt::format("the query has more than {} parameters", kMaxParameters));
    }
    parameters.values_.emplace_back(std::move(*name), std::move(*value));
  }
  return parameters;
}

std::optional<std::string_view> Parameters::find(std::string_view name) const {
  const auto found = std::find_if(values_.rbegin(), values_.rend(),
                                  [name](const auto& one) { return one.first == name; });
  if (found == values_.rend()) return std::nullopt;
  return found->second;
}

std::vector<std::string_view> Parameters::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [known, value] : values_) {
    if (known == name) values.emplace_back(value);
  }
  return values;
}

Result<void> Parameters::allow_only(std::span<const std::string_view> names) const {
  for (const auto& [name, value] : values_) {
    if (std::ranges::find(names, name) != names.end()) continue;
    const std::string near =
        name.size() > 100 ? "" : base::nearest(name, {names.begin(), names.end()});
    return failure(ErrorCode::InvalidArgument,
                   fmt::format("there is no parameter {}{}", quoted(name),
                               near.empty() ? "" : fmt::format("; did you mean {}?", near)));
  }
  return {};
}

Result<std::chrono::milliseconds> read_seconds(std::string_view name, std::string_view text,
                                               std::chrono::milliseconds most) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const double most_seconds = std::chrono::duration<double>(most).count();
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(seconds) ||
      seconds < 0 || seconds > most_seconds) {
    return failure(ErrorCode::InvalidArgument,
                   fmt::format("{} = {} is not a number of seconds from 0 to {:g}", name,
                               quoted(text), most_seconds));
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(seconds * 1000)));
}

Result<std::int64_t> read_whole(std::string_view name, std::string_view text, std::int64_t least,
                                std::int64_t most) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least || number > most) {
    return failure(ErrorCode::InvalidArgument,
                   fmt::format("{} = {} is not a whole number from {} to {}", name, quoted(text),
                               least, most));
  }
  return number;
}

Result<bool> read_flag(std::string_view name, std::string_view text) {
  if (text.empty() || text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return failure(ErrorCode::InvalidArgument,
                 fmt::format("{} = {} is neither true nor false", name, quoted(text)));
}

}  // namespace steelyard::gateway
