#include "cli/user_weights.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "cli/options.hpp"

namespace steelyard::cli {
namespace {

constexpr const char* kFlag = "--user-weight";

double parse_weight(std::string_view text) {
  double weight = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, weight);
  const bool is_number = error == std::errc() && stop == end;
  if (is_number && std::isfinite(weight) && weight > 0) return weight;
  throw CLI::ValidationError(
      kFlag, fmt::format("'{}' is not a weight: a number above 0", text.substr(0, 100)));
}

std::pair<std::string, double> parse_one(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) {
    throw CLI::ValidationError(
        kFlag, fmt::format("'{}' is not NAME=WEIGHT, such as ann=2", text.substr(0, 100)));
  }
  std::string user(text.substr(0, equals));
  check_name(kFlag, user);
  return {std::move(user), parse_weight(text.substr(equals + 1))};
}

}  // namespace

UserWeights parse_user_weights(const std::vector<std::string>& texts) {
  UserWeights weights;
  for (const std::string& text : texts) {
    auto [user, weight] = parse_one(text);
    const auto known = std::ranges::find(weights, user, &UserWeights::value_type::first);
    if (known == weights.end()) {
      weights.emplace_back(std::move(user), weight);
    } else if (known->second != weight) {
      throw CLI::ValidationError(
          kFlag, fmt::format("{} cannot weigh both {} and {}", user, known->second, weight));
    }
  }
  return weights;
}

void add_user_weights(CLI::App& command, UserWeights& weights) {
  command
      .add_option_function<std::vector<std::string>>(
          kFlag,
          [&weights](const std::vector<std::string>& texts) {
            weights = parse_user_weights(texts);
          },
          "a user's share counts so much, others' count 1; may be given again")
      ->type_name("NAME=WEIGHT")
      ->allow_extra_args(false);
}

std::vector<std::string> user_weight_arguments(const UserWeights& weights) {
  std::vector<std::string> arguments;
  for (const auto& [user, weight] : weights) {
    arguments.emplace_back(kFlag);
    arguments.push_back(fmt::format("{}={}", user, weight));
  }
  return arguments;
}

}  // namespace steelyard::cli
